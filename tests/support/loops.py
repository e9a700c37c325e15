"""What an event loop has left to do: told by its insides, where turns would otherwise have to be counted out."""

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
    """Whether anything is to be run at once, but for whoever asks."""
    return bool(loop._ready)  # type: ignore[attr-defined]


def next_timer(loop: base_events.BaseEventLoop) -> float:
    """When the next timer is due, by the loop's clock."""
    due = (handle.when() for handle in loop._scheduled if not handle.cancelled())  # type: ignore[attr-defined]
    return min(due, default=float("inf"))


def threads_work(loop: base_events.BaseEventLoop) -> bool:
    """Whether `asyncio.to_thread` has something under way."""
    executor = loop._default_executor  # type: ignore[attr-defined]
    return executor is not None and executor._idle_semaphore._value < len(executor._threads)


async def settle(rounds: int = 25) -> None:
    """Stands in for `stsview.clock.settle`, which takes all its turns even when nobody has anything to do: most of the
    time of a test on a manual clock went into empty turns.

    They are all taken where something outside the loop may need the time: a thread, or a time-out that is real.
    """
    loop = running_loop()
    empty = 0
    for _ in range(rounds):
        await asyncio.sleep(0)
        empty = 0 if has_ready(loop) else empty + 1
        # What a socket was given is there for the other end by the turn after next.
        if empty > 2 and not threads_work(loop) and next_timer(loop) > loop.time() + _SOON:
            return
