"""The cost of a change depends on the set it touches, not on the number of sets.

Work is counted in steps of the interpreter, not in time: the same on every machine, busy or not. Copying the finished
dict of views, once per snapshot, is a single step whatever its size.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest

from stsview.model.cache.coverage import Coverage, KindCoverage
from stsview.model.store import Store
from stsview.objects.kinds import (
    CLAIMS,
    CLASSES,
    ENDPOINT_SLICES,
    NODES,
    PODS,
    SERVICES,
    STATEFULSETS,
    VOLUMES,
    WATCHED,
    Kind,
    KubernetesObject,
)
from stsview.objects.stream_messages import Applied, Batch, Deleted
from tests.support.model.build import (
    at,
    claim,
    crashing,
    endpoint,
    endpoint_slice,
    node,
    owned_by,
    pod,
    service,
    stateful_set,
    storage_class,
    terminating,
    volume,
)
from tests.support.steps import steps_of

FEW, MANY = 50, 2_000


def fleet_of(sets: int) -> Store:
    """A fleet of healthy sets of three pods, one of them with a deadline."""
    store = Store()
    for kind in WATCHED:
        store.cover(kind, "", KindCoverage(Coverage.COMPLETE))
    names = [f"web-{number:05}x" for number in range(sets)]
    pods = [pod(o, set_name=n, owners=owned_by(f"{n}-uid", name=n)) for n in names for o in range(3)]
    slices = [
        endpoint_slice(*(endpoint(p) for p in pods[3 * i : 3 * i + 3]), name=f"{n}-s", service_name=n)
        for i, n in enumerate(names)
    ]
    parts: dict[Kind, Sequence[KubernetesObject]] = {
        STATEFULSETS: [stateful_set(name=n, uid=f"{n}-uid", service=n) for n in names],
        PODS: pods,
        CLAIMS: [claim(f"data-{p.metadata.name}") for p in pods],
        # Each selects its own pods: one that selected the pods of all sets would belong to the context of each of them.
        SERVICES: [service(n, selector={"app": n}) for n in names],
        ENDPOINT_SLICES: slices,
        NODES: [node()],
        CLASSES: [storage_class()],
        VOLUMES: [volume(f"pv-data-{p.metadata.name}") for p in pods],
    }
    for kind, objects in parts.items():
        store.apply(Batch(kind, tuple(Applied(o) for o in objects), replace=True), at(60))
    store.refresh(at(60))
    assert len(store.fleet.sets) == sets
    return store


@pytest.fixture(scope="module")
def stores() -> tuple[Store, Store]:
    return fleet_of(FEW), fleet_of(MANY)


def test_cost_of_one_change_is_independent_of_the_number_of_sets(stores: tuple[Store, Store]) -> None:
    name, uid = "web-00007x", "web-00007x-uid"
    mine: dict[str, Any] = {"set_name": name, "owners": owned_by(uid, name=name)}
    changes = [
        Batch(PODS, (Applied(crashing(1, **mine)),)),
        Batch(PODS, (Applied(terminating(1, asked=60, **mine)),)),
        Batch(PODS, (Deleted(terminating(1, asked=60, **mine)),)),
        Batch(PODS, (Applied(pod(1, **mine)),)),
        Batch(CLAIMS, (Applied(claim(f"data-{name}-1", phase="Lost")),)),
        Batch(SERVICES, (Applied(service(name, cluster_ip="10.0.0.9", selector={"app": name})),)),
        Batch(STATEFULSETS, (Applied(stateful_set(2, name=name, uid=uid, service=name)),)),
    ]
    for change in changes:
        few, many = (steps_of(partial(flush, store, change)) for store in stores)
        assert few > 100, "the change has an effect"
        assert many <= few * 1.05, f"{change.kind.name}: {few} steps with {FEW} sets, {many} with {MANY}"


def flush(store: Store, batch: Batch) -> None:
    store.apply(batch, at(61))
    assert store.refresh(at(61))
    assert store.fleet
    _ = store.next_change


def test_a_flush_without_changes_is_almost_free(stores: tuple[Store, Store]) -> None:
    few, many = (steps_of(partial(store.refresh, at(62))) for store in stores)
    assert few == many < 500
