"""Suspected nodes, and the state of their leases."""

from __future__ import annotations

from typing import Any

import pytest

from stsview.model.cache.coverage import Coverage, KindCoverage
from stsview.model.states import Health, NodeStatus
from stsview.model.store import Store
from stsview.model.views import NodeView, Severity, Suspicion
from stsview.objects.kinds import LEASES, NODES, PODS, STATEFULSETS, WATCHED, Kind, KubernetesObject
from stsview.objects.lease import Lease
from stsview.objects.meta import Key
from stsview.objects.node import Node
from stsview.objects.pod import Pod
from stsview.objects.stream_messages import Applied, Batch, Deleted
from tests.support.model.build import (
    COMPLETE,
    at,
    lease,
    look,
    node,
    owned_by,
    pod,
    row,
    stateful_set,
    terminating,
    without,
)

SILENT = node(ready="Unknown", since=50)
FORBIDDEN = COMPLETE | {LEASES.name: KindCoverage(Coverage.FORBIDDEN, "you may not get leases")}


def seen(
    held: Node | None = SILENT, found: Lease | None = None, now: float = 60, member: Pod | None = None, **more: Any
) -> NodeView:
    nodes = {"node-1": held} if held is not None else {}
    leases = {"node-1": found} if found is not None else {}
    members = [member or pod(0)]
    return row(look(stateful_set(1), members, now, first_seen=0, nodes=nodes, leases=leases, **more), 0).node_state


@pytest.mark.parametrize(
    ("held", "suspicion"),
    [
        (node(), Suspicion.NONE),
        (node(cordoned=True), Suspicion.NONE),
        (node(ready="False"), Suspicion.NOT_READY),
        (node(ready=""), Suspicion.NOT_READY),
        (node(ready="Unknown"), Suspicion.LOST),
        (None, Suspicion.LOST),
        (node(heartbeat=-389), Suspicion.NONE),
        (node(heartbeat=-390), Suspicion.SILENT),
        (node(cordoned=True, heartbeat=-390), Suspicion.SILENT),
        (node(ready="False", heartbeat=-390), Suspicion.NOT_READY),
    ],
)
def test_an_unhealthy_node_is_suspected(held: Node | None, suspicion: Suspicion) -> None:
    assert seen(held, now=90).suspicion is suspicion


@pytest.mark.parametrize("held", [node(), node(ready="False")])
def test_a_node_that_does_not_confirm_a_termination_in_time_is_suspected(held: Node) -> None:
    ending = terminating(0, asked=0, grace=10)
    assert seen(held, now=39, member=ending).suspicion < Suspicion.OVERDUE
    assert seen(held, now=41, member=ending).suspicion is Suspicion.OVERDUE


def test_without_access_to_nodes_the_pods_decide() -> None:
    lost = pod(0, ready="Unknown")
    assert seen(None, coverage=without(NODES)).suspicion is Suspicion.NONE
    assert seen(None, member=lost, coverage=without(NODES)).suspicion is Suspicion.LOST
    assert seen(None, member=pod(0, node=""), coverage=without(NODES)).suspicion is Suspicion.NONE


def test_a_lease_becomes_stale_by_time_alone() -> None:
    found = lease(renewed=10)
    assert (seen(found=found, now=49).lease, seen(found=found, now=50).lease) == ("renewed", "stale")
    assert seen(found=found).lease_renewed == at(10)
    view = look(stateful_set(1), [pod(0)], 49, first_seen=0, nodes={"node-1": SILENT}, leases={"node-1": found})
    assert view.next_change is not None
    assert view.next_change <= at(50)


def test_a_lease_without_a_duration_has_the_default_of_kubelets() -> None:
    found = lease(renewed=10, seconds=0)
    assert (seen(found=found, now=49).lease, seen(found=found, now=50).lease) == ("renewed", "stale")


def test_a_changing_lease_is_renewed_whatever_its_clock() -> None:
    assert seen(found=lease(renewed=-3600, before=-3610)).lease == "renewed"
    assert seen(found=lease(renewed=-3600, before=-3600)).lease == "stale"
    assert seen(found=lease(renewed=-3600)).lease == "stale"


def test_a_missing_lease_and_one_not_read_yet() -> None:
    assert (seen(found=lease(renewed=None)).lease, seen(found=lease(renewed=None)).lease_renewed) == ("none", None)
    assert (seen().lease, seen().lease_detail) == ("", "")


def test_a_forbidden_lease_is_unknown_with_a_reason() -> None:
    view = seen(coverage=FORBIDDEN)
    assert (view.lease, view.lease_detail, view.lease_renewed) == ("unknown", "you may not get leases", None)
    assert seen(node(), coverage=FORBIDDEN).lease == "", "not read for a healthy node"


def test_the_lease_of_a_recovered_node_is_not_shown() -> None:
    assert seen(node(), lease(renewed=10)).lease == ""


LATE = node(heartbeat=-600)
"""Ready, with a heartbeat older than any kubelet lets it become."""


