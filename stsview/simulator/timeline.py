"""The simulator's time: it stands still while a past is told, and then follows a real clock, perhaps faster."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from stsview.clock import Clock


class Timeline:
    """A clock of three gaits, for everything inside the simulated cluster.

    *Held* (at first): time moves only by `move_to`, so hours cost nothing. *Following*: it runs as the clock that it
    follows, `speed` times as fast. *Stepping* (inside `step`): it stands at the instant of the work being done, which
    may lie a little behind the followed clock; this keeps a history regular however late the event loop came to it.
    It never runs backwards.
    """

    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self._start = start
        self._elapsed = 0.0
        self._source: Clock | None = None
        self._source_began = 0.0
        self._followed_from = 0.0
        self._speed = 1.0
        self._stepping = False

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        """Simulated seconds since the timeline's start."""
        if self._source is not None and not self._stepping:
            self._elapsed = max(self._elapsed, self.reached)
        return self._elapsed

    @property
    def reached(self) -> float:
        """How far the followed clock has come, in simulated seconds; where time stands if it follows none."""
        if self._source is None:
            return self._elapsed
        return self._followed_from + (self._source.monotonic() - self._source_began) * self._speed

    @property
    def speed(self) -> float:
        return self._speed

    def at(self, instant: datetime) -> float:
        """`instant` in the seconds of `monotonic`."""
        return (instant - self._start).total_seconds()

    def move_to(self, elapsed: float) -> None:
        """Put the time at `elapsed` seconds; earlier ones leave it where it is. Not for a following timeline."""
        if self._source is not None and not self._stepping:
            raise RuntimeError("a timeline that follows a clock cannot be moved")
        self._elapsed = max(self._elapsed, elapsed)

    def follow(self, source: Clock, speed: float = 1.0) -> None:
        """From here on run as `source`, `speed` simulated seconds to each of its seconds."""
        if speed <= 0:
            raise ValueError(f"a clock cannot run at speed {speed}")
        self._elapsed = self.monotonic()
        self._source = source
        self._source_began = source.monotonic()
        self._followed_from = self._elapsed
        self._speed = speed

    def hold(self) -> None:
        """Stand still again."""
        self._elapsed = self.monotonic()
        self._source = None

    def step(self, elapsed: float) -> None:
        """Stand at `elapsed` (or where time already is, if that is later) until `resume`."""
        if not self._stepping:
            self._stepping = True
        self._elapsed = max(self._elapsed, elapsed)

    def resume(self) -> None:
        self._stepping = False

    async def sleep(self, seconds: float) -> None:
        """Return when `seconds` have passed here. Held time does not pass: then it only yields to the loop."""
        if self._source is None or seconds <= 0:
            await asyncio.sleep(0)
        else:
            await self._source.sleep(seconds / self._speed)
