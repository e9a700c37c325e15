"""Deletion of pods: finalizers, preconditions, grace periods."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from tests.contract.cluster import Cluster, Refused
from tests.contract.manifests import NOWHERE, labels_of, pod, selector_of
from tests.contract.namespace import FINALIZER, Namespace
from tests.contract.states import all_ready
from tests.contract.test_writes import FOREIGN_UID


def test_an_unscheduled_pod_is_removed_at_once(cluster: Cluster, namespace: Namespace) -> None:
    namespace.create_pod(pod("unplaced", **NOWHERE))
    deleted = namespace.delete("pods", "unplaced")
    assert (deleted["kind"], deleted["metadata"]["deletionGracePeriodSeconds"]) == ("Pod", 0)
    assert "unplaced" not in namespace.listed("pods")


def test_force_deletion_does_not_remove_a_finalizer(namespace: Namespace) -> None:
    made = namespace.create_pod(pod("held", finalizers=(FINALIZER,), **NOWHERE))
    pods = namespace.history_of("pods", selector_of("held"))
    namespace.delete("pods", "held")
    namespace.delete("pods", "held", gracePeriodSeconds=0)
    held = namespace.get("pods", "held")
    assert held["metadata"]["uid"] == made["metadata"]["uid"]
    assert held["metadata"]["deletionGracePeriodSeconds"] == 0
    assert held["metadata"]["deletionTimestamp"]
    with pytest.raises(Refused) as refused:
        namespace.patch("pods", "held", {"metadata": {"finalizers": [FINALIZER, "stsview.example/other"]}})
    assert (refused.value.code, refused.value.reason) == (422, "Invalid")
    namespace.patch("pods", "held", {"metadata": {"finalizers": None}})
    pods.until(lambda left: not left, "the pod is gone once its finalizer is")
    assert pods.events[-1].type == "DELETED"


@pytest.mark.parametrize("precondition", [{"uid": FOREIGN_UID}, {"resourceVersion": "1"}], ids=["uid", "version"])
def test_a_failed_precondition_prevents_deletion(
    namespace: Namespace, guarded: str, precondition: dict[str, str]
) -> None:
    with pytest.raises(Refused) as refused:
        namespace.delete("pods", guarded, preconditions=precondition, gracePeriodSeconds=0)
    assert (refused.value.code, refused.value.reason) == (409, "Conflict")
    assert refused.value.details["name"] == guarded
    assert "in the precondition" in refused.value.message
    assert "deletionTimestamp" not in namespace.get("pods", guarded)["metadata"]


@pytest.fixture(scope="session")
def guarded(namespace: Namespace) -> str:
    namespace.create_pod(pod("guarded", **NOWHERE))
    return "guarded"


def test_a_satisfied_precondition_permits_deletion(namespace: Namespace) -> None:
    made = namespace.create_pod(pod("matching", **NOWHERE))
    namespace.delete("pods", "matching", preconditions={"uid": made["metadata"]["uid"]})
    assert "matching" not in namespace.listed("pods")


@pytest.fixture
def lingering(namespace: Namespace, running_pods: None) -> Iterator[str]:
    """A running pod that terminates slowly."""
    slow = {"lifecycle": {"preStop": {"sleep": {"seconds": 60}}}}
    # The simulated kubelet reads the annotation, a real one runs the hook.
    stuck = {"simulator.stsview.io/stuck": "true"}
    pods = namespace.history_of("pods", selector_of("lingering"))
    namespace.create_pod(pod("lingering", annotations=stuck, container=slow, terminationGracePeriodSeconds=3600))
    pods.until(all_ready(1), "the pod is ready")
    yield "lingering"
    namespace.delete("pods", "lingering", gracePeriodSeconds=0)


def test_the_deletion_timestamp_is_the_deadline_and_can_only_be_brought_forward(
    cluster: Cluster, namespace: Namespace, lingering: str
) -> None:
    before = cluster.now()
    namespace.delete("pods", lingering)
    after = cluster.now()
    first = namespace.get("pods", lingering)["metadata"]
    grace, whole_second = timedelta(seconds=3600), timedelta(seconds=1)
    assert first["deletionGracePeriodSeconds"] == 3600
    deadline = datetime.fromisoformat(first["deletionTimestamp"])
    assert before + grace - whole_second <= deadline <= after + grace + whole_second
    namespace.delete("pods", lingering, gracePeriodSeconds=4000)
    assert namespace.get("pods", lingering)["metadata"]["deletionTimestamp"] == first["deletionTimestamp"]
    namespace.delete("pods", lingering, gracePeriodSeconds=3000)
    closer = namespace.get("pods", lingering)["metadata"]
    assert closer["deletionGracePeriodSeconds"] == 3000
    assert datetime.fromisoformat(closer["deletionTimestamp"]) == deadline - timedelta(seconds=600)


def test_an_exhausted_budget_refuses_an_eviction(cluster: Cluster, namespace: Namespace, running_pods: None) -> None:
    budget = {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "spent", "labels": labels_of("spent")},
        "spec": {"minAvailable": 1, "selector": {"matchLabels": labels_of("spent")}},
    }
    pods, budgets = (namespace.history_of(plural, selector_of("spent")) for plural in ("pods", "poddisruptionbudgets"))
    namespace.create_pod(pod("spent"))
    pods.until(all_ready(1), "the pod is ready")
    namespace.create(budget)
    budgets.until(
        lambda known: (known["spent"].get("status") or {}).get("currentHealthy") == 1 if known else False,
        "the budget counts its pod",
    )
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "spent"}}
    for query in ({}, {"dryRun": "All"}):
        with pytest.raises(Refused) as refused:
            cluster.post(namespace.path("pods", "spent", "eviction"), eviction, **query)
        assert (refused.value.code, refused.value.reason) == (429, "TooManyRequests")
        assert [one["reason"] for one in refused.value.causes] == ["DisruptionBudget"]
    assert "deletionTimestamp" not in namespace.get("pods", "spent")["metadata"]
    namespace.delete("poddisruptionbudgets", "spent")
    cluster.post(namespace.path("pods", "spent", "eviction"), eviction)
    pods.until(lambda left: not left, "the evicted pod is gone")
