"""Every scenario shows what its summary says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from stsview.clock import ManualClock
from stsview.simulator.apiserver.resources import (
    AUTOSCALERS,
    BUDGETS,
    CLAIMS,
    CONTROLLER_REVISIONS,
    ENDPOINT_SLICES,
    NODES,
    PODS,
    SERVICES,
    STATEFUL_SETS,
    VOLUME_ATTACHMENTS,
)
from stsview.simulator.apiserver.wire import Object, instant
from stsview.simulator.cluster import SimulatedCluster
from stsview.simulator.controllers.statefulset.state import condition
from stsview.simulator.scenarios import UnknownScenario, catalogue, find
from tests.support.simulator.clusters import state_of


def opened(name: str, **parameters: Any) -> SimulatedCluster:
    return SimulatedCluster(find(name), clock=ManualClock(), **parameters)


def one_set(cluster: SimulatedCluster, namespace: str, name: str) -> tuple[Object, dict[int, str]]:
    """A set's status and the states of its pods by ordinal."""
    found = {
        int(pod["metadata"]["name"].rpartition("-")[2]): state_of(pod)
        for pod in cluster.storage.list(PODS, namespace)
        if pod["metadata"]["name"].startswith(f"{name}-")
    }
    return cluster.storage.get(STATEFUL_SETS, namespace, name)["status"], found


def zookeeper(cluster: SimulatedCluster) -> None:
    status, found = one_set(cluster, "default", "zookeeper")
    assert found == dict.fromkeys(range(3), "ready")
    assert status["readyReplicas"] == 3
    claims = cluster.storage.list(CLAIMS, "default")
    assert [(one["metadata"]["name"], one["status"]["capacity"]["storage"]) for one in claims] == [
        (f"data-zookeeper-{ordinal}", "10Gi") for ordinal in range(3)
    ]
    [slice_] = cluster.storage.list(ENDPOINT_SLICES, "default")
    assert [one["hostname"] for one in slice_["endpoints"]] == ["zookeeper-0", "zookeeper-1", "zookeeper-2"]
    created = instant(cluster.storage.get(PODS, "default", "zookeeper-0")["metadata"]["creationTimestamp"])
    assert (cluster.now() - created).days >= 11


def rollout(cluster: SimulatedCluster) -> None:
    seen = set()
    for _ in range(30):
        seen.add(one_set(cluster, "search", "elasticsearch")[0]["updateRevision"])
        cluster.advance(60)
    assert len(seen) >= 3, "it continues with one image after the other"
    status, _ = one_set(cluster, "search", "elasticsearch")
    assert status["readyReplicas"] >= 7


def broken_rollout(cluster: SimulatedCluster) -> None:
    status, found = one_set(cluster, "data", "mongodb")
    assert found == {0: "ready", 1: "ready", 2: "Pending"}
    assert status["currentRevision"] == status["updateRevision"]
    assert status["updatedReplicas"] == 2


def crash_loop(cluster: SimulatedCluster) -> None:
    status, found = one_set(cluster, "mq", "kafka")
    assert found == {**dict.fromkeys(range(6), "ready"), 3: "Running"}
    assert (status["updatedReplicas"], status["currentReplicas"]) == (3, 3)
    [container] = cluster.storage.get(PODS, "mq", "kafka-3")["status"]["containerStatuses"]
    assert container["state"]["waiting"]["reason"] == "CrashLoopBackOff"


def dead_node(cluster: SimulatedCluster) -> None:
    _, found = one_set(cluster, "data", "postgres")
    assert found == {0: "ready", 1: "terminating", 2: "ready"}
    node = cluster.storage.get(PODS, "data", "postgres-1")["spec"]["nodeName"]
    assert (condition(cluster.storage.get(NODES, "", node), "Ready") or {})["status"] == "Unknown"
    attached = {one["spec"]["nodeName"] for one in cluster.storage.list(VOLUME_ATTACHMENTS)}
    assert node in attached


def kubelet_hangs(cluster: SimulatedCluster) -> None:
    _, found = one_set(cluster, "data", "cassandra")
    assert found == {0: "ready", 1: "terminating", 2: "ready"}
    stuck = cluster.storage.get(PODS, "data", "cassandra-1")
    assert instant(stuck["metadata"]["deletionTimestamp"]) < cluster.now()
    assert (condition(cluster.storage.get(NODES, "", stuck["spec"]["nodeName"]), "Ready") or {})["status"] == "True"


def finalizer(cluster: SimulatedCluster) -> None:
    _, found = one_set(cluster, "cache", "redis")
    assert found == {**dict.fromkeys(range(6), "ready"), 4: "terminating"}
    held = cluster.storage.get(PODS, "cache", "redis-4")
    assert held["metadata"]["finalizers"] == ["backup.example.com/snapshot-before-delete"]
    assert held["status"]["phase"] == "Succeeded"


