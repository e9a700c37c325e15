"""Waiting for a deadline or an event, whichever comes first."""

from __future__ import annotations

import asyncio
from typing import Any

from stsview.clock import Clock


async def wait_for_work(clock: Clock, work: asyncio.Event, due: float | None) -> None:
    """Return when `work` is set or `due` is reached.

    `due` is in seconds of `clock.monotonic()`; None: never.
    """
    waiters: list[asyncio.Task[Any]] = [asyncio.create_task(work.wait())]
    if due is not None:
        waiters.append(asyncio.create_task(clock.sleep(due - clock.monotonic())))
    try:
        await asyncio.wait(waiters, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for waiter in waiters:
            waiter.cancel()
        await asyncio.gather(*waiters, return_exceptions=True)
