"""Where the recordings of a real control plane are."""

from __future__ import annotations

from pathlib import Path

RECORDED = Path(__file__).resolve().parents[1] / "fixtures" / "real-apiserver"
ANSWERS = RECORDED / "answers"
HISTORIES = RECORDED / "histories"
