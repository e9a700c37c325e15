"""A picture from fresh lists, to compare with one that went through faults."""

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
from stsview.objects.node import Node
from stsview.objects.stream_messages import Applied, Batch
from stsview.simulator.apiserver.server import ApiServer
from stsview.triage.catalogue import examine
from tests.cluster.conftest import config_for


class Picture:
    """Every object by kind, and the views of the StatefulSets."""

    def __init__(self, store: Store, kinds: list[Kind]) -> None:
        indexers = {kind.name: store._cache._kinds[kind.name][0] for kind in kinds}
        self.objects: dict[str, dict[Key, Any]] = {
            name: {key: _without_heartbeat(indexer.get(key)) for key in indexer.keys("")}
            for name, indexer in indexers.items()
        }
        self.views: dict[Key, SetView] = dict(store.fleet.sets)


def _without_heartbeat(found: Any) -> Any:
    """After a restore, a watch may resume in another history and miss what changes no view."""
    return found.without_heartbeat if isinstance(found, Node) else found


def watched_kinds(live: Live) -> list[Kind]:
    assert live._streams is not None
    return list({stream.kind.name: stream.kind for stream in live._streams.health}.values())


def picture_of(live: Live) -> Picture:
    return Picture(live._store, watched_kinds(live))


async def fresh_picture(server: ApiServer, clock: Clock, live: Live) -> Picture:
    """The picture by the administrator's own lists, with views at the time of `live`."""
    session = Session(config_for(server.url, credentials=Credentials(token=server.token)), clock)
    store = Store(ModelSettings(), examine)
    try:
        for kind in watched_kinds(live):
            listing = await list_all(session, kind, "", lambda *_: None)
            store.apply(Batch(kind, tuple(map(Applied, listing.objects)), replace=True), live.now())
            store.cover(kind, "", KindCoverage(Coverage.COMPLETE))
    finally:
        await session.close()
    store.refresh(live.now())
    return Picture(store, watched_kinds(live))
