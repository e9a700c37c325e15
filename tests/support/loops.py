"""Whether an event loop has work left, from its internals, so that tests need no fixed number of turns."""

from __future__ import annotations

import asyncio
from asyncio import base_events

_SOON = 1.0
"""Seconds."""


def running_loop() -> base_events.BaseEventLoop:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, base_events.BaseEventLoop)
    return loop


def has_ready(loop: base_events.BaseEventLoop) -> bool:
    """Whether any callback is ready, other than the caller."""
    return bool(loop._ready)  # type: ignore[attr-defined]


def next_timer(loop: base_events.BaseEventLoop) -> float:
    """When the next timer is due, by the loop's clock."""
    scheduled: list[asyncio.TimerHandle] = loop._scheduled  # type: ignore[attr-defined]
    # A heap, of whose head the loop takes what is cancelled at each turn.
    if scheduled and not scheduled[0].cancelled():
        return scheduled[0].when()
    return min((handle.when() for handle in scheduled if not handle.cancelled()), default=float("inf"))


def threads_work(loop: base_events.BaseEventLoop) -> bool:
    """Whether `asyncio.to_thread` has work in progress."""
    executor = loop._default_executor  # type: ignore[attr-defined]
    return executor is not None and executor._idle_semaphore._value < len(executor._threads)


async def settle(rounds: int = 25) -> None:
    """Replaces `stsview.clock.settle`, which always takes all its turns; empty ones took most of the time of tests.

    All turns are taken when something outside the loop may need the time: a thread, or a real timeout.
    """
    loop = running_loop()
    empty = 0
    for _ in range(rounds):
        await asyncio.sleep(0)
        empty = 0 if has_ready(loop) else empty + 1
        # What was written to a socket reaches its other end by the turn after next.
        if empty > 2 and not threads_work(loop) and next_timer(loop) > loop.time() + _SOON:
            return
