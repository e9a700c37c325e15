"""Rolling updates: order, revisions, and what holds them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.contract.cluster import Object
from tests.contract.manifests import GATE, selector_of, template_annotation
from tests.contract.namespace import Namespace, ObjectHistory
from tests.contract.states import all_at, all_ready, is_running, observed, revision_of, settled, uids

Create = Callable[..., Object]

pytestmark = pytest.mark.usefixtures("running_pods")


def _begin(
    namespace: Namespace, create_set: Create, name: str, replicas: int, **spec: object
) -> tuple[ObjectHistory, ObjectHistory, str]:
    """The histories of a settled set and its pods, and its revision."""
    sets, pods = (namespace.history_of(plural, selector_of(name)) for plural in ("statefulsets", "pods"))
    create_set(name, replicas, **spec)
    pods.until(all_ready(replicas), "all pods are ready")
    settled_set = sets.until(settled(name), "the set is settled")[name]
    return sets, pods, str(settled_set["status"]["updateRevision"])


def _update(namespace: Namespace, sets: ObjectHistory, name: str, value: str | None) -> Object:
    """Change the template; returns the status once the controller has observed it."""
    changed = namespace.patch("statefulsets", name, template_annotation(value))
    seen = sets.until(observed(name, changed["metadata"]["generation"]), "the controller has observed the new template")
    status: Object = seen[name]["status"]
    return status


def test_updates_run_from_the_highest_ordinal_and_a_revert_reuses_the_revision(
    namespace: Namespace, create_set: Create
) -> None:
    sets, pods, old = _begin(namespace, create_set, "rolling", 3)
    begun = len(pods.events)
    new = _update(namespace, sets, "rolling", "2")["updateRevision"]
    assert new != old
    pods.until(all_at(new, 3), "all pods are at the new revision")
    status = sets.until(_promoted("rolling", new), "the new revision is current")["rolling"]["status"]
    assert (status["currentReplicas"], status["updatedReplicas"], status["readyReplicas"]) == (3, 3, 3)
    moves = [(event.type, event.name) for event in pods.events[begun:] if event.type != "MODIFIED"]
    assert moves == [(move, f"rolling-{ordinal}") for ordinal in (2, 1, 0) for move in ("DELETED", "ADDED")]
    assert _update(namespace, sets, "rolling", None)["updateRevision"] == old
    pods.until(all_at(old, 3), "all pods are at the old revision again")
    sets.until(_promoted("rolling", old), "the old revision is current again")
    revisions = namespace.listed("controllerrevisions", selector_of("rolling"))
    assert {name: one["revision"] for name, one in revisions.items()} == {new: 2, old: 3}
    written = max(entry["time"] for entry in revisions[old]["metadata"]["managedFields"])
    assert written >= revisions[new]["metadata"]["creationTimestamp"], (
        "its managed fields tell when it became the newest"
    )


def _promoted(name: str, revision: str) -> Callable[[dict[str, Object]], bool]:
    def holds(sets: dict[str, Object]) -> bool:
        status = sets[name]["status"]
        return settled(name)(sets) and status["currentRevision"] == status["updateRevision"] == revision

    return holds


def test_pods_below_the_partition_keep_their_revision_when_recreated(namespace: Namespace, create_set: Create) -> None:
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}
    sets, pods, old = _begin(namespace, create_set, "canary", 2, updateStrategy=strategy)
    new = _update(namespace, sets, "canary", "2")["updateRevision"]

    def divided(found: dict[str, Object]) -> bool:
        return all_ready(2)(found) and [revision_of(found[f"canary-{n}"]) for n in range(2)] == [old, new]

    before = pods.until(divided, "canary-1 alone is updated")

    def counted(found: dict[str, Object]) -> bool:
        status = found["canary"]["status"]
        counts = [status.get(key) for key in ("readyReplicas", "currentReplicas", "updatedReplicas")]
        return counts == [2, 1, 1]

    status = sets.until(counted, "the counters show both revisions")["canary"]["status"]
    assert (status["currentRevision"], status["updateRevision"]) == (old, new)
    namespace.delete("pods", "canary-0")
    pods.until(
        lambda found: divided(found) and uids(found)["canary-0"] != uids(before)["canary-0"],
        "canary-0 is back at the old revision",
    )
    namespace.patch("statefulsets", "canary", {"spec": {"updateStrategy": {"rollingUpdate": {"partition": 0}}}})
    pods.until(all_at(new, 2), "all pods are at the new revision")
    sets.until(_promoted("canary", new), "the new revision is current")


def test_on_delete_waits_for_manual_deletion(namespace: Namespace, create_set: Create) -> None:
    sets, pods, old = _begin(namespace, create_set, "manual", 2, updateStrategy={"type": "OnDelete"})
    before = dict(pods.objects)
    status = _update(namespace, sets, "manual", "2")
    assert status["updateRevision"] != old
    assert uids(namespace.listed("pods", selector_of("manual"))) == uids(before)
    namespace.delete("pods", "manual-0")
    after = pods.until(
        lambda found: all_ready(2)(found) and uids(found)["manual-0"] != uids(before)["manual-0"], "manual-0 is back"
    )
    assert revision_of(after["manual-0"]) == status["updateRevision"]
    assert revision_of(after["manual-1"]) == old
    assert uids(after)["manual-1"] == uids(before)["manual-1"]
    namespace.delete("pods", "manual-1")
    pods.until(all_at(status["updateRevision"], 2), "all pods are at the new revision")
    status = sets.until(settled("manual"), "the set is settled")["manual"]["status"]
    assert status["currentRevision"] == old, "it is never promoted"


def test_a_rollback_leaves_the_broken_pod_until_it_is_deleted(namespace: Namespace, create_set: Create) -> None:
    sets, pods, good = _begin(namespace, create_set, "broken", 2)
    never_ready = {"spec": {"template": {"spec": {"readinessGates": [{"conditionType": GATE}]}}}}
    namespace.patch("statefulsets", "broken", never_ready)
    stuck = pods.until(
        lambda found: "broken-1" in found and revision_of(found["broken-1"]) != good and is_running(found["broken-1"]),
        "broken-1 is updated, and never ready",
    )["broken-1"]
    bad = revision_of(stuck)
    undo = namespace.patch("statefulsets", "broken", {"spec": {"template": {"spec": {"readinessGates": None}}}})
    generation = undo["metadata"]["generation"]
    undone = sets.until(observed("broken", generation), "the controller has observed the rollback")["broken"]["status"]
    # The revisions say that the update is complete; yet one pod has another revision.
    assert undone["updateRevision"] == undone["currentRevision"] == good
    assert undone["updatedReplicas"] == 1
    left = namespace.get("pods", "broken-1")
    assert left["metadata"]["uid"] == stuck["metadata"]["uid"]
    assert "deletionTimestamp" not in left["metadata"]
    assert revision_of(left) == bad
    namespace.delete("pods", "broken-1", preconditions={"uid": left["metadata"]["uid"]})
    pods.until(all_at(good, 2), "all pods are at the good revision")
    sets.until(_promoted("broken", good), "the set has its good revision again")
