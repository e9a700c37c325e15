"""Noticing that the machine slept: the wall clock went on, the monotonic one did not."""

from __future__ import annotations

from stsview.clock import Clock

SLEPT_SECONDS = 10.0
"""A difference that no adjustment of the clock makes in daily life, and no watch survives unharmed."""


class SuspendDetector:
    """Compares the two clocks each time it is asked (on Linux and macOS, monotonic clocks stop in suspend)."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._wall = clock.now()
        self._monotonic = clock.monotonic()

    def check(self) -> float:
        """How many seconds the machine slept since this was last asked; zero: it did not. Somebody who sets the clock
        forward looks the same."""
        wall, monotonic = self._clock.now(), self._clock.monotonic()
        jump = (wall - self._wall).total_seconds() - (monotonic - self._monotonic)
        self._wall, self._monotonic = wall, monotonic
        return jump if jump > SLEPT_SECONDS else 0.0
