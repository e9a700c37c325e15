"""How long to wait before the next try."""

from __future__ import annotations

from random import Random

FIRST_SECONDS = 0.5
LONGEST_SECONDS = 30.0
JITTER = 0.5


class Backoff:
    """Waits that double from 0.5 s to 30 s, each up to half longer or shorter, so that clients do not come in step."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._next = FIRST_SECONDS

    def delay(self) -> float:
        """Seconds to wait now; the next wait will be longer."""
        seconds, self._next = self._next, min(self._next * 2, LONGEST_SECONDS)
        return self.jittered(seconds)

    def jittered(self, seconds: float) -> float:
        return seconds * self._random.uniform(1 - JITTER, 1 + JITTER)

    def reset(self) -> None:
        self._next = FIRST_SECONDS
