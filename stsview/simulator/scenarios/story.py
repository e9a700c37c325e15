"""What a scenario is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stsview.simulator.cluster import SimulatedCluster
    from stsview.simulator.settings import Settings


@dataclass(frozen=True)
class Scenario:
    """A story that the simulated cluster has behind it when it opens, and perhaps goes on with."""

    name: str
    summary: str
    """What it shows, in one line."""
    tell: Callable[[SimulatedCluster], None]
    """Tells it to a cluster whose time stands `past` before the present, in order; what is left of the past then runs
    by itself."""
    past: timedelta = timedelta(hours=1)
    prepare: Callable[[Settings, dict[str, Any]], None] | None = None
    """Changes what the cluster is made of, before it is; given the scenario's parameters."""
