"""A node that stops responding, until its pod runs elsewhere."""

from __future__ import annotations

import pytest

from stsview.simulator.apiserver.resources import LEASES, NODES, PODS, VOLUME_ATTACHMENTS
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.cluster import SimulatedCluster
from stsview.simulator.controllers.statefulset.state import condition
from stsview.simulator.controllers.volumes import ProvisionerSettings
from stsview.simulator.nodes.node_specs import NodeFault
from tests.support.simulator.clusters import condition_reason, delete_pod, events, pod, state_of, states, with_set

ATTACHED = {"volumes": ProvisionerSettings(attachable=True, zonal=False)}


def node_of(cluster: SimulatedCluster, name: str) -> str:
    return str(pod(cluster, name)["spec"]["nodeName"])


def ready(cluster: SimulatedCluster, node: str) -> str:
    return str((condition(cluster.storage.get(NODES, "", node), "Ready") or {})["status"])


def taints(cluster: SimulatedCluster, node: str) -> list[tuple[str, str]]:
    spec = cluster.storage.get(NODES, "", node)["spec"]
    return [(taint["key"].rpartition("/")[2], taint["effect"]) for taint in spec.get("taints") or ()]


def out_of_service(cluster: SimulatedCluster, node: str) -> None:
    def change(one: Object) -> None:
        taint = {"key": "node.kubernetes.io/out-of-service", "value": "nodeshutdown", "effect": "NoExecute"}
        one["spec"].setdefault("taints", []).append(taint)

    cluster.edit(NODES, "", node, change)


@pytest.fixture
def failed_node() -> tuple[SimulatedCluster, str]:
    """A set of three, and the node of web-1, which has just been powered off."""
    cluster = with_set(settings=ATTACHED)
    node = node_of(cluster, "web-1")
    cluster.fail_node(node, NodeFault.POWERED_OFF)
    return cluster, node


def test_after_fifty_seconds_the_node_is_unknown_and_its_pods_not_ready(
    failed_node: tuple[SimulatedCluster, str],
) -> None:
    cluster, node = failed_node
    cluster.advance(39)
    assert ready(cluster, node) == "True"

    cluster.advance(12)
    assert ready(cluster, node) == "Unknown"
    assert taints(cluster, node) == [("unreachable", "NoSchedule"), ("unreachable", "NoExecute")]
    lost = pod(cluster, "web-1")
    assert (lost["status"]["phase"], state_of(lost)) == ("Running", "Running")
    assert lost["status"]["containerStatuses"][0]["ready"] is True
    assert events(cluster, "web-1", "NodeNotReady") == ["Node is not ready"]


def test_after_the_toleration_its_pod_stays_terminating(failed_node: tuple[SimulatedCluster, str]) -> None:
    cluster, _ = failed_node
    cluster.advance(50 + 290)
    assert states(cluster)["web-1"] == "Running"

    cluster.advance(15 + 7 * 24 * 3600)
    assert states(cluster) == {"web-0": "ready", "web-1": "terminating", "web-2": "ready"}
    assert condition_reason(pod(cluster, "web-1"), "DisruptionTarget") == "DeletionByTaintManager"
    attached = {one["spec"]["nodeName"] for one in cluster.storage.list(VOLUME_ATTACHMENTS)}
    assert len(attached) == 3


def test_with_the_out_of_service_taint_the_pod_starts_elsewhere_at_once(
    failed_node: tuple[SimulatedCluster, str],
) -> None:
    cluster, node = failed_node
    cluster.advance(400)
    out_of_service(cluster, node)
    cluster.advance(60)

    assert states(cluster)["web-1"] == "ready"
    assert node_of(cluster, "web-1") != node
    assert node not in {one["spec"]["nodeName"] for one in cluster.storage.list(VOLUME_ATTACHMENTS)}


def test_after_force_deletion_the_new_pod_waits_six_minutes_for_its_volume(
    failed_node: tuple[SimulatedCluster, str],
) -> None:
    cluster, node = failed_node
    cluster.advance(400)
    delete_pod(cluster, "web-1", grace_seconds=0)
    cluster.advance(300)
    assert states(cluster)["web-1"] == "Pending"
    [complaint] = events(cluster, "web-1", "FailedAttachVolume")
    assert complaint.startswith("Multi-Attach error for volume")

    cluster.advance(70)
    assert states(cluster)["web-1"] == "ready"
    assert node_of(cluster, "web-1") != node


