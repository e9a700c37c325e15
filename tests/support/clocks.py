"""The clock of the machine that stsview runs on: it may be wrong, and stops in suspend."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from stsview.clock import ManualClock


class MachineClock:
    """A clock that follows `world`, except for a wrong wall clock and suspends."""

    def __init__(self, world: ManualClock | None = None) -> None:
        self.world = world or ManualClock()
        self._ahead = timedelta()
        self._slept = 0.0
        self._asleep_since: float | None = None
        self._awake = asyncio.Event()
        self._awake.set()

    def now(self) -> datetime:
        return self.world.now() + self._ahead

    def monotonic(self) -> float:
        present = self.world.monotonic() if self._asleep_since is None else self._asleep_since
        return present - self._slept

    async def sleep(self, seconds: float) -> None:
        end = self.monotonic() + seconds
        await self.world.sleep(seconds)
        while not self._awake.is_set():
            await self._awake.wait()
            await self.world.sleep(end - self.monotonic())

    def set_wall_clock_forward(self, seconds: float) -> None:
        """Set the wall clock forward; the monotonic clock does not change."""
        self._ahead += timedelta(seconds=seconds)

    async def suspend(self, seconds: float) -> None:
        """Suspend the machine: the world's time passes, nothing that uses this clock runs."""
        self._asleep_since = self.world.monotonic()
        self._awake.clear()
        await self.world.advance(seconds)
        self._slept += self.world.monotonic() - self._asleep_since
        self._asleep_since = None
        self._awake.set()
