"""Comparison of a long-lived picture with one from fresh lists."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from stsview.cluster.config import Credentials
from stsview.cluster.http.session import Session
from stsview.cluster.watch.list_pager import list_all
from stsview.model.base import Record
from stsview.model.cache.coverage import Coverage, KindCoverage
from stsview.model.cache.indexer import Indexer
from stsview.model.derive import derive
from stsview.model.rollout.detail import PartHealth, SetDetail, event_views, revision_views
from stsview.model.settings import ModelSettings
from stsview.model.store import Store
from stsview.model.views import SetView
from stsview.objects.kinds import ALL_EVENTS, EVENTS, FULL_REVISIONS, LEASES, Kind, KubernetesObject
from stsview.objects.stream_messages import Applied, Batch
from stsview.triage.catalogue import examine
from tests.cluster.conftest import config_for
from tests.soak.world import World


@dataclass(frozen=True)
class Differences:
    """How a live picture differs from fresh lists; false when it does not."""

    held: tuple[str, ...] = ()
    """Objects that differ; their events may be on the way."""
    shown: tuple[str, ...] = ()
    """Views that differ although all objects are equal."""

    def __bool__(self) -> bool:
        return bool(self.held or self.shown)


async def differences(world: World) -> Differences:
    """Compare objects one by one, every index, and the detail of the open set with those of fresh lists.

    Views must equal what a fresh derivation gives, which takes over only the recorded sightings.
    """
    server = world.cluster.server
    session = Session(config_for(server.url, credentials=Credentials(token=server.token)), world.clock)
    try:
        fresh = await _fresh(world, session)
        kinds = {kind.name: kind for kind, _ in _read(world)}
        told = [line for kind in kinds.values() for line in _objects(kind, world.live._store, fresh)]
        told += await _detail(world, fresh, session)
        return Differences(tuple(told)) if told else Differences(shown=tuple(_views(world, fresh)))
    finally:
        await session.close()


def _read(world: World) -> Iterator[tuple[Kind, str]]:
    assert world.live._streams is not None
    for stream in world.live._streams.health:
        if stream.kind is not LEASES:
            yield stream.kind, stream.namespace


async def _fresh(world: World, session: Session) -> Store:
    fresh = Store(ModelSettings(), examine)
    # Whether an event is kept depends on the object that it is about.
    for kind, namespace in sorted(_read(world), key=lambda stream: stream[0] is EVENTS):
        objects = tuple(map(Applied, await _list(session, kind, namespace)))
        fresh.apply(Batch(kind, objects, replace=True, namespace=namespace), world.live.now())
        fresh.cover(kind, namespace, KindCoverage(Coverage.COMPLETE))
    return fresh


async def _list(session: Session, kind: Kind, namespace: str) -> tuple[Any, ...]:
    return (await list_all(session, kind, namespace, lambda *_: None)).objects


def _indexer(store: Store, kind: Kind) -> Indexer[KubernetesObject]:
    indexer: Indexer[KubernetesObject] = store._cache._kinds[kind.name][0]
    return indexer


def _objects(kind: Kind, mine: Store, fresh: Store) -> Iterator[str]:
    held, there = _indexer(mine, kind), _indexer(fresh, kind)
    for key in dict.fromkeys((*held.keys(), *there.keys())):
        if held.get(key) != there.get(key):
            how = "is missing" if held.get(key) is None else "is left over" if there.get(key) is None else "differs"
            yield f"{kind.name} {key} {how}: held {held.get(key)}, there {there.get(key)}"
    if _found_by(held) != _found_by(there):
        yield f"{kind.resource} have different indexes"


def _found_by(indexer: Indexer[KubernetesObject]) -> dict[tuple[str, str, Hashable], set[str]]:
    return {
        (index, namespace, value): set(postings.of(value))
        for index, by_namespace in indexer._indices.items()
        for namespace, postings in by_namespace.items()
        for value in postings
    }


def _views(world: World, fresh: Store) -> Iterator[str]:
    store, now = world.live._store, world.live.now()
    shown = world.live.snapshot.fleet.sets
    if shown.keys() != set(fresh._cache.set_keys):
        yield f"shows {sorted(shown)}, there are {sorted(fresh._cache.set_keys)}"
        return
    if not store._seen._held.keys() <= shown.keys():
        yield f"remembers {sorted(store._seen._held)}"
    for key, view in shown.items():
        objects, held = fresh._cache.objects_of(key), store._cache.objects_of(key)
        assert objects is not None
        assert held is not None
        # Objects that are read by name are in no list.
        around = replace(objects, coverage=held.coverage, leases=held.leases, named_pods=held.named_pods)
        derived, _ = derive(around, store._seen.of(key, objects.set.metadata.uid), now, now, ModelSettings(), examine)
        if derived != view:
            yield f"{key} has a different view: {'; '.join(_differences_between(view, derived))}"


async def _detail(world: World, fresh: Store, session: Session) -> list[str]:
    """Differences of the detail of the open set, if that set exists."""
    detail = world.live.snapshot.detail
    objects = fresh._cache.objects_of(detail.key) if detail is not None else None
    if detail is None or objects is None:
        return []
    revisions = replace(FULL_REVISIONS, label_selector=objects.set.spec.selector.text)
    namespace = detail.key.namespace
    derived = SetDetail(
        detail.key,
        event_views(await _list(session, ALL_EVENTS, namespace), detail.key, objects),
        revision_views(await _list(session, revisions, namespace), objects),
        PartHealth(KindCoverage(Coverage.COMPLETE)),
        PartHealth(KindCoverage(Coverage.COMPLETE)),
    )
    return [f"the detail of {detail.key}: {line}" for line in _differences_between(detail, derived)]


def _differences_between(shown: object, derived: object, path: str = "") -> Iterator[str]:
    """The innermost fields in which two views differ."""
    if isinstance(shown, Record) and type(shown) is type(derived):
        ignored = shown.not_compared if isinstance(shown, SetView) else ()
        for name in shown.__struct_fields__:
            if name not in ignored:
                yield from _differences_between(getattr(shown, name), getattr(derived, name), f"{path}.{name}")
    elif isinstance(shown, tuple) and isinstance(derived, tuple) and len(shown) == len(derived):
        for index, (one, other) in enumerate(zip(shown, derived, strict=True)):
            yield from _differences_between(one, other, f"{path}[{index}]")
    elif shown != derived:
        yield f"{path} is {shown!r}, expected {derived!r}"
