"""Who may use the event loop for what takes longer than a moment."""

from __future__ import annotations

import asyncio
import time

_SECONDS = 0.002


class Turns:
    """One turn at a time, in the order of the requests: `async with turns as until`.

    It should end at `until`, in seconds of the performance counter: between two turns, the event loop runs what else
    is due. Without turns, the streams of all kinds have something to decode in the same pass of the loop, and no key
    is answered before all are done.
    """

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._paused_until = 0.0

    def pause(self, seconds: float) -> None:
        """Begin no turn for so long; one in progress ends as usual."""
        self._paused_until = time.perf_counter() + seconds

    async def __aenter__(self) -> float:
        await self._lock.acquire()
        try:
            if (rest := self._paused_until - time.perf_counter()) > 0:
                await asyncio.sleep(rest)
        except BaseException:
            self._lock.release()
            raise
        return time.perf_counter() + _SECONDS

    async def __aexit__(self, *_: object) -> None:
        self._lock.release()
