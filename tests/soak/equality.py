"""Whether a picture that has been through everything is that of somebody who comes now."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from stsview.cluster.config import Credentials
from stsview.cluster.http.session import Session
from stsview.cluster.watch.list_pager import list_all
from stsview.model.cache.coverage import Coverage, KindCoverage
from stsview.model.cache.indexer import Indexer
from stsview.model.derive import derive
from stsview.model.rollout.detail import PartHealth, SetDetail, event_views, revision_views
from stsview.model.settings import ModelSettings
from stsview.model.store import Store
from stsview.objects.kinds import ALL_EVENTS, EVENTS, FULL_REVISIONS, LEASES, Kind, KubernetesObject
from stsview.objects.meta import Key
from stsview.objects.stream_messages import Applied, Batch
from stsview.triage.catalogue import examine
from tests.cluster.conftest import config_for
from tests.soak.world import World


@dataclass(frozen=True)
class Differences:
    """In what a live picture is not that of fresh lists; false when it is."""

    told: tuple[str, ...] = ()
    """What is held otherwise; it may be on its way."""
    shown: tuple[str, ...] = ()
    """What is shown otherwise although all that is held is right."""

    def __bool__(self) -> bool:
        return bool(self.told or self.shown)


async def differences(world: World) -> Differences:
    """Objects have to be equal one by one, and findable in the same ways, with nothing left in any index; so has the
    detail of the set that is open. Views have to be what deriving all of it anew gives, with what was seen when being
    the only thing that is taken over."""
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
    # What an event is about decides whether it is kept.
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
            how = "is missing" if held.get(key) is None else "is too many" if there.get(key) is None else "differs"
            yield f"{kind.name} {key} {how}: held {held.get(key)}, there {there.get(key)}"
    if _found_by(held) != _found_by(there):
        yield f"{kind.resource} are indexed otherwise"


def _found_by(indexer: Indexer[KubernetesObject]) -> dict[str, dict[Hashable, set[Key]]]:
    return {name: {value: set(found) for value, found in index.items()} for name, index in indexer._indices.items()}


def _views(world: World, fresh: Store) -> Iterator[str]:
    store, now = world.live._store, world.live.now()
    shown = world.live.snapshot.fleet.sets
    if shown.keys() != set(fresh._cache.set_keys):
        yield f"shows {sorted(shown)}, there are {sorted(fresh._cache.set_keys)}"
        return
    if store._seen.keys() != shown.keys():
        yield f"remembers {sorted(store._seen)}"
    for key, view in shown.items():
        objects, held = fresh._cache.objects_of(key), store._cache.objects_of(key)
        assert objects is not None
        assert held is not None
        # What is asked for by name is in no list.
        around = replace(objects, coverage=held.coverage, leases=held.leases, named_pods=held.named_pods)
        anew, _ = derive(around, store._seen[key][1], now, now, ModelSettings(), examine)
        if anew != view:
            yield f"{key} is shown otherwise: {'; '.join(_unlike(view, anew))}"


async def _detail(world: World, fresh: Store, session: Session) -> list[str]:
    """Of the set that is open, if there is one of that name."""
    detail = world.live.snapshot.detail
    objects = fresh._cache.objects_of(detail.key) if detail is not None else None
    if detail is None or objects is None:
        return []
    revisions = replace(FULL_REVISIONS, label_selector=objects.set.spec.selector.text)
    namespace = detail.key.namespace
    anew = SetDetail(
        detail.key,
        event_views(await _list(session, ALL_EVENTS, namespace), detail.key, objects),
        revision_views(await _list(session, revisions, namespace), objects),
        PartHealth(KindCoverage(Coverage.COMPLETE)),
        PartHealth(KindCoverage(Coverage.COMPLETE)),
    )
    return [f"the detail of {detail.key}: {line}" for line in _unlike(detail, anew)]


def _unlike(shown: object, anew: object, path: str = "") -> Iterator[str]:
    """The innermost parts in which two views differ."""
    if is_dataclass(shown) and type(shown) is type(anew):
        for field in fields(shown):
            if field.compare:
                yield from _unlike(getattr(shown, field.name), getattr(anew, field.name), f"{path}.{field.name}")
    elif isinstance(shown, tuple) and isinstance(anew, tuple) and len(shown) == len(anew):
        for index, (one, other) in enumerate(zip(shown, anew, strict=True)):
            yield from _unlike(one, other, f"{path}[{index}]")
    elif shown != anew:
        yield f"{path} is {shown!r}, anew {anew!r}"
