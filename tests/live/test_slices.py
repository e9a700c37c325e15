"""Between two slices of derivation, a key gets the turns of the event loop that it needs."""

from __future__ import annotations

import asyncio
import time

from stsview.live.live import let_others_run

_HOPS = 12
"""Messages that follow from each other, from a key to its frame."""


async def hops(most: int) -> int:
    """How many of a chain of messages were handled when the next slice began."""
    loop, done = asyncio.get_running_loop(), 0

    def handle() -> None:
        nonlocal done
        done += 1
        began = time.perf_counter()
        while time.perf_counter() - began < 0.0001:
            pass
        if done < most:
            loop.call_soon(handle)

    loop.call_soon(handle)
    await let_others_run()
    return done


async def test_a_key_is_answered_before_the_next_slice() -> None:
    assert await hops(_HOPS) == _HOPS


async def test_work_without_end_does_not_stop_the_derivation() -> None:
    assert await hops(1000) < 2 * _HOPS
