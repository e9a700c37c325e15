"""What somebody would see who came now, to hold a picture against that has been through trouble."""

from __future__ import annotations

from typing import Any

from stsview.clock import Clock
from stsview.cluster.config import Credentials
from stsview.cluster.http.session import Session
from stsview.cluster.watch.list_pager import list_all
from stsview.live.live import Live
from stsview.model.cache.coverage import Coverage, KindCoverage
from stsview.model.settings import ModelSettings
from stsview.model.store import Store
from stsview.model.views import SetView
from stsview.objects.kinds import Kind
from stsview.objects.meta import Key
from stsview.objects.stream_messages import Applied, Batch
from stsview.simulator.apiserver.server import ApiServer
from stsview.triage.catalogue import examine
from tests.cluster.conftest import config_for


class Picture:
    """Every object by the name of its kind, and the views of the sets."""

    def __init__(self, store: Store, kinds: list[Kind]) -> None:
        indexers = {kind.name: store._cache._kinds[kind.name][0] for kind in kinds}
        self.objects: dict[str, dict[Key, Any]] = {
            name: {key: indexer.get(key) for key in indexer.keys("")} for name, indexer in indexers.items()
        }
        self.views: dict[Key, SetView] = dict(store.fleet.sets)


def watched_by(live: Live) -> list[Kind]:
    assert live._streams is not None
    return list({stream.kind.name: stream.kind for stream in live._streams.health}.values())


def picture_of(live: Live) -> Picture:
    return Picture(live._store, watched_by(live))


async def fresh_picture(server: ApiServer, clock: Clock, live: Live) -> Picture:
    """That of the administrator's own lists, with the views as of the time of `live`."""
    session = Session(config_for(server.url, credentials=Credentials(token=server.token)), clock)
    store = Store(ModelSettings(), examine)
    try:
        for kind in watched_by(live):
            listing = await list_all(session, kind, "", lambda *_: None)
            store.apply(Batch(kind, tuple(map(Applied, listing.objects)), replace=True), live.now())
            store.cover(kind, "", KindCoverage(Coverage.COMPLETE))
    finally:
        await session.close()
    store.refresh(live.now())
    return Picture(store, watched_by(live))