def headless_missing(cluster: SimulatedCluster) -> None:
    _, found = one_set(cluster, "cache", "memcached")
    assert found == dict.fromkeys(range(3), "ready")
    assert cluster.storage.find(SERVICES, "cache", "memcached-hs") is None


def not_headless(cluster: SimulatedCluster) -> None:
    _, found = one_set(cluster, "auth", "sessions")
    assert found == dict.fromkeys(range(3), "ready")
    assert cluster.storage.get(SERVICES, "auth", "sessions")["spec"]["clusterIP"] != "None"


def claim_drift(cluster: SimulatedCluster) -> None:
    claims = [cluster.storage.get(CLAIMS, "infra", f"data-prometheus-{ordinal}") for ordinal in range(3)]
    assert [one["status"]["capacity"]["storage"] for one in claims] == ["100Gi", "100Gi", "250Gi"]
    spec = cluster.storage.get(STATEFUL_SETS, "infra", "prometheus")["spec"]
    assert spec["volumeClaimTemplates"][0]["spec"]["resources"]["requests"]["storage"] == "250Gi"


def scale_down_stuck(cluster: SimulatedCluster) -> None:
    status, found = one_set(cluster, "mq", "rabbitmq")
    assert found == {0: "ready", 1: "ready", 2: "ready", 3: "Running", 4: "Running"}
    assert cluster.storage.get(STATEFUL_SETS, "mq", "rabbitmq")["spec"]["replicas"] == 3
    assert status["replicas"] == 5


def quota(cluster: SimulatedCluster) -> None:
    _, found = one_set(cluster, "auth", "openldap")
    assert found == dict.fromkeys(range(4), "ready")
    assert cluster.storage.get(STATEFUL_SETS, "auth", "openldap")["spec"]["replicas"] == 5


def canary(cluster: SimulatedCluster) -> None:
    status, found = one_set(cluster, "data", "clickhouse")
    assert set(found.values()) == {"ready"}
    assert (status["updatedReplicas"], status["currentReplicas"]) == (2, 4)


def operator_owned(cluster: SimulatedCluster) -> None:
    assert one_set(cluster, "monitoring", "prometheus-main")[1] == dict.fromkeys(range(2), "ready")
    assert one_set(cluster, "telemetry", "collector")[1] == dict.fromkeys(range(4), "ready")
    [owner] = cluster.storage.get(STATEFUL_SETS, "monitoring", "prometheus-main")["metadata"]["ownerReferences"]
    kind = cluster.storage.kinds.by_kind(owner["apiVersion"], owner["kind"])
    assert kind is not None
    assert cluster.storage.get(kind, "monitoring", owner["name"])["metadata"]["uid"] == owner["uid"]
    allowed = {one["metadata"]["name"]: one["status"]["disruptionsAllowed"] for one in cluster.storage.list(BUDGETS)}
    assert {"prometheus-main": 1, "collector": 1}.items() <= allowed.items()
    assert cluster.storage.get(AUTOSCALERS, "telemetry", "collector")["status"]["desiredReplicas"] == 4


def zone_lost(cluster: SimulatedCluster) -> None:
    _, found = one_set(cluster, "infra", "vault")
    assert found == {0: "ready", 1: "ready", 2: "Pending"}
    scheduled = condition(cluster.storage.get(PODS, "infra", "vault-2"), "PodScheduled") or {}
    assert "didn't match PersistentVolume's node affinity" in scheduled["message"]


def disk_full(cluster: SimulatedCluster) -> None:
    def used() -> float:
        pod = cluster.storage.get(PODS, "analytics", "clickhouse-1")
        [volume] = cluster.kubelet.volumes.of_pod(pod)
        return volume.used / volume.size

    assert one_set(cluster, "analytics", "clickhouse")[1] == dict.fromkeys(range(3), "ready")
    assert 0.85 < used() < 1, "full soon, not yet"
    cluster.advance(3600)
    assert used() == 1
    states = one_set(cluster, "analytics", "clickhouse")[1]
    assert states.pop(1) != "ready"
    assert states == {0: "ready", 2: "ready"}
    pod = cluster.storage.get(PODS, "analytics", "clickhouse-1")
    assert pod["status"]["containerStatuses"][0]["restartCount"] > 3
    log = cluster.kubelet.log_of(pod, "clickhouse", True)
    assert log is not None
    assert "No space left on device" in list(log.lines)[-1][1]


def memory_leak(cluster: SimulatedCluster) -> None:
    def container() -> Object:
        pod = cluster.storage.get(PODS, "cache", "redis-2")
        found: Object = pod["status"]["containerStatuses"][0]
        metrics = cluster.stats.pod_metrics(pod)
        assert metrics is not None
        return {**found, "used": int(metrics["containers"][0]["usage"]["memory"].removesuffix("Ki")) / 512 / 1024}

    assert one_set(cluster, "cache", "redis")[1] == dict.fromkeys(range(3), "ready")
    now = container()
    assert now["lastState"]["terminated"]["reason"] == "OOMKilled"
    assert 0.85 < now["used"] < 0.97
    cluster.advance(600)
    later = container()
    assert later["restartCount"] == now["restartCount"] + 1
    assert later["used"] < 0.5


