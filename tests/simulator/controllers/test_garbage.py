from __future__ import annotations

from typing import Any

from stsview.simulator.apiserver.resources import (
    CONFIG_MAPS,
    CONTROLLER_REVISIONS,
    NAMESPACES,
    PODS,
    STATEFUL_SETS,
)
from stsview.simulator.cluster import SimulatedCluster
from tests.support.simulator.clusters import NAMESPACE, claims, delete_pod, empty_cluster, pods, states, with_set


def test_deleting_a_set_deletes_pods_and_revisions_without_order() -> None:
    cluster = with_set()
    cluster.storage.delete(STATEFUL_SETS, NAMESPACE, "web")
    cluster.advance(0.1)
    assert set(states(cluster).values()) == {"terminating"}

    cluster.advance(60)
    assert pods(cluster) == {}
    assert cluster.storage.list(CONTROLLER_REVISIONS, NAMESPACE) == []
    assert len(claims(cluster)) == 3


def test_foreground_deletion_removes_the_set_last() -> None:
    cluster = with_set()
    cluster.storage.delete(STATEFUL_SETS, NAMESPACE, "web", propagation="Foreground")
    cluster.advance(1)
    waiting = cluster.storage.get(STATEFUL_SETS, NAMESPACE, "web")["metadata"]
    assert waiting["finalizers"] == ["foregroundDeletion"]
    assert set(states(cluster).values()) == {"terminating"}

    cluster.advance(60)
    assert cluster.storage.find(STATEFUL_SETS, NAMESPACE, "web") is None
    assert pods(cluster) == {}


def test_orphans_lose_their_owner_and_stay() -> None:
    cluster = with_set()
    cluster.storage.delete(STATEFUL_SETS, NAMESPACE, "web", propagation="Orphan")
    cluster.advance(60)

    assert cluster.storage.find(STATEFUL_SETS, NAMESPACE, "web") is None
    assert set(states(cluster).values()) == {"ready"}
    assert not any("ownerReferences" in one["metadata"] for one in pods(cluster).values())


def config_map(cluster: SimulatedCluster, name: str, *owners: dict[str, Any]) -> dict[str, Any]:
    references = [
        {"apiVersion": "v1", "kind": "ConfigMap", "name": one["metadata"]["name"], "uid": one["metadata"]["uid"]}
        for one in owners
    ]
    metadata: dict[str, Any] = {"name": name, "namespace": NAMESPACE}
    if references:
        metadata["ownerReferences"] = references
    return cluster.storage.create(CONFIG_MAPS, {"metadata": metadata})


def test_an_object_stays_while_one_of_its_owners_is_left() -> None:
    cluster = empty_cluster()
    one, other = config_map(cluster, "one"), config_map(cluster, "other")
    config_map(cluster, "child", one, other)

    cluster.storage.delete(CONFIG_MAPS, NAMESPACE, "one")
    cluster.advance(1)
    left = cluster.storage.get(CONFIG_MAPS, NAMESPACE, "child")["metadata"]["ownerReferences"]
    assert [reference["name"] for reference in left] == ["other"]

    cluster.storage.delete(CONFIG_MAPS, NAMESPACE, "other")
    cluster.advance(1)
    assert cluster.storage.find(CONFIG_MAPS, NAMESPACE, "child") is None


def test_an_unknown_owner_counts_as_gone() -> None:
    cluster = empty_cluster()
    config_map(cluster, "child", {"metadata": {"name": "ghost", "uid": "00000000"}})
    cluster.advance(1)

    assert cluster.storage.find(CONFIG_MAPS, NAMESPACE, "child") is None


def test_a_namespace_deletes_its_contents_and_waits_for_finalizers() -> None:
    cluster = empty_cluster()
    cluster.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}, "team")
    spec = {"containers": [{"name": "c", "image": "c:1"}]}
    held = {"name": "held", "finalizers": ["example.com/hold"]}
    cluster.apply([{"apiVersion": "v1", "kind": "Pod", "metadata": held, "spec": spec}], "team")
    cluster.advance(10)

    cluster.storage.delete(NAMESPACES, "", "team")
    cluster.advance(60)
    assert cluster.storage.get(NAMESPACES, "", "team")["status"]["phase"] == "Terminating"
    assert cluster.storage.list(CONFIG_MAPS, "team") == []

    cluster.edit(PODS, "team", "held", lambda one: one["metadata"].pop("finalizers"))
    cluster.advance(1)
    assert cluster.storage.find(NAMESPACES, "", "team") is None


def test_force_deletion_keeps_finalizers() -> None:
    cluster = with_set(replicas=1)
    cluster.edit(PODS, NAMESPACE, "web-0", lambda one: one["metadata"].update(finalizers=["example.com/hold"]))
    delete_pod(cluster, "web-0", grace_seconds=0)
    cluster.advance(60)

    assert states(cluster) == {"web-0": "terminating"}
