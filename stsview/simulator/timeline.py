"""The simulator's clock: held, or following a real clock at some speed."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from stsview.clock import Clock


class Timeline:
    """A clock with three modes, used everywhere inside a simulated cluster.

    *Held* (at first): time moves only by `move_to`, so hours cost nothing. *Following*: it runs with the clock that it
    follows, `speed` times as fast. *Stepping* (between `step` and `resume`): it stays at the instant of the current
    work, which may be slightly behind the followed clock; so a history is regular even when the event loop is late. It
    never runs backwards.
    """

    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self._start = start
        self._elapsed = 0.0
        self._source: Clock | None = None
        self._source_start = 0.0
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
        """The time of the followed clock in simulated seconds.

        The current time without one.
        """
        if self._source is None:
            return self._elapsed
        return self._followed_from + (self._source.monotonic() - self._source_start) * self._speed

    @property
    def speed(self) -> float:
        """Simulated seconds for each second of the followed clock."""
        return self._speed

    def at(self, instant: datetime) -> float:
        """`instant` in the seconds of `monotonic`."""
        return (instant - self._start).total_seconds()

    def move_to(self, elapsed: float) -> None:
        """Set the time to `elapsed` seconds; an earlier time changes nothing.

        Raises RuntimeError while the timeline follows a clock.
        """
        if self._source is not None and not self._stepping:
            raise RuntimeError("a timeline that follows a clock cannot be moved")
        self._elapsed = max(self._elapsed, elapsed)

    def follow(self, source: Clock, speed: float = 1.0) -> None:
        """Run with `source`, `speed` simulated seconds for each of its seconds."""
        if speed <= 0:
            raise ValueError(f"a clock cannot run at speed {speed}")
        self._elapsed = self.monotonic()
        self._source = source
        self._source_start = source.monotonic()
        self._followed_from = self._elapsed
        self._speed = speed

    def hold(self) -> None:
        """Stop the time."""
        self._elapsed = self.monotonic()
        self._source = None

    def step(self, elapsed: float) -> None:
        """Stay at `elapsed`, or at the current time if that is later, until `resume`."""
        if not self._stepping:
            self._stepping = True
        self._elapsed = max(self._elapsed, elapsed)

    def resume(self) -> None:
        """End the stepping mode."""
        self._stepping = False

    async def sleep(self, seconds: float) -> None:
        """Return when `seconds` have passed on this timeline.

        Held time does not pass: then it only yields to the event loop.
        """
        if self._source is None or seconds <= 0:
            await asyncio.sleep(0)
        else:
            await self._source.sleep(seconds / self._speed)
