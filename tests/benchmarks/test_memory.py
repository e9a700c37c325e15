"""What a pod costs in memory, with its claim, its volume, and its part of the objects of its set.

Sizes are sums of `sys.getsizeof`, each object counted once; nothing is measured of the process.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import Enum
from types import FunctionType, MethodType, ModuleType
from typing import Any

import msgspec
import pytest

from stsview.cluster.watch.watch_events import decode_event
from stsview.model import store as store_module
from stsview.model.cache.coverage import Coverage, KindCoverage
from stsview.model.store import Store
from stsview.objects.kinds import WATCHED
from stsview.objects.stream_messages import Applied, Batch
from stsview.triage.catalogue import examine
from tests.bench.cluster_bytes import events_of

PODS = 1_500
NOW = datetime(2026, 12, 1, tzinfo=UTC)

BYTES = {"objects": 1_520, "indices": 590, "sightings": 52, "views": 598}
"""Of each pod, by what holds them."""

TRACKED = 1.37
"""Objects of each pod that the garbage collector visits at every full collection."""


def size(value: object, counted: set[int]) -> int:
    """Bytes of a value and of all that it refers to, without what `counted` has already."""
    total, left = 0, [value]
    while left:
        one = left.pop()
        if id(one) in counted or isinstance(one, type | Enum | FunctionType | MethodType | ModuleType):
            continue
        counted.add(id(one))
        total += sys.getsizeof(one)
        left.extend(_parts(one))
    return total


def _parts(one: Any) -> Iterator[object]:
    if isinstance(one, dict):
        yield from one.keys()
        yield from one.values()
    elif isinstance(one, tuple | list | set | frozenset):
        yield from one
    elif isinstance(one, msgspec.Struct):
        yield from (getattr(one, name) for name in one.__struct_fields__)
    else:
        for kind in type(one).__mro__:
            names = kind.__dict__.get("__slots__", ())
            yield from (getattr(one, name) for name in names if hasattr(one, name))
        yield from getattr(one, "__dict__", {}).values()


def loaded() -> Store:
    store = Store(examine=examine)
    for kind in WATCHED:
        changes = [decode_event(line, kind).change for line in events_of(kind.resource, PODS)]
        store.apply(Batch(kind, tuple(one for one in changes if isinstance(one, Applied))), NOW)
        store.cover(kind, "", KindCoverage(Coverage.COMPLETE))
    store.refresh(NOW)
    return store


def test_bytes_and_tracked_objects_of_a_pod(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "MANY_VIEWS", 10)
    gc.collect()
    before = len(gc.get_objects())
    store = loaded()
    gc.collect()
    tracked = (len(gc.get_objects()) - before) / PODS
    cache, counted = store._cache, set[int]()
    indexers = [indexer for indexer, _ in cache._kinds.values()]
    held = {
        "objects": [indexer._objects for indexer in indexers],
        "indices": [
            *(indexer._indices for indexer in indexers),
            *vars(cache._dependencies).values(),
        ],
        "sightings": store._seen._held,
        "views": store._views,
    }
    found = {name: size(parts, counted) / PODS for name, parts in held.items()}
    assert len(store.fleet.sets) == PODS // 5
    sys.stdout.write(f"{found} {tracked}\n")
    for name, bound in BYTES.items():
        assert bound / 2 < found[name] < bound, f"{name}: {found}"
    assert tracked < TRACKED, tracked
