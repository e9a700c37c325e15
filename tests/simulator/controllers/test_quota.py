from __future__ import annotations

import pytest

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.resources import PODS, RESOURCE_QUOTAS
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.cluster import SimulatedCluster
from stsview.simulator.scenarios.manifests import with_service
from tests.support.simulator.clusters import NAMESPACE, delete_pod, empty_cluster, events, states


def quota(cluster: SimulatedCluster, **hard: str) -> None:
    named = {name.replace("_", "."): amount for name, amount in hard.items()}
    cluster.apply({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "team"}, "spec": {"hard": named}})
    cluster.advance(1)


def used(cluster: SimulatedCluster) -> dict[str, str]:
    return dict(cluster.storage.get(RESOURCE_QUOTAS, NAMESPACE, "team")["status"]["used"])


def test_a_set_stops_at_the_quota_and_continues_when_it_is_raised() -> None:
    cluster = empty_cluster()
    quota(cluster, pods="2")
    cluster.apply(with_service("web", "web:1", 3))
    cluster.advance(60)
    assert sorted(states(cluster)) == ["web-0", "web-1"]
    assert used(cluster) == {"pods": "2"}
    [why] = events(cluster, "web", "FailedCreate")
    assert why.endswith("exceeded quota: team, requested: pods=1, used: pods=2, limited: pods=2")

    cluster.edit(RESOURCE_QUOTAS, NAMESPACE, "team", lambda one: one["spec"]["hard"].update(pods="9"))
    cluster.advance(200)
    assert set(states(cluster).values()) == {"ready"}
    assert used(cluster) == {"pods": "3"}


def test_requests_are_counted_in_their_units() -> None:
    cluster = empty_cluster()
    quota(cluster, requests_cpu="1500m", requests_storage="25Gi")
    cluster.apply(with_service("web", "web:1", 4, cpu="500m"))
    cluster.advance(120)

    assert len(states(cluster)) == 2
    assert used(cluster) == {"requests.cpu": "1", "requests.storage": "20Gi"}
    [why] = events(cluster, "web", "FailedCreate")[:1]
    assert "requested: requests.storage=10Gi, used: requests.storage=20Gi, limited: requests.storage=25Gi" in why


def test_a_terminating_pod_counts_against_the_quota() -> None:
    cluster = empty_cluster()
    quota(cluster, pods="1")
    cluster.apply(with_service("web", "web:1", 1))
    cluster.advance(30)
    delete_pod(cluster, "web-0")
    extra: Object = {
        "metadata": {"name": "x", "namespace": NAMESPACE},
        "spec": {"containers": [{"name": "x", "image": "x"}]},
    }

    with pytest.raises(ApiError) as refused:
        cluster.storage.create(PODS, extra)

    assert refused.value.code == 403
    cluster.advance(60)
    assert states(cluster) == {"web-0": "ready"}
