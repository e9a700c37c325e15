"""Who may use the event loop for what takes longer than a moment."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator

_SECONDS = 0.002


class Turns:
    """One turn at a time, in the order of the requests: `async with turns as until`.

    It should end at `until`, in seconds of the performance counter: between two turns, the event loop runs what else
    is due. Without turns, the streams of all kinds have something to decode in the same pass of the loop, and no key
    is answered before all are done.
    """

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._free = asyncio.Event()
        self._free.set()
        self._paused_until = 0.0

    def pause(self, seconds: float) -> None:
        """Begin no turn for so long; one in progress ends as usual."""
        self._paused_until = time.perf_counter() + seconds

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Begin no turn meanwhile."""
        self._free.clear()
        try:
            yield
        finally:
            self._free.set()

    async def __aenter__(self) -> float:
        await self._lock.acquire()
        try:
            await self._free.wait()
            if (rest := self._paused_until - time.perf_counter()) > 0:
                await asyncio.sleep(rest)
        except BaseException:
            self._lock.release()
            raise
        return time.perf_counter() + _SECONDS

    async def __aexit__(self, *_: object) -> None:
        self._lock.release()
