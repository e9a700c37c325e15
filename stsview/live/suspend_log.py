"""Suspends of the machine, and times before them: its monotonic clock stood still."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime, timedelta

from stsview.clock import Clock
from stsview.cluster.http.suspend import SuspendDetector

CHECK_SECONDS = 1.0
"""How often to check for a suspend: an outdated picture is taken for current for at most this long."""


class SuspendLog:
    """Records when the machine resumed, and how long each suspend took."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._detector = SuspendDetector(clock)
        self._suspends: list[tuple[float, float]] = []

    @property
    def awake_since(self) -> float:
        """When the machine last resumed, in monotonic seconds.

        Minus infinity if it was never suspended.
        """
        return self._suspends[-1][0] if self._suspends else -math.inf

    def check(self) -> bool:
        """Whether the machine was suspended since the last check."""
        seconds = self._detector.check()
        if not seconds:
            return False
        self._suspends.append((self._clock.monotonic(), seconds))
        return True

    def to_instant(self, now: datetime) -> Callable[[float], datetime]:
        """A function from monotonic seconds to instants; `now` is the current instant."""
        present, suspends = self._clock.monotonic(), tuple(self._suspends)

        def instant(at: float) -> datetime:
            return now + timedelta(seconds=at - present - sum(seconds for resumed, seconds in suspends if at < resumed))

        return instant
