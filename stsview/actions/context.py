"""What a plan depends on other than the cluster."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from stsview.model.nodes.reports import NodeReports
from stsview.model.settings import ModelSettings


class PlanContext(msgspec.Struct, frozen=True):
    settings: ModelSettings
    state_folder: Path
    """Where files that outlive a process are kept: the folder of the audit log."""
    nodes: Callable[[], NodeReports] = NodeReports
    """The nodes and their members, in the live picture."""
    preview: bool = False
    """Whether nothing is read a second time: the plan then shows which check is still to come."""
