"""Where fixtures are: recordings of a real control plane, and situations that operators reported."""

from __future__ import annotations

from pathlib import Path

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
RECORDED = FIXTURES / "real-apiserver"
ANSWERS = RECORDED / "answers"
HISTORIES = RECORDED / "histories"
REPORTS = FIXTURES / "reports"
