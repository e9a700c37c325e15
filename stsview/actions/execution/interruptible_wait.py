"""Waiting that a change of the cluster, or a stop, cuts short."""

from __future__ import annotations

import asyncio

from stsview.clock import Clock


class InterruptibleWait:
    """The waits of one execution."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.paused = False
        """Whether the operator paused the execution: no further step is begun."""
        self._changed = asyncio.Event()
        self._stopped = False
        self.must_finish = False
        """Whether the execution is between two requests of which the second must follow, whatever happens."""

    @property
    def stopped(self) -> bool:
        return self._stopped

    def stop(self) -> None:
        """End the present wait; `stopped` is true from now on."""
        self._stopped = True
        self._changed.set()

    def notify(self) -> None:
        """End the present wait: something changed."""
        self._changed.set()

    def reset(self) -> None:
        """Forget the changes up to now.

        Call it before reading the state that the next wait is about.
        """
        self._changed.clear()

    async def for_change(self) -> None:
        """Wait for a change or a stop, however long that takes."""
        self.reset()
        await self._changed.wait()

    async def at_most(self, seconds: float) -> None:
        """Wait for a change since `reset`, for a stop, or until the time is up."""
        waits = [asyncio.ensure_future(self._changed.wait()), asyncio.ensure_future(self._clock.sleep(seconds))]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    async def fully(self, seconds: float) -> None:
        """Wait until the time is up or for a stop; changes do not cut it short."""
        until = self._clock.monotonic() + seconds
        while not self.stopped and (left := until - self._clock.monotonic()) > 0:
            self.reset()
            await self.at_most(left)
