"""Exponential back-off with jitter."""

from __future__ import annotations

from random import Random

FIRST_SECONDS = 0.5
LONGEST_SECONDS = 30.0
JITTER = 0.5

DENIED_SECONDS = 60.0
"""Retry interval for what the server denies or does not have."""


class Backoff:
    """Delays that double from 0.5 s to 30 s, with jitter.

    Each is up to half longer or shorter, so that clients do not synchronise.
    """

    def __init__(self, random: Random) -> None:
        self._random = random
        self._next = FIRST_SECONDS

    def delay(self) -> float:
        """Seconds to wait now; the next delay is twice as long."""
        seconds, self._next = self._next, min(self._next * 2, LONGEST_SECONDS)
        return self.jittered(seconds)

    def jittered(self, seconds: float) -> float:
        return seconds * self._random.uniform(1 - JITTER, 1 + JITTER)

    def reset(self) -> None:
        self._next = FIRST_SECONDS
