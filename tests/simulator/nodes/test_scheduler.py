from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from stsview.simulator.apiserver.resources import NODES, PODS
from stsview.simulator.cluster import SimulatedCluster
from stsview.simulator.controllers.statefulset.state import condition
from stsview.simulator.nodes.host_ports import ANY_ADDRESS, HostPort, conflict, host_ports
from stsview.simulator.nodes.node_specs import NodeSpec, node_specs
from stsview.simulator.scenarios.manifests import fault_annotations, in_pool, with_service
from tests.support.simulator.clusters import NAMESPACE, delete_pod, empty_cluster, events, pod, pods, states


def why_not(cluster: SimulatedCluster, name: str) -> str:
    found = condition(pod(cluster, name), "PodScheduled") or {}
    assert (found["status"], found["reason"]) == ("False", "Unschedulable")
    return str(found["message"])


def applied(cluster: SimulatedCluster, replicas: int, **more: Any) -> SimulatedCluster:
    cluster.apply(with_service("web", "web:1", replicas, storage=None, podManagementPolicy="Parallel", **more))
    cluster.advance(30)
    return cluster


def test_pods_are_spread_over_zones_and_nodes() -> None:
    cluster = applied(empty_cluster(nodes=node_specs(zones=3, per_zone=2)), 9)

    nodes = Counter(one["spec"]["nodeName"] for one in pods(cluster).values())
    zones = Counter(one["metadata"]["labels"]["topology.kubernetes.io/zone"] for one in pods(cluster).values())
    assert set(zones.values()) == {3}
    assert set(nodes.values()) == {1, 2}


def test_pods_that_do_not_fit_wait() -> None:
    cluster = empty_cluster(nodes=(NodeSpec("small", "zone-a", cpus=2), NodeSpec("full", "zone-b", pods=0)))
    applied(cluster, 3, cpu="1")
    assert sorted(states(cluster).values()) == ["Pending", "ready", "ready"]
    [left] = [name for name, word in states(cluster).items() if word == "Pending"]
    assert why_not(cluster, left) == (
        "0/2 nodes are available: 1 Insufficient cpu, 1 Too many pods. preemption: 0/2 nodes are available: "
        "2 No preemption victims found for incoming pod."
    )
    assert events(cluster, left, "FailedScheduling") == [why_not(cluster, left)]

    [first, *_] = [name for name, word in states(cluster).items() if word == "ready"]
    cluster.edit(
        PODS, NAMESPACE, first, lambda one: one["metadata"].update(annotations=fault_annotations(pending="true"))
    )
    delete_pod(cluster, first)
    cluster.advance(30)
    assert sorted(states(cluster).values()) == ["Pending", "ready", "ready"]


def test_taints_selectors_and_cordons_exclude_nodes() -> None:
    cluster = empty_cluster(nodes=node_specs(zones=2) + node_specs(zones=1, prefix="db", pool="db"))
    cluster.edit(NODES, "", "node-1", lambda one: one["spec"].update(unschedulable=True))
    applied(cluster, 1, pod={"nodeSelector": {"kubernetes.io/hostname": "node-9"}})
    text = why_not(cluster, "web-0")
    assert text.startswith(
        "0/3 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, "
        "1 node(s) had untolerated taint(s), 1 node(s) were unschedulable."
    )
    assert text.endswith("3 Preemption is not helpful for scheduling.")

    pool = empty_cluster(nodes=node_specs(zones=2) + node_specs(zones=1, prefix="db", pool="db"))
    applied(pool, 2, pod=in_pool("db"))
    assert {one["spec"]["nodeName"] for one in pods(pool).values()} == {"db-1"}


def test_required_anti_affinity_allows_one_pod_per_node() -> None:
    rule = {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"app": "web"}}}
    affinity = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [rule]}}
    cluster = applied(empty_cluster(), 4, pod={"affinity": affinity})

    assert Counter(states(cluster).values()) == {"ready": 3, "Pending": 1}
    [left] = [name for name, word in states(cluster).items() if word == "Pending"]
    assert "3 node(s) didn't match pod anti-affinity rules" in why_not(cluster, left)


def test_the_pending_annotation_keeps_a_pod_pending() -> None:
    cluster = applied(empty_cluster(), 1, annotations=fault_annotations(pending="true"))
    cluster.advance(3600)
    assert "3 Insufficient cpu" in why_not(cluster, "web-0")

    cluster.edit(PODS, NAMESPACE, "web-0", lambda one: one["metadata"].update(annotations={}))
    cluster.advance(10)
    assert states(cluster) == {"web-0": "ready"}


def test_pending_pods_are_retried_when_a_node_joins() -> None:
    cluster = empty_cluster(nodes=(NodeSpec("full", "zone-a", pods=0),))
    applied(cluster, 1)
    assert states(cluster) == {"web-0": "Pending"}

    room = cluster.storage.get(NODES, "", "full")["status"]
    cluster.storage.create(NODES, {"metadata": {"name": "new", "labels": {}}, "spec": {}})
    amounts = {**room["allocatable"], "pods": "10"}
    cluster.storage.modify(
        NODES, "", "new", lambda one: one.update(status={**room, "allocatable": amounts}), subresource="status"
    )
    cluster.edit(NODES, "", "new", lambda one: one["spec"].update(podCIDR="10.244.9.0/24"))
    cluster.advance(30)
    assert pod(cluster, "web-0")["spec"]["nodeName"] == "new"


def test_one_pod_a_node_has_a_host_port() -> None:
    ports = [{"containerPort": 80, "hostPort": 8080}]
    cluster = empty_cluster(nodes=(NodeSpec("a", "zone-a"), NodeSpec("b", "zone-b")))
    applied(cluster, 3, pod={"containers": [{"name": "web", "image": "web:1", "ports": ports}]})

    assert sorted(states(cluster).values()) == ["Pending", "ready", "ready"]
    [left] = [name for name, word in states(cluster).items() if word == "Pending"]
    assert why_not(cluster, left) == (
        "0/2 nodes are available: 2 node(s) didn't have free ports for the requested pod ports. preemption: 0/2 nodes "
        "are available: 2 No preemption victims found for incoming pod."
    )


@pytest.mark.parametrize(
    ("other", "conflicts"),
    [
        ({"hostPort": 80}, True),
        ({"hostPort": 80, "hostIP": "10.0.0.1"}, True),
        ({"hostPort": 80, "protocol": "UDP"}, False),
        ({"hostPort": 81}, False),
        ({"containerPort": 80}, False),
    ],
)
def test_host_ports_conflict_by_address_protocol_and_number(other: dict[str, Any], conflicts: bool) -> None:
    wanted = [HostPort(ANY_ADDRESS, "TCP", 80)]
    there = {"spec": {"containers": [{"name": "a", "ports": [other]}]}}
    assert conflict(wanted, [there]) is conflicts
    assert conflict(wanted, [there | {"status": {"phase": "Succeeded"}}]) is False
    assert [one.port for one in host_ports({"spec": {**there["spec"], "hostNetwork": True}})] != []
