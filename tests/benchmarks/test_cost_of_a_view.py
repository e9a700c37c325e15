"""What it costs to derive one view, in steps of the interpreter.

The counts hold for one version of Python, since each has other instructions.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from msgspec.structs import replace

from stsview.cluster.watch.watch_events import decode_event
from stsview.model import store as store_module
from stsview.model.cache.coverage import Coverage, KindCoverage
from stsview.model.store import Store
from stsview.model.views import Severity
from stsview.objects.kinds import PODS, STATEFULSETS, WATCHED, Kind
from stsview.objects.meta import Key
from stsview.objects.statefulset import StatefulSet
from stsview.objects.stream_messages import Applied, Batch
from stsview.triage.catalogue import examine
from tests.bench.cluster_bytes import PODS_PER_SET, events_of
from tests.bench.load_server import PATHS
from tests.support.steps import steps_of

FIRST, WHOLE, HEALTHY, TERMINATING, DOWN = 6_650, 25_600, 14_800, 21_600, 22_280
"""Steps for a set of five pods: while lists are read, when all is well, the same with a former view, after the deletion
of one pod, and after one is no longer Ready. Lower them with what makes a derivation cheaper."""

NOW = datetime(2026, 11, 30, tzinfo=UTC)

pytestmark = pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="counted with Python 3.11")


def store_of(*kinds: Kind) -> tuple[Store, Key]:
    """A store that has read these kinds, and one of its sets that is well."""
    store = Store(examine=examine)
    for kind in kinds:
        if kind.resource in PATHS.values():
            events = (decode_event(line, kind) for line in events_of(kind.resource, 5 * PODS_PER_SET))
            changes = (event.change for event in events if event.change is not None)
            store.apply(Batch(kind, tuple(changes), replace=True), NOW)
        store.cover(kind, "", KindCoverage(Coverage.COMPLETE))
    store.refresh(NOW)
    return store, max(store.fleet.sets)


def steps_to_derive(store: Store, key: Key) -> int:
    """Steps to derive the view of one set again."""
    store._touch((key,))
    return steps_of(partial(store.refresh, NOW))


def test_a_set_that_is_still_being_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "MANY", 1)
    store, key = store_of(STATEFULSETS)
    held = store.get(STATEFULSETS, key)
    assert isinstance(held, StatefulSet)
    new = replace(held, metadata=replace(held.metadata, name=f"{key.name}x", uid="new"))
    store.apply(Batch(STATEFULSETS, tuple(Applied(one) for one in (held, new))), NOW)
    store._touch(store.fleet.sets)
    steps = steps_of(partial(store.refresh, NOW, more_to_come=True))
    assert store.fleet.sets[new.metadata.key].severity is Severity.UNKNOWN
    assert steps <= FIRST * 1.1, steps


def test_a_healthy_set() -> None:
    store, key = store_of(*WATCHED)
    view = store.fleet.sets[key]
    assert (view.severity, view.findings, view.ready) == (Severity.HEALTHY, (), PODS_PER_SET)
    assert all(claim.volume_state.zones for row in view.ordinals for claim in row.claims)
    assert steps_to_derive(store, key) <= HEALTHY * 1.1
    store._unsettle((key,))
    assert steps_to_derive(store, key) <= WHOLE * 1.1


def test_a_change_of_one_pod() -> None:
    store, key = store_of(*WATCHED)
    objects = store.objects_of(key)
    assert objects is not None
    held = objects.pods[f"{key.name}-1"]
    ending = replace(held, metadata=replace(held.metadata, deletion_timestamp=NOW))

    def change() -> None:
        store.apply(Batch(PODS, (Applied(ending),)), NOW)
        store.refresh(NOW)

    assert steps_of(change) <= TERMINATING * 1.1
    assert store.fleet.sets[key].ready == PODS_PER_SET - 1


def test_a_pod_that_is_no_longer_ready() -> None:
    store, key = store_of(*WATCHED)
    objects = store.objects_of(key)
    assert objects is not None
    held = objects.pods[f"{key.name}-1"]
    unready = {
        one.type: replace(one, status="False", last_transition_time=NOW - timedelta(hours=1))
        for one in held.status.conditions
        if one.type in ("Ready", "ContainersReady")
    }
    conditions = tuple([unready.get(one.type, one) for one in held.status.conditions])
    containers = tuple([replace(one, ready=False) for one in held.status.container_statuses])
    status = replace(held.status, conditions=conditions, container_statuses=containers)
    store.apply(Batch(PODS, (Applied(replace(held, status=status)),)), NOW)
    store.refresh(NOW)
    steps = steps_to_derive(store, key)
    assert "readiness-probe-failing" in [finding.rule for finding in store.fleet.sets[key].findings]
    assert steps <= DOWN * 1.1, steps
