from __future__ import annotations

from typing import Any

import pytest

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.handlers.eviction import evict
from stsview.simulator.apiserver.resources import BUDGETS, STATEFUL_SETS
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.cluster import SimulatedCluster
from stsview.simulator.scenarios.manifests import fault_annotations, with_service
from tests.support.simulator.clusters import NAMESPACE, annotate_pod, events, with_set


def budget(cluster: SimulatedCluster, **spec: Any) -> None:
    cluster.apply(
        {
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": {"name": "web"},
            "spec": {"selector": {"matchLabels": {"app": "web"}}, **spec},
        }
    )
    cluster.advance(1)


def numbers(cluster: SimulatedCluster) -> tuple[int, int, int, int]:
    """(expected, desired, healthy, allowed)."""
    status: Object = cluster.storage.get(BUDGETS, NAMESPACE, "web")["status"]
    names = ("expectedPods", "desiredHealthy", "currentHealthy", "disruptionsAllowed")
    return tuple(status[name] for name in names)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"maxUnavailable": 1}, (5, 4, 5, 1)),
        ({"maxUnavailable": "30%"}, (5, 3, 5, 2)),
        ({"minAvailable": 3}, (5, 3, 5, 2)),
        ({"minAvailable": "50%"}, (5, 3, 5, 2)),
        ({"minAvailable": 9}, (5, 9, 5, 0)),
    ],
)
def test_allowed_disruptions(spec: dict[str, Any], expected: tuple[int, int, int, int]) -> None:
    cluster = with_set(replicas=5)
    budget(cluster, **spec)

    assert numbers(cluster) == expected


def test_an_unready_pod_is_not_healthy() -> None:
    cluster = with_set()
    budget(cluster, maxUnavailable=1)
    annotate_pod(cluster, "web-1", fault_annotations(unready="true"))
    cluster.advance(5)

    assert numbers(cluster) == (3, 2, 2, 0)
    with pytest.raises(ApiError) as refused:
        evict(cluster.storage, NAMESPACE, "web-0")
    assert refused.value.code == 429


def test_a_budget_follows_the_replicas_of_the_set() -> None:
    cluster = with_set()
    budget(cluster, maxUnavailable=1)
    cluster.scale(NAMESPACE, "web", 4)
    cluster.advance(60)

    assert numbers(cluster) == (4, 3, 4, 1)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"maxUnavailable": 1}, (0, 0, 3, 0)),
        ({"minAvailable": "50%"}, (0, 0, 3, 0)),
        ({"minAvailable": 2}, (3, 2, 3, 1)),
    ],
)
def test_a_budget_of_pods_without_a_controller_is_closed_unless_it_is_a_number(
    spec: dict[str, Any], expected: tuple[int, int, int, int]
) -> None:
    cluster = with_set()
    budget(cluster, **spec)
    before = numbers(cluster)
    cluster.storage.delete(STATEFUL_SETS, NAMESPACE, "web", propagation="Orphan")
    cluster.advance(2)
    assert numbers(cluster) == expected
    assert bool(events(cluster, "web", "UnmanagedPods")) == (expected[0] == 0)

    cluster.apply(with_service("web", "web:1", 3))
    cluster.advance(2)
    assert numbers(cluster) == before


def test_an_unused_eviction_is_returned_after_two_minutes() -> None:
    """A failed uid precondition returns 409 and uses the budget all the same."""
    cluster = with_set()
    budget(cluster, maxUnavailable=1)
    with pytest.raises(ApiError) as conflict:
        evict(cluster.storage, NAMESPACE, "web-0", {"uid": "another-uid"})
    assert conflict.value.code == 409
    cluster.advance(100)
    assert numbers(cluster)[3] == 0

    cluster.advance(30)
    assert numbers(cluster) == (3, 2, 3, 1)
