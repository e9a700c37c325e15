"""Reading of all revisions of one set."""

from __future__ import annotations

import asyncio

import msgspec

from stsview.cli.support.connect import STALL_SECONDS
from stsview.cli.support.errors import CommandError
from stsview.cli.support.select_sets import find_set
from stsview.clock import Clock
from stsview.live.snapshot import Snapshot, Source
from stsview.model.cache.coverage import Coverage
from stsview.model.rollout.detail import RevisionView, SetDetail
from stsview.model.rollout.history import HistoryEntry, find_revision, history_of
from stsview.model.views import SetView
from stsview.objects.meta import Key


class History(msgspec.Struct, frozen=True):
    snapshot: Snapshot
    view: SetView
    entries: tuple[HistoryEntry, ...]
    """The newest first."""

    def find(self, text: str) -> RevisionView:
        """As `stsview.model.rollout.history.find_revision`; raises `CommandError`."""
        try:
            return find_revision(self.entries, text, self.view.name)
        except ValueError as error:
            raise CommandError(str(error)) from error


async def read_history(source: Source, key: Key, clock: Clock) -> History:
    """Raises `CommandError` if the revisions cannot be read."""
    source.open(key)
    try:
        detail = await _complete_detail(source, key, clock)
        snapshot = source.snapshot
    finally:
        source.open(None)
    view = find_set(snapshot, str(key))
    return History(snapshot, view, history_of(view, detail.revisions))


async def _complete_detail(source: Source, key: Key, clock: Clock) -> SetDetail:
    changed = asyncio.Event()
    unsubscribe = source.subscribe(lambda _: changed.set())
    stall = asyncio.create_task(clock.sleep(STALL_SECONDS))
    try:
        while True:
            changed.clear()
            detail = source.snapshot.detail
            if detail is not None and detail.key == key:
                health = detail.revisions_health
                if health.coverage.coverage is Coverage.COMPLETE:
                    return detail
                if health.coverage.coverage is not Coverage.LOADING or (stall.done() and health.reason):
                    raise CommandError(health.reason)
            if stall.done():
                raise CommandError(f"the revisions of {key} could not be read; try again")
            change = asyncio.create_task(changed.wait())
            await asyncio.wait((change, stall), return_when=asyncio.FIRST_COMPLETED)
            change.cancel()
    finally:
        unsubscribe()
        stall.cancel()
