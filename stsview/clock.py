"""Injected clocks, so that code never reads the machine's clock itself."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """A source of time. Instants are aware datetimes in UTC, durations are seconds."""

    def now(self) -> datetime:
        """The current time, in UTC."""

    def monotonic(self) -> float:
        """Seconds that never decrease, from an arbitrary start."""

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds` on this clock.

        Zero or less yields to the event loop once.
        """


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))


class ManualClock:
    """A clock that only `advance` moves, for tests.

    Sleepers wake in the order of their deadlines, ties in the order in which they started to sleep, and each sees its
    own deadline as `now()`.
    """

    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self._start = start
        self._elapsed = 0.0
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        return self._elapsed

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._elapsed + seconds, next(self._order), woken))
        await woken

    @property
    def next_deadline(self) -> float | None:
        """Monotonic seconds of the earliest deadline; None without sleepers."""
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)
        return self._sleepers[0][0] if self._sleepers else None

    async def advance(self, seconds: float) -> None:
        """Move time forward by `seconds`; each sleeper wakes and runs at its deadline."""
        until = self._elapsed + seconds
        await settle()
        while (deadline := self.next_deadline) is not None and deadline <= until:
            self._elapsed = max(self._elapsed, deadline)
            _, _, woken = heapq.heappop(self._sleepers)
            woken.set_result(None)
            await settle()
        self._elapsed = until
        await settle()


async def settle(rounds: int = 25) -> None:
    """Run ready tasks for several rounds, enough for hand-offs without I/O."""
    for _ in range(rounds):
        await asyncio.sleep(0)
