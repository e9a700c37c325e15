"""Goals: the state in which an action is complete. `stsview.actions.execution.goal_tracking` judges progress."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from stsview.model.views import SetView


@dataclass(frozen=True, slots=True)
class StepView:
    """One step of the follow-up."""

    words: str
    done: bool
    detail: str = ""
    """What it waits for now; may be empty."""


@dataclass(frozen=True, slots=True)
class ScaledTo:
    """As many members as were asked for, each available, and none too many."""

    replicas: int
    before: int
    """What was there before; the picture shows it for a moment longer."""


@dataclass(frozen=True, slots=True)
class Replaced:
    """The pod of that uid is gone, and its successor is available."""

    pod: str
    uid: str
    claims: tuple[str, ...] = ()
    """The claims of the former that the successor is to have as well; empty: nobody looks."""


@dataclass(frozen=True, slots=True)
class Reconciled:
    """The controller has observed a generation, and what it left undone is done."""

    ordinals: tuple[int, ...]
    """Ordinals that were missing."""


@dataclass(frozen=True, slots=True)
class RolledOut:
    """The controller has seen the set as it was written, and the rollout is as far as its partition lets it."""

    former: str = ""
    """Name of the update revision before, where the template is another now; empty where it is not."""
    to: str = ""
    """Name of the update revision that there is to be; empty while it has no name."""
    partition: int | None = None
    """The partition that there is to be: at another it gets less far, or further, than was told. None where anyone may
    move it."""


@dataclass(frozen=True, slots=True)
class HeldAt:
    """The controller has seen a partition that holds its rollout; what is under way may still be."""

    partition: int
    before: int
    """What was there before; the picture shows it for a moment longer."""


Goal = ScaledTo | Replaced | Reconciled | RolledOut | HeldAt


@dataclass(frozen=True, slots=True)
class GoalView:
    steps: tuple[StepView, ...]
    hopeless: str = ""
    """Why it will not be reached any more; empty while it may."""
    part: tuple[int, int] | None = None
    """How many ordinals are done, of how many; None where that says nothing."""
    until: datetime | None = None
    """When time alone may change it, though the view of the set does not; None where it does not."""

    @property
    def reached(self) -> bool:
        return not self.hopeless and all(step.done for step in self.steps)

    @property
    def left(self) -> str:
        """What is not done, in words."""
        return self.hopeless or "; ".join(
            f"{step.words}: {step.detail}" if step.detail else step.words for step in self.steps if not step.done
        )


GoalTracker = Callable[[SetView | None, datetime], GoalView]
"""From the live view of a set (None: there is none any more) and the server's time to how far a goal is.

A tracker may remember earlier views: use it for one follow-up alone.
"""
