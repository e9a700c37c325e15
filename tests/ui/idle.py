"""What a Pilot waits for: until all that is due has been done, not until the processor has been idle for a while."""

from __future__ import annotations

import asyncio
from asyncio import base_events
from time import process_time

_SOON = 1 / 50
"""Seconds; timers that are due so soon after something was done are waited for: screens are painted by one."""

_SOMETHING = 1 / 1000
"""Seconds of the processor's time; what takes less was nothing but a timer that found nothing to do."""


async def wait_for_idle(min_sleep: float = 0, max_sleep: float = 1) -> None:
    """Stands in for `textual._wait.wait_for_idle`, which sleeps 20 ms at least, several times for each key.

    Returns once the loop has nothing to run, no thread works for it and no timer is due soon, after `min_sleep` seconds
    at the earliest and `max_sleep` at the latest.
    """
    loop = asyncio.get_running_loop()
    assert isinstance(loop, base_events.BaseEventLoop)
    start, spent = loop.time(), process_time()
    soon = start + _SOON
    while (waited := loop.time() - start) < max_sleep:
        # Twice: what has come in through sockets and from threads is run by the turn after that which finds it.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        if loop._ready:  # type: ignore[attr-defined]
            continue
        if process_time() - spent > _SOMETHING:
            soon, spent = loop.time() + _SOON, process_time()
        if _threads_work(loop):
            await asyncio.sleep(0.001)
        elif (due := _next_timer(loop)) <= soon:
            await asyncio.sleep(max(0.0, due - loop.time()))
        elif waited >= min_sleep:
            return
        else:
            await asyncio.sleep(min_sleep - waited)


def _next_timer(loop: base_events.BaseEventLoop) -> float:
    """When the next timer is due, by the loop's clock."""
    due = (handle.when() for handle in loop._scheduled if not handle.cancelled())  # type: ignore[attr-defined]
    return min(due, default=float("inf"))


def _threads_work(loop: base_events.BaseEventLoop) -> bool:
    executor = loop._default_executor  # type: ignore[attr-defined]
    return executor is not None and executor._idle_semaphore._value < len(executor._threads)
