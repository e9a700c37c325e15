"""The ServiceAccount that every namespace has."""

from __future__ import annotations

from stsview.simulator.apiserver.resources import NAMESPACES, SERVICE_ACCOUNTS
from stsview.simulator.cluster import SimulatedCluster
from tests.support.simulator.clusters import empty_cluster


def uid(cluster: SimulatedCluster, namespace: str) -> str:
    found = cluster.storage.find(SERVICE_ACCOUNTS, namespace, "default")
    return found["metadata"]["uid"] if found else ""


def test_every_namespace_has_the_default_service_account() -> None:
    cluster = empty_cluster()
    cluster.storage.create(NAMESPACES, {"metadata": {"name": "new"}})
    cluster.advance(1)
    assert all(uid(cluster, name) for name in ("default", "kube-system", "new"))


def test_it_is_created_again_until_the_namespace_is_deleted() -> None:
    cluster = empty_cluster()
    cluster.storage.create(NAMESPACES, {"metadata": {"name": "new"}})
    cluster.advance(1)
    first = uid(cluster, "new")
    cluster.storage.delete(SERVICE_ACCOUNTS, "new", "default")
    cluster.advance(1)
    assert uid(cluster, "new") not in ("", first)
    cluster.storage.delete(NAMESPACES, "", "new")
    cluster.advance(10)
    assert cluster.storage.find(NAMESPACES, "", "new") is None
    assert uid(cluster, "new") == ""
