"""What a dialog does before its plan can be confirmed, and what went wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from stsview.text.glyphs import active


class Preparation:
    """One activity at a time, which counts down where its length is known."""

    def __init__(self, now: Callable[[], datetime], seconds: float) -> None:
        """`seconds`: how long an activity takes because it reads the lease of a node twice; 0 where it reads none."""
        self._now = now
        self._seconds = seconds
        self._doing = ""
        self._since = now()
        self.problem = ""
        """Why the plan could not be made or confirmed; empty where nothing went wrong."""
        self.done = ""
        """What has just been done that the operator waited for; empty for nothing."""

    @property
    def busy(self) -> bool:
        return bool(self._doing)

    def start(self, doing: str) -> None:
        self._doing, self._since, self.problem, self.done = doing, self._now(), "", ""

    def end(self, problem: str = "") -> None:
        self._doing, self.problem, self.done = "", problem, ""

    @property
    def text(self) -> str:
        """What is being done, and for how long still; empty for nothing."""
        if not self.busy:
            return ""
        if not self._seconds:
            return f"{self._doing} {active().ellipsis}"
        left = max(1, round(self._seconds - (self._now() - self._since).total_seconds()))
        return f"{self._doing}: checking node lease, {left} s left"
