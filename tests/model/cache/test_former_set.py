"""Sets that are gone while their pods live, as the store shows them."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from stsview.model.cache.coverage import Coverage, KindCoverage
from stsview.model.nodes.drain import DrainVerdict
from stsview.model.nodes.reports import NodeReports
from stsview.model.rollout.rollout_outcome import RolloutWatch, Stage
from stsview.model.store import Store
from stsview.model.views import SetView, Severity, WaitReason
from stsview.objects.kinds import CLAIMS, NODES, PODS, STATEFULSETS, WATCHED, Kind, KubernetesObject
from stsview.objects.meta import Key
from stsview.objects.pod import Pod
from stsview.objects.stream_messages import Applied, Batch, Deleted
from stsview.triage.catalogue import examine
from tests.support.model.build import LABELS, at, claim, node, owned_by, pod, stateful_set

WEB = Key("default", "web")


def send(store: Store, kind: Kind, *objects: KubernetesObject) -> None:
    store.apply(Batch(kind, tuple(Applied(one) for one in objects)), at(60))


def remove(store: Store, kind: Kind, one: KubernetesObject) -> None:
    store.apply(Batch(kind, (Deleted(one),)), at(60))


def orphan(ordinal: int, **more: Any) -> Pod:
    name = f"web-{ordinal}"
    labels = {**LABELS, "statefulset.kubernetes.io/pod-name": name, "topology.kubernetes.io/region": "r1"}
    return pod(ordinal, owners=more.pop("owners", ()), labels=labels, **more)


@pytest.fixture
def store() -> Store:
    store = Store(examine=examine)
    for kind in WATCHED:
        store.cover(kind, "", KindCoverage(Coverage.COMPLETE))
    send(store, NODES, node())
    return store


def view(store: Store) -> SetView | None:
    store.refresh(at(70))
    return store.fleet.sets.get(WEB)


def test_a_set_deleted_without_its_pods_is_shown_as_gone_until_it_is_back(store: Store) -> None:
    owned = [orphan(ordinal, owners=owned_by()) for ordinal in range(3)]
    send(store, STATEFULSETS, stateful_set(3))
    send(store, PODS, *owned)
    send(store, CLAIMS, *(claim(f"data-web-{ordinal}") for ordinal in range(3)))
    assert view(store) is not None
    # The garbage collector releases the pods first, whichever watch tells it first.
    remove(store, STATEFULSETS, stateful_set(3))
    assert view(store) is None, "pods with an owner, though it is gone, are deleted by the garbage collector"
    send(store, PODS, *(orphan(ordinal) for ordinal in range(3)))
    gone = view(store)
    assert gone is not None
    assert (gone.gone, gone.uid, gone.replicas, gone.ready, gone.claims_expected) == (True, "", 3, 3, 0)
    assert (gone.severity, gone.wait.reason) == (Severity.STUCK, WaitReason.GONE)
    assert [finding.rule for finding in gone.findings] == ["set-gone"]
    assert gone.service.name == "web"
    send(store, STATEFULSETS, stateful_set(3))
    send(store, PODS, *owned)
    back = view(store)
    assert back is not None
    assert not back.gone


def test_its_ordinals_are_those_of_its_pods(store: Store) -> None:
    send(store, PODS, orphan(2), orphan(4))
    gone = view(store)
    assert gone is not None
    assert [(row.ordinal, row.uid is not None) for row in gone.ordinals] == [(2, True), (3, False), (4, True)]
    remove(store, PODS, orphan(2))
    remove(store, PODS, orphan(4))
    assert view(store) is None


@pytest.mark.parametrize(
    "other",
    [
        orphan(0, owners=owned_by("other", "ReplicaSet", "rs")),
        orphan(0, deletion_timestamp=at(90)),
        replace(orphan(0), metadata=replace(orphan(0).metadata, labels=dict(LABELS))),
    ],
    ids=["owned", "terminating", "never of a set"],
)
def test_other_pods_are_of_no_set(store: Store, other: Pod) -> None:
    send(store, PODS, other)
    assert view(store) is None


@pytest.mark.parametrize("kind", [STATEFULSETS, PODS])
def test_a_set_that_cannot_be_read_is_not_called_gone(store: Store, kind: Kind) -> None:
    store.cover(kind, "", KindCoverage(Coverage.LOADING))
    send(store, PODS, orphan(0))
    assert view(store) is None
    store.cover(kind, "", KindCoverage(Coverage.COMPLETE))
    gone = view(store)
    assert gone is not None
    assert gone.gone
    store.cover(kind, "", KindCoverage(Coverage.FORBIDDEN, "you may not"))
    assert view(store) is None


def test_nothing_calls_it_done_or_safe(store: Store) -> None:
    send(store, PODS, *(orphan(ordinal) for ordinal in range(3)))
    gone = view(store)
    assert gone is not None
    status = RolloutWatch(gone.uid).evaluate(gone, at(70))
    assert status.stage is Stage.GONE

    reports = NodeReports()
    reports.update(store, store.fleet.sets, None)
    drain = reports.drain("node-1")
    assert drain is not None
    assert drain.verdict in (DrainVerdict.WAITS, DrainVerdict.LOSES)
    assert sum("has no controller" in line.text for line in drain.lines) == 3


def test_a_claim_that_changes_is_seen(store: Store) -> None:
    send(store, PODS, orphan(0, claims=["data-web-0"]))
    assert view(store) is not None
    store.apply(Batch(CLAIMS, (Applied(claim("data-web-0")),)), at(60))
    assert WEB in store.refresh(at(80))
