"""How far an action is, for screens, terminals and the audit log."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

import msgspec


class Outcome(Enum):
    RUNNING = "running"
    REACHED = "reached"
    NOT_REACHED = "not reached"
    """The goal cannot be reached, or the server rejected a request; `left` says what is not done."""
    TIMED_OUT = "timed out"
    STOPPED = "stopped"
    """The operator stopped it, or stopped watching; requests already sent are not undone."""
    REFUSED = "refused"
    """Nothing was sent."""


class Step(msgspec.Struct, frozen=True):
    """One line of the follow-up, with its times."""

    words: str
    done: bool
    since: datetime
    """When it was first shown."""
    until: datetime | None = None
    """When it was done; None until then."""
    detail: str = ""
    is_request: bool = False
    """Whether it is a request that is sent, rather than a state that is waited for."""

    @property
    def shown(self) -> str:
        """The words; while it is not so, that it is waited for."""
        return self.words if self.done or self.is_request else f"waiting until {self.words}"


class Progress(msgspec.Struct, frozen=True):
    steps: tuple[Step, ...]
    outcome: Outcome = Outcome.RUNNING
    words: str = ""
    """The reason for the outcome, or what is unusual at present; one line."""
    paused: bool = False
    """Whether it waits for the operator to resume it."""
    part: tuple[int, int] | None = None
    """How many ordinals are done, of how many; None where that says nothing."""

    @property
    def left(self) -> str:
        """What is not done, on one line."""
        return "; ".join(
            f"{step.words}: {step.detail}" if step.detail else step.words for step in self.steps if not step.done
        )
