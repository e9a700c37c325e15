"""A second look, where time or a further read may change what the first one shows."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from datetime import timedelta

from msgspec.structs import replace

from stsview.cli.support.errors import CommandError
from stsview.clock import Clock
from stsview.live.live import FLUSH_SECONDS, Live
from stsview.live.snapshot import CURRENT, OFFLINE, Snapshot, Source
from stsview.model.settings import ModelSettings
from stsview.model.views import SetView

DEFAULT_SECONDS = 15.0
"""How long to wait before the second look, if the operator does not say."""

_READS_SECONDS = 5.0
"""How long to wait for objects that are read by name: leases of suspect nodes, pods of taken names."""


def resolve_settle(arguments: argparse.Namespace) -> float:
    """The seconds of --settle."""
    return DEFAULT_SECONDS if arguments.settle is None else float(arguments.settle)


def settling(settings: ModelSettings, settle: float) -> ModelSettings:
    """The settings with which a condition that lasts for `settle` seconds counts as lasting."""
    return replace(
        settings,
        observe_grace=min(settings.observe_grace, settle),
        act_grace=min(settings.act_grace, settle),
    )


async def settled(
    source: Source, snapshot: Snapshot, select: Callable[[Snapshot], Sequence[SetView]], settle: float, clock: Clock
) -> Snapshot:
    """The snapshot after `settle` seconds if time alone can change a selected set until then, else that of now.

    A condition without a date of its own, such as a missing pod that nothing prevents, counts as lasting if it was
    there both times. With `settle` 0 the first snapshot counts, as it does of files, in which no time passes. Raises
    `CommandError` as `select` does, and if the connection is lost.
    """
    if not settle or snapshot.health.link in OFFLINE:
        return snapshot
    snapshot = await _after_reads(source, snapshot, clock)
    if not changes_by_time(source, select(snapshot), settle):
        return snapshot
    # The snapshot follows within a flush or two.
    await clock.sleep(settle + 2 * FLUSH_SECONDS)
    snapshot = await _after_reads(source, source.snapshot, clock)
    if snapshot.health.link not in CURRENT:
        raise CommandError(snapshot.health.problem or "the connection was lost before the re-check")
    return snapshot


def changes_by_time(source: Source, views: Sequence[SetView], seconds: float) -> bool:
    """Whether any view changes by time alone within `seconds`."""
    until = source.now() + timedelta(seconds=seconds)
    return any(view.next_certain_change is not None and view.next_certain_change <= until for view in views)


async def _after_reads(source: Source, snapshot: Snapshot, clock: Clock) -> Snapshot:
    """The snapshot with what the model wants to read by name; after a while without it."""
    if not isinstance(source, Live):
        return snapshot
    deadline = clock.monotonic() + _READS_SECONDS
    while source.reads_pending and clock.monotonic() < deadline:
        await clock.sleep(FLUSH_SECONDS)
        if not source.reads_pending:
            await clock.sleep(2 * FLUSH_SECONDS)
        snapshot = source.snapshot
    return snapshot
