"""What plans stand on besides the cluster."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from stsview.model.settings import ModelSettings


@dataclass(frozen=True, slots=True)
class PlanContext:
    settings: ModelSettings
    state_folder: Path
    """Where what has to outlive a process lies: beside the audit log."""
