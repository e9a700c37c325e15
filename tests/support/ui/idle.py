"""Idle detection for a Pilot: waits until due work is done, not until the processor is idle."""

from __future__ import annotations

import asyncio
from time import process_time

from tests.support.loops import has_ready, next_timer, running_loop, threads_work

_SOON = 1 / 50
"""Seconds; timers due this soon after some work are waited for: one of them paints screens."""

_SOMETHING = 1 / 1000
"""Seconds of processor time; less than that is only a timer with nothing to do."""


async def wait_for_idle(min_sleep: float = 0, max_sleep: float = 1) -> None:
    """Replaces `textual._wait.wait_for_idle`, which sleeps at least 20 ms, several times per key.

    Returns once the loop has nothing to run, no thread works for it and no timer is due soon, after `min_sleep` seconds
    at the earliest and `max_sleep` at the latest.
    """
    loop = running_loop()
    start, spent = loop.time(), process_time()
    soon = start + _SOON
    while (waited := loop.time() - start) < max_sleep:
        # Twice: input from sockets and threads is handled one turn of the event loop after it is found.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        if has_ready(loop):
            continue
        if process_time() - spent > _SOMETHING:
            soon, spent = loop.time() + _SOON, process_time()
        if threads_work(loop):
            await asyncio.sleep(0.001)
        elif (due := next_timer(loop)) <= soon:
            await asyncio.sleep(max(0.0, due - loop.time()))
        elif waited >= min_sleep:
            return
        else:
            await asyncio.sleep(min_sleep - waited)
