"""A look at a cluster without a screen."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from stsview.clock import Clock, SystemClock
from stsview.live.live import Live
from stsview.live.snapshot import CURRENT, Snapshot
from stsview.live.target import Target
from stsview.model.settings import ModelSettings

PATIENCE_SECONDS = 60.0
"""How long reading may stand still before it counts as failed; as long as something is read, it may take any time."""


class CouldNotLook(Exception):
    """There is no whole picture to judge by; the message says why, in one line."""


@asynccontextmanager
async def looking(
    target: Target, settings: ModelSettings, clock: Clock | None = None
) -> AsyncIterator[tuple[Live, Snapshot]]:
    """A live picture, whole, for as long as the block lasts.

    Raises `stsview.live.errors.CannotStart` where the cluster cannot be reached, `CouldNotLook` where it cannot be
    read. A fault that ends the reading ends the block, and is raised.
    """
    clock = clock or SystemClock()
    live = Live(target, settings=settings, clock=clock)
    news = asyncio.Event()
    unsubscribe = live.subscribe(lambda _: news.set())
    running = asyncio.create_task(live.run(), name="live")
    running.add_done_callback(partial(_end_with, asyncio.current_task()))
    try:
        yield live, await _whole(live, running, news, clock)
    finally:
        unsubscribe()
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


def _end_with(here: asyncio.Task[Any] | None, running: asyncio.Task[None]) -> None:
    """Nobody waits for a picture that is no longer drawn."""
    if here is not None and not running.cancelled() and running.exception() is not None:
        here.cancel()


async def _whole(live: Live, running: asyncio.Task[None], news: asyncio.Event, clock: Clock) -> Snapshot:
    while True:
        news.clear()
        snapshot = live.snapshot
        if snapshot.health.blind:
            raise CouldNotLook(snapshot.health.blind)
        if snapshot.health.link in CURRENT:
            return snapshot
        heard = asyncio.create_task(news.wait())
        waited = asyncio.create_task(clock.sleep(PATIENCE_SECONDS))
        try:
            done, _ = await asyncio.wait((heard, waited, running), return_when=asyncio.FIRST_COMPLETED)
        finally:
            heard.cancel()
            waited.cancel()
        if running in done:
            # Only an error ends it, and that is the one to tell.
            running.result()
            raise CouldNotLook("reading ended before there was a picture")
        if waited in done:
            raise CouldNotLook(snapshot.health.problem or "the cluster sends nothing; try again")
