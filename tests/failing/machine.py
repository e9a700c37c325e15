"""The clock of the machine that stsview runs on: it may be wrong, and it sleeps when its lid is closed."""

from __future__ import annotations

from datetime import datetime, timedelta

from stsview.clock import ManualClock


class Machine(ManualClock):
    """Moved along with the world's clock by whoever moves that; its time of day can be set."""

    def __init__(self) -> None:
        super().__init__()
        self._set_forward = timedelta()

    def now(self) -> datetime:
        return super().now() + self._set_forward

    def set_forward(self, seconds: float) -> None:
        """Let its time of day differ by so much more. Its monotonic clock knows nothing of that: like this a machine
        wakes up, too."""
        self._set_forward += timedelta(seconds=seconds)
