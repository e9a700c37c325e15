"""Goals: the state in which an action is complete.

`stsview.actions.execution.goal_tracking` tracks them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec

from stsview.model.views import SetView


class StepView(msgspec.Struct, frozen=True):
    """One step of the follow-up."""

    words: str
    done: bool
    detail: str = ""
    """What it waits for at present; may be empty."""


class ScaledTo(msgspec.Struct, frozen=True):
    """The set has that many replicas, all available, and the surplus pods are gone."""

    replicas: int
    before: int
    """The value before; the live view shows it a moment longer."""


class Replaced(msgspec.Struct, frozen=True):
    """The pod of that uid is gone, and its replacement is available."""

    pod: str
    uid: str
    claims: tuple[str, ...] = ()
    """PersistentVolumeClaims whose volumes have to be attached to the replacement; empty: not tracked."""


class Reconciled(msgspec.Struct, frozen=True):
    """The controller has created the pods that were missing."""

    ordinals: tuple[int, ...]
    """The ordinals of those pods."""


class RolledOut(msgspec.Struct, frozen=True):
    """The rollout of a change is complete, or as far as the partition allows."""

    former: str = ""
    """Name of the update revision before a change of the template; empty where the template did not change."""
    to: str = ""
    """Name of the expected update revision; empty while it has no name."""
    partition: int | None = None
    """The expected partition: with another, the rollout would reach other pods than planned. None: any partition."""


class HeldAt(msgspec.Struct, frozen=True):
    """The controller observed a partition that holds its rollout.

    A pod may still be updating.
    """

    partition: int
    before: int
    """The value before; the live view shows it a moment longer."""


class Accepted(msgspec.Struct, frozen=True):
    """The server accepted the requests: no controller has to do anything."""


Goal = ScaledTo | Replaced | Reconciled | RolledOut | HeldAt | Accepted


class GoalView(msgspec.Struct, frozen=True):
    steps: tuple[StepView, ...]
    hopeless: str = ""
    """Why it cannot be reached any more; empty while it can."""
    part: tuple[int, int] | None = None
    """How many ordinals are done, of how many; None where that says nothing."""
    until: datetime | None = None
    """When it may change without a change of the set; None: never."""

    @property
    def reached(self) -> bool:
        return not self.hopeless and all(step.done for step in self.steps)

    @property
    def left(self) -> str:
        """What is not done, on one line."""
        return self.hopeless or "; ".join(
            f"{step.words}: {step.detail}" if step.detail else step.words for step in self.steps if not step.done
        )


GoalTracker = Callable[[SetView | None, datetime], GoalView]
"""From the live view of a set (None: the set is gone) and the server's time to how far a goal is.

A tracker may remember earlier views: use it for one follow-up alone.
"""