@pytest.mark.parametrize(
    ("found", "coverage", "status", "pod_health"),
    [
        (None, COMPLETE, NodeStatus.READY, Health.READY),
        (lease(renewed=50), COMPLETE, NodeStatus.READY, Health.READY),
        (lease(renewed=-3600, before=-3610), COMPLETE, NodeStatus.READY, Health.READY),
        (lease(renewed=None), COMPLETE, NodeStatus.UNKNOWN, Health.UNKNOWN),
        (None, FORBIDDEN, NodeStatus.UNKNOWN, Health.UNKNOWN),
        (lease(renewed=-590), COMPLETE, NodeStatus.UNREACHABLE, Health.DEGRADED),
    ],
)
def test_the_lease_decides_about_a_node_without_heartbeats(
    found: Lease | None, coverage: dict[str, KindCoverage], status: NodeStatus, pod_health: Health
) -> None:
    leases = {"node-1": found} if found is not None else {}
    view = look(stateful_set(1), [pod(0)], 60, first_seen=0, nodes={"node-1": LATE}, leases=leases, coverage=coverage)
    assert (row(view, 0).node_state.status, row(view, 0).state.health) == (status, pod_health)
    assert row(view, 0).ready is (status is not NodeStatus.UNREACHABLE)
    assert (view.severity is Severity.UNKNOWN) is (status is NodeStatus.UNKNOWN)
    assert any("node node-1 may be unreachable" in one for one in view.unknown) is (status is NodeStatus.UNKNOWN)


def test_one_look_at_an_expired_lease_is_not_enough() -> None:
    """The clock of the node may be wrong: only a second look shows that its kubelet does not renew the lease."""
    store = store_of((NODES, LATE), (STATEFULSETS, stateful_set(1)), (PODS, pod(0)))
    key = Key("default", "web")
    assert (store.suspects, store.fleet.sets[key].severity) == (("node-1",), Severity.HEALTHY)
    store.apply(Batch(LEASES, (Applied(lease("node-1", -600)),)), at(61))
    store.refresh(at(61))
    assert store.fleet.sets[key].severity is Severity.UNKNOWN
    assert store.next_change == at(91)
    store.refresh(at(91))
    assert row(store.fleet.sets[key], 0).node_state.status is NodeStatus.UNREACHABLE
    store.apply(Batch(NODES, (Applied(node(heartbeat=91)),)), at(92))
    assert store.refresh(at(92)) == {key}
    assert (store.suspects, store.fleet.sets[key].severity) == ((), Severity.HEALTHY)


def store_of(*objects: tuple[Kind, KubernetesObject]) -> Store:
    store = Store()
    for kind in WATCHED:
        store.cover(kind, "", KindCoverage(Coverage.COMPLETE))
    for kind, held in objects:
        store.apply(Batch(kind, (Applied(held),)), at(0))
    store.refresh(at(60))
    return store


def crowd() -> Store:
    """Three sets of one pod each: on an unreachable node, on one that is not Ready, and on a healthy one."""
    found: list[tuple[Kind, KubernetesObject]] = []
    for number, (name, ready) in enumerate((("a", "True"), ("b", "False"), ("c", "Unknown"))):
        found += [
            (NODES, node(f"node-{number}", ready)),
            (STATEFULSETS, stateful_set(1, name=name, uid=f"{name}-uid")),
            (PODS, pod(0, set_name=name, uid=f"{name}-pod", node=f"node-{number}", owners=owned_by(f"{name}-uid"))),
        ]
    return store_of(*found)


def test_the_store_lists_suspected_nodes_the_worst_first() -> None:
    store = crowd()
    assert store.suspects == ("node-2", "node-1")
    store.apply(Batch(NODES, (Applied(node("node-2")),)), at(61))
    store.apply(Batch(STATEFULSETS, (Deleted(stateful_set(1, name="b", uid="b-uid")),)), at(61))
    store.refresh(at(61))
    assert not store.suspects


def test_the_worst_pod_decides_the_suspicion_of_a_node() -> None:
    store = store_of(
        (NODES, node("node-1")),
        (NODES, node("node-0", "False")),
        (STATEFULSETS, stateful_set(3)),
        (PODS, terminating(0, asked=0, grace=1, uid="pod-0")),
        (PODS, pod(1, uid="pod-1")),
        (PODS, pod(2, uid="pod-2", node="node-0")),
    )
    assert store.suspects == ("node-1", "node-0")


def test_a_lease_affects_only_the_sets_on_its_node() -> None:
    store = crowd()
    store.apply(Batch(LEASES, (Applied(lease("node-2", 30)),)), at(61))
    assert store.refresh(at(61)) == {Key("default", "c")}
    store.apply(Batch(LEASES, (Applied(lease("node-2", 30)),)), at(62))
    assert store.refresh(at(62)) == frozenset()
    store.apply(Batch(LEASES, (Deleted(lease("node-2", 30)),)), at(63))
    assert store.refresh(at(63)) == {Key("default", "c")}


def test_forbidden_leases_affect_only_sets_on_suspected_nodes() -> None:
    store = crowd()
    store.cover(LEASES, "", KindCoverage(Coverage.FORBIDDEN, "you may not get leases"))
    assert store.refresh(at(61)) == {Key("default", "b"), Key("default", "c")}
    member = row(store.fleet.sets[Key("default", "a")], 0)
    assert member.node_state.lease == ""
    store.apply(Batch(NODES, (Applied(node("node-0", "Unknown")),)), at(62))
    store.refresh(at(62))
    member = row(store.fleet.sets[Key("default", "a")], 0)
    assert (member.node_state.lease, member.node_state.lease_detail) == ("unknown", "you may not get leases")