def volume_full(cluster: SimulatedCluster) -> None:
    names = ("influxdb", "cassandra", "mongodb")
    for name in names:
        assert one_set(cluster, "shop", name)[1] == dict.fromkeys(range(3), "ready")
    claims = {one["metadata"]["name"]: one for one in cluster.storage.list(CLAIMS, "shop")}
    assert {one["status"]["capacity"]["storage"] for one in claims.values()} == {"10Gi"}
    used = {name: cluster.kubelet.volumes.of(one)[1] / 10 / 1024**3 for name, one in claims.items()}
    assert 0.85 < max(used.values()) < 1, "full soon, not yet"
    conditions = {
        name: [one["type"] for one in each["status"].get("conditions") or ()] for name, each in claims.items()
    }
    tried = {name: types for name, types in conditions.items() if types}
    assert tried.pop("data-cassandra-2") == ["Resizing", "FileSystemResizePending", "NodeResizeError"]
    assert tried.pop("data-mongodb-2") == ["Resizing", "ControllerResizeError"]
    assert not tried


def orphaned(cluster: SimulatedCluster) -> None:
    assert cluster.storage.find(STATEFUL_SETS, "search", "elasticsearch") is None
    pods = [pod for pod in cluster.storage.list(PODS, "search") if pod["metadata"]["labels"]["app"] == "elasticsearch"]
    revisions = cluster.storage.list(CONTROLLER_REVISIONS, "search")
    left = [*pods, *(one for one in revisions if one["metadata"]["labels"]["app"] == "elasticsearch")]
    assert (len(pods), len(left)) == (3, 5)
    assert {state_of(pod) for pod in pods} == {"ready"}
    assert not any(one["metadata"].get("ownerReferences") for one in left)


PROMISES: dict[str, Callable[[SimulatedCluster], None]] = {
    "zookeeper": zookeeper,
    "rollout": rollout,
    "broken-rollout": broken_rollout,
    "crash-loop": crash_loop,
    "dead-node": dead_node,
    "kubelet-hangs": kubelet_hangs,
    "finalizer": finalizer,
    "headless-missing": headless_missing,
    "not-headless": not_headless,
    "claim-drift": claim_drift,
    "scale-down-stuck": scale_down_stuck,
    "quota": quota,
    "canary": canary,
    "disk-full": disk_full,
    "volume-full": volume_full,
    "memory-leak": memory_leak,
    "orphaned": orphaned,
    "operator-owned": operator_owned,
    "zone-lost": zone_lost,
}


@pytest.mark.parametrize("name", PROMISES)
def test_scenarios_match_their_summaries(name: str) -> None:
    PROMISES[name](opened(name))


def test_the_tour_shows_every_problem_and_keeps_it() -> None:
    cluster = opened("tour")
    # It has an unreachable node for the pod that does not terminate, nothing that fills, and no set that is gone.
    apart = ("kubelet-hangs", "disk-full", "volume-full", "memory-leak", "orphaned")
    parts = {name: promise for name, promise in PROMISES.items() if name not in apart}
    for name, promise in parts.items():
        if name != "rollout":
            promise(cluster)
    cluster.advance(3600)
    for promise in parts.values():
        promise(cluster)

    assert one_set(cluster, "logs", "loki-ingester")[1] == dict.fromkeys(range(24), "ready")
    assert one_set(cluster, "data", "cassandra")[1] == dict.fromkeys(range(12), "ready")
    assert one_set(cluster, "mq", "nats")[1] == dict.fromkeys((5, 6, 7), "ready")
    assert one_set(cluster, "infra", "thanos-store")[1] == {}
    waiting = one_set(cluster, "infra", "etcd")[0]
    assert waiting.get("updatedReplicas", 0) == 0
    assert waiting["currentRevision"] != waiting["updateRevision"]


def test_a_fleet_has_the_requested_size() -> None:
    cluster = opened("fleet", sets=45, replicas=2)

    sets = cluster.storage.list(STATEFUL_SETS)
    assert len(sets) == 45
    assert len(cluster.storage.list(PODS)) == 90 - 1, "in a hundred sets, one pod crash-loops and one is never Ready"
    assert len({one["metadata"]["namespace"] for one in sets}) == 3


def test_every_scenario_has_a_summary_and_a_test() -> None:
    assert catalogue()[0].name == "tour"
    assert {one.name for one in catalogue()} == {*PROMISES, "tour", "fleet"}
    assert all(one.summary and len(one.summary) <= 90 for one in catalogue())


def test_an_unknown_name_lists_the_available_ones() -> None:
    with pytest.raises(UnknownScenario, match="unknown scenario 'tuor'; did you mean tour"):
        find("tuor")
    with pytest.raises(UnknownScenario, match="unknown scenario 'x'; available: tour, zookeeper"):
        find("x")
