"""Waiting for a change, or for time to pass."""

from __future__ import annotations

import asyncio

from stsview.clock import Clock


async def wait_for_change(changed: asyncio.Event, seconds: float, clock: Clock) -> None:
    """Return when `changed` is set, at the latest after `seconds`."""
    change = asyncio.create_task(changed.wait())
    deadline = asyncio.create_task(clock.sleep(seconds))
    try:
        await asyncio.wait((change, deadline), return_when=asyncio.FIRST_COMPLETED)
    finally:
        change.cancel()
        deadline.cancel()
