"""How far something that was asked for is, for screens, terminals and the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class Outcome(Enum):
    RUNNING = "running"
    REACHED = "reached"
    NOT_REACHED = "not reached"
    """It cannot be reached, or the server would not have it; `left` says what is not done."""
    TIMED_OUT = "timed out"
    STOPPED = "stopped"
    """Somebody stopped it, or stopped following; what was sent is not taken back."""
    REFUSED = "refused"
    """Nothing was sent."""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the follow-up, with its times."""

    words: str
    done: bool
    since: datetime
    """When it became the one that is waited for."""
    until: datetime | None = None
    """When it was through."""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    steps: tuple[Step, ...]
    outcome: Outcome = Outcome.RUNNING
    words: str = ""
    """Why it ended as it did, or what is odd just now; one line."""
    paused: bool = False
    """Whether it waits for somebody to let it go on."""
    part: tuple[int, int] | None = None
    """How many ordinals are done, of how many; None where that is not what it is about."""

    @property
    def left(self) -> str:
        """What is not done."""
        return "; ".join(
            f"{step.words}: {step.detail}" if step.detail else step.words for step in self.steps if not step.done
        )
