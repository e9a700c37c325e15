"""The order in which pods are created and deleted, from pod events alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from tests.contract.cluster import STRATEGIC_PATCH, Object
from tests.contract.manifests import GATE, gated, selector_of
from tests.contract.namespace import Event, Namespace
from tests.contract.states import all_ready, is_ready, is_running, is_terminating, observed, settled

Create = Callable[..., Object]

pytestmark = pytest.mark.usefixtures("running_pods")


def test_each_pod_is_created_after_the_previous_one_is_ready(namespace: Namespace, create_set: Create) -> None:
    pods = namespace.history_of("pods", selector_of("rising"))
    create_set("rising", 3)
    pods.until(all_ready(3), "all pods are ready")
    assert _created(pods.events) == ["rising-0", "rising-1", "rising-2"]
    for event, before in _with_picture(pods.events):
        if event.type == "ADDED":
            assert all(is_ready(one) for one in before.values())


def test_an_unready_pod_delays_the_next_one(namespace: Namespace, create_set: Create) -> None:
    sets, pods = (namespace.history_of(plural, selector_of("gated")) for plural in ("statefulsets", "pods"))
    create_set("gated", 2, pod=gated())
    pods.until(lambda found: bool(found) and is_running(found["gated-0"]), "gated-0 runs")
    waiting = sets.until(
        lambda found: "gated" in found and found["gated"]["status"].get("replicas") == 1, "the set counts one pod"
    )
    assert waiting["gated"]["status"].get("readyReplicas", 0) == 0
    # An observed new generation means a completed sync, and it did not create the second pod.
    changed = namespace.patch("statefulsets", "gated", {"spec": {"revisionHistoryLimit": 5}})
    sets.until(observed("gated", changed["metadata"]["generation"]), "the controller has synced again")
    assert sorted(namespace.listed("pods", selector_of("gated"))) == ["gated-0"]
    _make_ready(namespace, "gated-0")
    pods.until(lambda found: "gated-1" in found, "gated-1 is created once gated-0 is ready")
    for event, before in _with_picture(pods.events):
        if event.type == "ADDED" and event.name == "gated-1":
            assert is_ready(before["gated-0"])


def test_parallel_creates_all_pods_at_once(namespace: Namespace, create_set: Create) -> None:
    pods = namespace.history_of("pods", selector_of("parallel"))
    create_set("parallel", 3, pod=gated(), podManagementPolicy="Parallel")
    found = pods.until(lambda found: len(found) == 3, "all pods are created although none is ready")
    assert not any(is_ready(one) for one in found.values())
    namespace.patch("statefulsets", "parallel", {"spec": {"replicas": 0}})
    pods.until(lambda found: not found, "all pods are removed although none was ready")


def test_a_pod_is_available_after_min_ready_seconds(namespace: Namespace, create_set: Create) -> None:
    sets, pods = (namespace.history_of(plural, selector_of("patient")) for plural in ("statefulsets", "pods"))
    create_set("patient", 2, minReadySeconds=5)
    found = pods.until(all_ready(2), "both pods are ready")
    conditions = found["patient-0"]["status"]["conditions"]
    ready = next(one["lastTransitionTime"] for one in conditions if one["type"] == "Ready")
    created = found["patient-1"]["metadata"]["creationTimestamp"]
    # Both instants are truncated to whole seconds.
    assert (datetime.fromisoformat(created) - datetime.fromisoformat(ready)).total_seconds() >= 4
    sets.until(settled("patient"), "both pods are available")
    counts = [event.object["status"] for event in sets.events if event.object.get("status")]
    assert any(one.get("readyReplicas", 0) > one.get("availableReplicas", 0) for one in counts)


def test_scale_down_deletes_the_highest_ordinal_first_and_alone(namespace: Namespace, create_set: Create) -> None:
    pods = namespace.history_of("pods", selector_of("falling"))
    create_set("falling", 3)
    pods.until(all_ready(3), "all pods are ready")
    grown = len(pods.events)
    namespace.patch("statefulsets", "falling", {"spec": {"replicas": 0}})
    pods.until(lambda found: not found, "all pods are gone")
    gone = [event.name for event in pods.events[grown:] if event.type == "DELETED"]
    assert gone == ["falling-2", "falling-1", "falling-0"]
    for event, before in _with_picture(pods.events):
        if is_terminating(event.object):
            others = {name for name, one in before.items() if is_terminating(one)} - {event.name}
            assert not others


def _created(events: list[Event]) -> list[str]:
    return [event.name for event in events if event.type == "ADDED"]


def _with_picture(events: list[Event]) -> list[tuple[Event, dict[str, Object]]]:
    """Every event with the pods before it."""
    known: dict[str, Object] = {}
    told = []
    for event in events:
        told.append((event, dict(known)))
        known[event.name] = event.object
        if event.type == "DELETED":
            del known[event.name]
    return told


def _make_ready(namespace: Namespace, pod: str) -> None:
    status = {"status": {"conditions": [{"type": GATE, "status": "True"}]}}
    namespace.cluster.patch(namespace.path("pods", pod, "status"), status, STRATEGIC_PATCH)
