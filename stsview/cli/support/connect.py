"""A connection to a cluster for the length of one command, without a screen."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from stsview.cli.support.errors import CommandError
from stsview.cli.support.unknown_names import UnknownName, explained
from stsview.clock import Clock, SystemClock
from stsview.live.collector import collector_paused
from stsview.live.live import Live
from stsview.live.replay.recording_target import AnyTarget, OfflineTarget
from stsview.live.snapshot import CURRENT, Snapshot, Source
from stsview.live.target import Target
from stsview.model.settings import ModelSettings

STALL_SECONDS = 60.0
"""How long loading may make no progress before it counts as failed; while there is progress there is no limit."""


@asynccontextmanager
async def opened(
    target: AnyTarget, settings: ModelSettings, clock: Clock | None = None
) -> AsyncIterator[tuple[Source, Snapshot]]:
    """As `connected`, for what only reads: the objects may also be those of files."""
    if isinstance(target, OfflineTarget):
        source = target.open(settings)
        if source.snapshot.health.blind:
            raise CommandError(source.snapshot.health.blind)
        try:
            yield source, source.snapshot
        except UnknownName as error:
            raise await explained(error, source) from error
        return
    async with connected(target, settings, clock) as (live, snapshot):
        yield live, snapshot


@asynccontextmanager
async def connected(
    target: Target, settings: ModelSettings, clock: Clock | None = None
) -> AsyncIterator[tuple[Live, Snapshot]]:
    """Connect, and yield the first complete snapshot.

    Stays connected for the length of the block.

    Raises `stsview.live.errors.CannotStart` if the cluster cannot be reached, `CommandError` if it cannot be read. A
    name that the block does not find is looked up in all namespaces. An internal error of the connection cancels the
    block, and is raised.
    """
    clock = clock or SystemClock()
    live = Live(target, settings=settings, clock=clock, shows_loading=False)
    changed = asyncio.Event()
    unsubscribe = live.subscribe(lambda _: changed.set())
    running = asyncio.create_task(live.run(), name="live")
    running.add_done_callback(partial(_cancel_on_error, asyncio.current_task()))
    try:
        with collector_paused():
            first = await _first_complete_snapshot(live, running, changed, clock)
        yield live, first
    except UnknownName as error:
        raise await explained(error, live) from error
    finally:
        unsubscribe()
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


def _cancel_on_error(block: asyncio.Task[Any] | None, running: asyncio.Task[None]) -> None:
    """Cancel the block, which would otherwise wait for snapshots that never come."""
    if block is not None and not running.cancelled() and running.exception() is not None:
        block.cancel()


async def _first_complete_snapshot(
    live: Live, running: asyncio.Task[None], changed: asyncio.Event, clock: Clock
) -> Snapshot:
    while True:
        changed.clear()
        snapshot = live.snapshot
        if snapshot.health.blind:
            raise CommandError(snapshot.health.blind)
        if snapshot.health.link in CURRENT:
            return snapshot
        change = asyncio.create_task(changed.wait())
        stall = asyncio.create_task(clock.sleep(STALL_SECONDS))
        try:
            done, _ = await asyncio.wait((change, stall, running), return_when=asyncio.FIRST_COMPLETED)
        finally:
            change.cancel()
            stall.cancel()
        if running in done:
            # It only returns with an error, which is the one to report.
            running.result()
            raise CommandError("the connection was closed before all objects were loaded")
        if stall in done:
            raise CommandError(snapshot.health.problem or "the cluster sends no data; try again")
