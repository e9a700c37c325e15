"""What a scenario is: chapters that happened so long ago, and a cluster that has lived on since."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stsview.simulator.cluster import SimulatedCluster
    from stsview.simulator.settings import Settings


@dataclass(frozen=True)
class Chapter:
    ago: timedelta
    """How long before the cluster opens it happened."""
    happens: Callable[[SimulatedCluster], None]


@dataclass(frozen=True)
class Scenario:
    """A story. Between its chapters, and after the last, the cluster does what a cluster does."""

    name: str
    summary: str
    """What it shows, in one line."""
    chapters: tuple[Chapter, ...]
    prepare: Callable[[Settings, dict[str, Any]], None] | None = None
    """Changes what the cluster is made of, before it is; given the scenario's parameters."""

    @property
    def past(self) -> timedelta:
        return max((chapter.ago for chapter in self.chapters), default=timedelta())

    def in_order(self) -> list[Chapter]:
        """Oldest first; chapters of one instant as they were written."""
        return sorted(self.chapters, key=lambda chapter: chapter.ago, reverse=True)


def ago(happens: Callable[[SimulatedCluster], None], **duration: float) -> Chapter:
    """`ago(it_breaks, minutes=12)`; the duration is that of a timedelta."""
    return Chapter(timedelta(**duration), happens)
