"""Upstream's test vectors for the choice of pods to update."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stsview.simulator.apiserver.wire import Object
from stsview.simulator.controllers.statefulset.rollout import MaxUnavailable, next_deletions, resolve

OLD, NEW = "web-old", "web-new"


def make_set(replicas: int, *, partition: int = 0, limit: int | str | None = None, policy: str = "Parallel") -> Object:
    rolling: dict[str, Any] = {"partition": partition}
    if limit is not None:
        rolling["maxUnavailable"] = limit
    return {
        "spec": {
            "replicas": replicas,
            "podManagementPolicy": policy,
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": rolling},
        }
    }


def make_pod(ordinal: int, *, revision: str = OLD, terminating: bool = False) -> Object:
    metadata: Object = {"name": f"web-{ordinal}", "labels": {"controller-revision-hash": revision}}
    if terminating:
        metadata["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    return {"metadata": metadata}


def survivors(
    replicas: int,
    limit: int,
    *,
    partition: int = 0,
    broken: set[int] = frozenset(),  # type: ignore[assignment]
    terminating: set[int] = frozenset(),  # type: ignore[assignment]
    policy: str = "Parallel",
    rules: MaxUnavailable = MaxUnavailable.V1_37,
) -> list[int]:
    """The ordinals that the step does not delete, including terminating ones."""
    replicas_ = [make_pod(ordinal, terminating=ordinal in terminating) for ordinal in range(replicas)]
    names = {f"web-{ordinal}" for ordinal in broken | terminating}
    gone = next_deletions(
        make_set(replicas, partition=partition, limit=limit, policy=policy),
        replicas_,
        NEW,
        lambda pod: pod["metadata"]["name"] in names,
        rules,
    )
    deleted = {pod["metadata"]["name"] for pod in gone}
    return [ordinal for ordinal in range(replicas) if f"web-{ordinal}" not in deleted]


@pytest.mark.parametrize(
    ("replicas", "partition", "limit", "broken", "terminating", "left"),
    [
        (3, 0, 1, {2}, set(), [0, 1]),
        (5, 0, 2, {3, 4}, set(), [0, 1, 2]),
        (3, 0, 1, set(), {2}, [0, 1, 2]),
        (5, 0, 3, {3}, {4}, [0, 1, 4]),
        (5, 2, 1, {2}, set(), [0, 1, 3, 4]),
        (5, 2, 1, {1}, set(), [0, 1, 2, 3, 4]),
        (5, 3, 2, {1, 4}, set(), [0, 1, 2, 3]),
        (4, 0, 2, {0, 1}, set(), [2, 3]),
        (5, 0, 3, {0, 1}, set(), [2, 3]),
    ],
)
def test_parallel_sets_of_1_37_replace_broken_pods_whatever_the_budget(
    replicas: int, partition: int, limit: int, broken: set[int], terminating: set[int], left: list[int]
) -> None:
    assert survivors(replicas, limit, partition=partition, broken=broken, terminating=terminating) == left


@pytest.mark.parametrize(("replicas", "limit", "broken", "left"), [(1, 1, {0}, [0]), (5, 2, {4}, [0, 1, 2, 3])])
def test_ordered_sets_of_1_37_use_the_budget_for_broken_pods(
    replicas: int, limit: int, broken: set[int], left: list[int]
) -> None:
    assert survivors(replicas, limit, broken=broken, policy="OrderedReady") == left


@pytest.mark.parametrize("policy", ["Parallel", "OrderedReady"])
def test_in_1_35_a_broken_old_pod_is_never_replaced(policy: str) -> None:
    """The regression of kubernetes/kubernetes#137409, also for a set of one."""
    assert survivors(1, 1, broken={0}, policy=policy, rules=MaxUnavailable.V1_35) == [0]
    assert survivors(5, 2, broken={0, 1}, policy=policy, rules=MaxUnavailable.V1_35) == [0, 1, 2, 3, 4]
    assert survivors(5, 3, broken={0}, policy=policy, rules=MaxUnavailable.V1_35) == [0, 1, 2]


@pytest.mark.parametrize(
    ("limit", "replicas", "pods"), [(1, 3, 1), ("50%", 5, 2), ("10%", 3, 1), (0, 3, 1), ("100%", 4, 4)]
)
def test_percentages_round_down_to_at_least_one(limit: int | str, replicas: int, pods: int) -> None:
    assert resolve(limit, replicas) == pods


@given(st.data())
def test_without_the_gate_one_pod_is_updated_when_all_above_are_available(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 8))
    partition = data.draw(st.integers(0, 8))
    pods = [
        make_pod(
            ordinal,
            revision=data.draw(st.sampled_from([OLD, NEW])),
            terminating=data.draw(st.booleans()),
        )
        for ordinal in range(count)
    ]
    broken = {f"web-{ordinal}" for ordinal in data.draw(st.sets(st.integers(0, count - 1)))}

    def unavailable(pod: Object) -> bool:
        return pod["metadata"]["name"] in broken or "deletionTimestamp" in pod["metadata"]

    given_set = make_set(count, partition=partition, limit=data.draw(st.sampled_from([None, 3])))
    gone = next_deletions(given_set, pods, NEW, unavailable, MaxUnavailable.OFF)

    assert len(gone) <= 1
    for pod in gone:
        ordinal = pods.index(pod)
        assert ordinal >= partition
        assert pod["metadata"]["labels"]["controller-revision-hash"] == OLD
        assert "deletionTimestamp" not in pod["metadata"]
        above = pods[ordinal + 1 :]
        assert not any(unavailable(one) for one in above)
        assert all(one["metadata"]["labels"]["controller-revision-hash"] == NEW for one in above)
