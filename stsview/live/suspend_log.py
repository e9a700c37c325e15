"""What a sleep of the machine does to times that were noted before it: its monotonic clock stood still."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime, timedelta

from stsview.clock import Clock
from stsview.cluster.http.suspend import SuspendDetector

CHECK_SECONDS = 1.0
"""How often to see whether the machine slept: for so long at most a picture from before is taken for the present."""


class SuspendLog:
    """Remembers when the machine woke up, and how long it had slept."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._detector = SuspendDetector(clock)
        self._slept: list[tuple[float, float]] = []

    @property
    def awake_since(self) -> float:
        """When the machine last woke up, in seconds of the monotonic clock; long ago if it never slept."""
        return self._slept[-1][0] if self._slept else -math.inf

    def check(self) -> bool:
        """Whether the machine slept since this was last asked."""
        seconds = self._detector.check()
        if not seconds:
            return False
        self._slept.append((self._clock.monotonic(), seconds))
        return True

    def to_instant(self, now: datetime) -> Callable[[float], datetime]:
        """From seconds of the monotonic clock to instants, `now` being the present one."""
        present, slept = self._clock.monotonic(), tuple(self._slept)

        def instant(at: float) -> datetime:
            return now + timedelta(seconds=at - present - sum(seconds for woke, seconds in slept if at < woke))

        return instant
