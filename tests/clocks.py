"""The clock of the machine that stsview runs on: it may be wrong, and it sleeps when the lid is closed."""

from __future__ import annotations

from datetime import datetime, timedelta

from stsview.clock import ManualClock


class MachineClock(ManualClock):
    """Its time of day can be set, of which its monotonic clock knows nothing; so a machine that slept wakes up, too."""

    def __init__(self) -> None:
        super().__init__()
        self._set_forward = timedelta()

    def now(self) -> datetime:
        return super().now() + self._set_forward

    def set_forward(self, seconds: float) -> None:
        """Let its time of day differ by so much more."""
        self._set_forward += timedelta(seconds=seconds)
