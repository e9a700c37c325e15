"""Detection of a suspended machine, by comparing wall and monotonic clock."""

from __future__ import annotations

from stsview.clock import Clock

MIN_SECONDS = 10.0
"""More than ordinary clock adjustments, and enough to break a watch."""


class SuspendDetector:
    """Compares wall and monotonic clock on each check.

    On Linux and macOS, the monotonic clock stops in suspend.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._wall = clock.now()
        self._monotonic = clock.monotonic()

    def check(self) -> float:
        """How many seconds the machine was suspended since the last check.

        Zero if it was not.

        Setting the wall clock forward looks the same.
        """
        wall, monotonic = self._clock.now(), self._clock.monotonic()
        jump = (wall - self._wall).total_seconds() - (monotonic - self._monotonic)
        self._wall, self._monotonic = wall, monotonic
        return jump if jump > MIN_SECONDS else 0.0