def test_pods_of_a_deleted_node_are_removed_after_the_quarantine(failed_node: tuple[SimulatedCluster, str]) -> None:
    cluster, node = failed_node
    cluster.advance(400)
    cluster.storage.delete(NODES, "", node)
    cluster.advance(39)
    assert states(cluster)["web-1"] == "terminating"

    since = cluster.storage.resource_version
    cluster.advance(60)
    assert states(cluster)["web-1"] == "Pending", "this does not detach the volume any earlier"
    [gone] = [
        event.object
        for event in cluster.storage.history.after(since)
        if event.type == "DELETED" and event.resource is PODS
    ]
    assert gone["status"]["phase"] == "Failed"
    assert condition_reason(gone, "DisruptionTarget") == "DeletionByPodGC"

    cluster.advance(360)
    assert states(cluster)["web-1"] == "ready"


def test_pod_garbage_collection_runs_even_if_the_loop_is_late(failed_node: tuple[SimulatedCluster, str]) -> None:
    cluster, node = failed_node
    cluster.advance(400)
    out_of_service(cluster, node)
    cluster.engine.run_due()
    for _ in range(8):
        due = cluster.engine.next_due()
        assert due is not None
        cluster.timeline.move_to(due + 0.7)
        cluster.engine.run_due()

    assert states(cluster)["web-1"] != "terminating"


def test_a_rebooted_node_confirms_deletions_and_restarts_other_pods(
    failed_node: tuple[SimulatedCluster, str],
) -> None:
    cluster, node = failed_node
    cluster.advance(400)
    cluster.recover_node(node)
    cluster.advance(60)

    assert set(states(cluster).values()) == {"ready"}
    assert ready(cluster, node) == "True"
    assert taints(cluster, node) == []


def test_a_quick_reboot_restarts_containers() -> None:
    cluster = with_set()
    node = node_of(cluster, "web-1")
    uid = pod(cluster, "web-1")["metadata"]["uid"]
    cluster.fail_node(node, NodeFault.POWERED_OFF)
    cluster.advance(90)
    assert states(cluster)["web-1"] == "Running"
    cluster.recover_node(node)
    cluster.advance(30)

    back = pod(cluster, "web-1")
    assert (back["metadata"]["uid"], state_of(back)) == (uid, "ready")
    assert back["status"]["containerStatuses"][0]["restartCount"] == 1
    assert back["status"]["containerStatuses"][0]["lastState"]["terminated"]["exitCode"] == 255


def test_a_restarted_kubelet_finds_its_containers_running() -> None:
    cluster = with_set()
    node = node_of(cluster, "web-1")
    cluster.fail_node(node, NodeFault.KUBELET)
    cluster.advance(90)
    assert states(cluster)["web-1"] == "Running"
    cluster.recover_node(node)
    cluster.advance(5)

    back = pod(cluster, "web-1")
    assert state_of(back) == "ready"
    assert back["status"]["containerStatuses"][0]["restartCount"] == 0


def test_a_deleted_node_registers_again_when_it_boots(failed_node: tuple[SimulatedCluster, str]) -> None:
    cluster, node = failed_node
    cluster.storage.delete(NODES, "", node)
    cluster.advance(120)
    cluster.recover_node(node)
    cluster.advance(5)

    assert ready(cluster, node) == "True"


async def test_leases_are_renewed_every_ten_seconds_while_served() -> None:
    cluster = with_set(replicas=1)
    await cluster.start()
    try:
        before = cluster.storage.get(LEASES, "kube-node-lease", "node-1")["spec"]["renewTime"]
        cluster.fail_node("node-2", NodeFault.POWERED_OFF)
        silent = cluster.storage.get(LEASES, "kube-node-lease", "node-2")["spec"]["renewTime"]
        assert cluster.engine.next_due() is not None
        cluster.engine.run_due(until=cluster.timeline.monotonic() + 21)
        after = cluster.storage.get(LEASES, "kube-node-lease", "node-1")["spec"]["renewTime"]
        assert after > before
        assert cluster.storage.get(LEASES, "kube-node-lease", "node-2")["spec"]["renewTime"] == silent
    finally:
        await cluster.stop()


def test_an_unknown_node_cannot_fail() -> None:
    with pytest.raises(KeyError):
        with_set(replicas=1).fail_node("node-99")
