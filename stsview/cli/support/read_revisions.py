"""The revisions of one set, read in full."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from stsview.cli.support.connect import PATIENCE_SECONDS, CouldNotLook
from stsview.cli.support.select_sets import the_set
from stsview.clock import Clock
from stsview.live.live import Live
from stsview.live.snapshot import Snapshot
from stsview.model.cache.coverage import Coverage
from stsview.model.rollout.detail import RevisionView, SetDetail
from stsview.model.rollout.history import HistoryEntry, find_revision, history_of
from stsview.model.views import SetView
from stsview.objects.meta import Key


@dataclass(frozen=True, slots=True)
class History:
    snapshot: Snapshot
    view: SetView
    entries: tuple[HistoryEntry, ...]
    """The newest first."""

    def find(self, words: str) -> RevisionView:
        """As `stsview.model.rollout.history.find_revision`; raises `CouldNotLook`."""
        try:
            return find_revision(self.entries, words, self.view.name)
        except ValueError as error:
            raise CouldNotLook(str(error)) from error


async def read_history(live: Live, key: Key, clock: Clock) -> History:
    """Raises `CouldNotLook`."""
    live.open(key)
    try:
        detail = await _detail(live, key, clock)
        snapshot = live.snapshot
    finally:
        live.open(None)
    view = the_set(snapshot, str(key))
    return History(snapshot, view, history_of(view, detail.revisions))


async def _detail(live: Live, key: Key, clock: Clock) -> SetDetail:
    news = asyncio.Event()
    unsubscribe = live.subscribe(lambda _: news.set())
    waited = asyncio.create_task(clock.sleep(PATIENCE_SECONDS))
    try:
        while True:
            news.clear()
            detail = live.snapshot.detail
            if detail is not None and detail.key == key:
                health = detail.revisions_health
                if health.coverage.coverage is Coverage.COMPLETE:
                    return detail
                if health.coverage.coverage is not Coverage.LOADING or (waited.done() and health.reason):
                    raise CouldNotLook(health.reason)
            if waited.done():
                raise CouldNotLook(f"the revisions of {key} could not be read; try again")
            heard = asyncio.create_task(news.wait())
            await asyncio.wait((heard, waited), return_when=asyncio.FIRST_COMPLETED)
            heard.cancel()
    finally:
        unsubscribe()
        waited.cancel()
