"""Invariants of a set under any sequence of operations.

Hypothesis plays operator and bad luck: it scales, updates, deletes, breaks and lets time pass. Every single change of
the cluster is checked.
"""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from stsview.simulator.apiserver.handlers.eviction import evict
from stsview.simulator.apiserver.resources import PODS, STATEFUL_SETS
from stsview.simulator.apiserver.storage.history import WatchEvent
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.cluster import SimulatedCluster
from stsview.simulator.controllers.identity import POD_NAME_LABEL, ordinal_of, revision_of
from stsview.simulator.controllers.informers import controller_of
from stsview.simulator.controllers.statefulset.state import is_running_and_ready, is_terminating, phase_of
from stsview.simulator.fault_annotations import PREFIX
from stsview.simulator.scenarios.manifests import with_service
from tests.support.simulator.clusters import (
    NAMESPACE,
    annotate_pod,
    claims,
    delete_pod,
    edit_spec,
    empty_cluster,
    pods,
    stateful_set,
    with_set,
)

NAME = "web"
LARGEST = 4
OTHER_CONTROLLER = "5f0e0000-0000-4000-8000-000000000000"
"""The uid of another controller, of a kind that is not served here."""


class Watcher:
    """Checks every change, and records violations."""

    def __init__(self, cluster: SimulatedCluster, *, ordered: bool) -> None:
        self.problems: list[str] = []
        self._cluster = cluster
        self._ordered = ordered
        self._alive: dict[str, str] = {name: pod["metadata"]["uid"] for name, pod in members(cluster).items()}
        self._pods: dict[str, Object] = dict(members(cluster))
        self.manual_only = False
        """Whether the current deletion is an operator's."""
        self._deleted_manually: set[str] = set()
        cluster.storage.subscribe(self._check)

    def _check(self, event: WatchEvent) -> None:
        if event.resource is PODS:
            self._check_pod(event)
        elif event.resource is STATEFUL_SETS and event.previous is not None and event.type == "MODIFIED":
            self._check_promotion(event.previous, event.object)

    def _check_pod(self, event: WatchEvent) -> None:
        name, uid = event.object["metadata"]["name"], event.object["metadata"]["uid"]
        if has_other_controller(event.object):
            self._check_other_controllers_pod(event)
            return
        if event.type == "ADDED":
            if name in self._alive:
                self.problems.append(f"{name} is made while {self._alive[name]} lives")
            self._alive[name] = uid
            if self._ordered:
                self._check_order(event.object)
        elif event.type == "DELETED" and self._alive.pop(name, None) != uid:
            self.problems.append(f"{name} goes twice")
        if event.previous is not None and is_terminating(event.object) and not is_terminating(event.previous):
            self._check_deletion(event.previous)
        if event.type == "DELETED":
            self._pods.pop(name, None)
        else:
            self._pods[name] = event.object

    def _check_other_controllers_pod(self, event: WatchEvent) -> None:
        """Objects of another controller are never changed, whatever their name and labels."""
        if event.previous is None or self.manual_only:
            return
        metadata = event.object["metadata"]
        if event.type == "DELETED" or is_terminating(event.object) or POD_NAME_LABEL in metadata["labels"]:
            self.problems.append(f"{metadata['name']} belongs to another controller, and was changed")

    def _check_order(self, pod: Object) -> None:
        start = stateful_set(self._cluster)["spec"].get("ordinals", {}).get("start", 0)
        for ordinal in range(start, ordinal_of(pod)):
            if not _is_available(self._pods.get(f"{NAME}-{ordinal}")):
                self.problems.append(f"{pod['metadata']['name']} is made before {NAME}-{ordinal} is available")

    def _check_deletion(self, pod: Object) -> None:
        """A rolling update terminates at most one pod at a time.

        Operators and scaling may do more. A Parallel set only checks the pods above the one it deletes: when the
        template changes in between, it may start again from the top while a lower one still terminates.
        """
        if self.manual_only:
            self._deleted_manually.add(pod["metadata"]["uid"])
            return
        if phase_of(pod) in ("Failed", "Succeeded"):
            return
        spec = stateful_set(self._cluster)["spec"]
        start = spec.get("ordinals", {}).get("start", 0)
        if not start <= ordinal_of(pod) < start + spec["replicas"]:
            if self._ordered:
                self._check_scale_down(pod, range(start, start + spec["replicas"]))
            return
        others = [
            other
            for name, other in self._pods.items()
            if name != pod["metadata"]["name"]
            and is_terminating(other)
            and other["metadata"]["uid"] not in self._deleted_manually
            and start <= ordinal_of(other) < start + spec["replicas"]
            and (self._ordered or ordinal_of(other) > ordinal_of(pod))
            and phase_of(other) not in ("Failed", "Succeeded")
        ]
        if others:
            names = [other["metadata"]["name"] for other in others]
            self.problems.append(f"{pod['metadata']['name']} is deleted by an update while {names} terminate")

    def _check_scale_down(self, pod: Object, expected: range) -> None:
        """With OrderedReady, the highest pod is deleted when all others are available.

        The next one follows after it is gone. An unavailable pod is deleted only if it is the first unavailable one.
        """
        name, ordinal = pod["metadata"]["name"], ordinal_of(pod)
        for stays in expected:
            if not _is_available(self._pods.get(f"{NAME}-{stays}")):
                self.problems.append(f"{name} is scaled away before {NAME}-{stays} is available")
        leaving = {ordinal_of(other): other for other in self._pods.values() if ordinal_of(other) not in expected}
        if ordinal != max(leaving):
            self.problems.append(f"{name} is scaled away before {NAME}-{max(leaving)} is gone")
        lower = [other for other in sorted(leaving) if other < ordinal and not _is_available(leaving[other])]
        if lower and not _is_available(pod):
            self.problems.append(f"{name} is scaled away although it waits for {NAME}-{lower[0]}")

    def _check_promotion(self, before: Object, after: Object) -> None:
        was, now = before["status"].get("currentRevision"), after["status"].get("currentRevision")
        if was in (None, now):
            return
        spec, status = after["spec"], after["status"]
        counted = {
            status.get("updatedReplicas", 0),
            status.get("readyReplicas", 0),
            status["replicas"],
            spec["replicas"],
        }
        if spec["updateStrategy"]["type"] != "RollingUpdate" or len(counted) != 1:
            self.problems.append(f"{was} is replaced by {now} as current revision at {status}")


def has_other_controller(pod: Object) -> bool:
    return (controller_of(pod) or {}).get("uid") == OTHER_CONTROLLER


def members(cluster: SimulatedCluster) -> dict[str, Object]:
    """The pods with names of the set, except those of another controller."""
    return {name: pod for name, pod in pods(cluster).items() if not has_other_controller(pod)}


def _is_available(pod: Object | None) -> bool:
    return pod is not None and not is_terminating(pod) and is_running_and_ready(pod)


THEN = st.sampled_from([0.0, 0.4, 3.0, 60.0])
"""Seconds after an operation: none, mid-way, about one pod's start, long enough to settle."""


class Life(RuleBasedStateMachine):
    """One set, with faults on two nodes."""

    ordered = True
    when_scaled = "Retain"

    @initialize(replicas=st.integers(1, LARGEST), start=st.sampled_from([0, 3]), then=THEN)
    def begin(self, replicas: int, start: int, then: float) -> None:
        self.cluster = empty_cluster()
        self.cluster.images.missing.add("web:broken")
        self.watcher = Watcher(self.cluster, ordered=self.ordered)
        self.claimed: dict[str, str] = {}
        self.cluster.apply(
            with_service(
                NAME,
                "web:1",
                replicas,
                podManagementPolicy="OrderedReady" if self.ordered else "Parallel",
                ordinals={"start": start},
                persistentVolumeClaimRetentionPolicy={"whenScaled": self.when_scaled, "whenDeleted": "Retain"},
            )
        )
        self.cluster.advance(then)

    @rule(seconds=st.sampled_from([0.3, 1.0, 4.0]))
    def time_passes(self, seconds: float) -> None:
        self.cluster.advance(seconds)

    @rule(replicas=st.integers(0, LARGEST), then=THEN)
    def scale(self, replicas: int, then: float) -> None:
        self.cluster.scale(NAMESPACE, NAME, replicas)
        self.cluster.advance(then)

    @rule(tag=st.sampled_from(["1", "2", "3", "broken"]), then=THEN)
    def update(self, tag: str, then: float) -> None:
        self.cluster.set_image(NAMESPACE, NAME, f"web:{tag}")
        self.cluster.advance(then)

    @rule(partition=st.sampled_from([0, 0, 1, 2]), then=THEN)
    def partition(self, partition: int, then: float) -> None:
        strategy = {"type": "RollingUpdate", "rollingUpdate": {"partition": partition}}
        edit_spec(self.cluster, NAME, updateStrategy=strategy)
        self.cluster.advance(then)

    @rule()
    def on_delete(self) -> None:
        edit_spec(self.cluster, NAME, updateStrategy={"type": "OnDelete"})

    @rule(data=st.data(), grace=st.sampled_from([None, None, 0, 5]), then=THEN)
    def delete(self, data: st.DataObject, grace: int | None, then: float) -> None:
        if members(self.cluster):
            self.watcher.manual_only = True
            delete_pod(self.cluster, data.draw(st.sampled_from(sorted(members(self.cluster)))), grace_seconds=grace)
            self.watcher.manual_only = False
            self.cluster.advance(then)

    @rule(data=st.data(), comes=st.booleans(), then=THEN)
    def toggle_pod_of_other_controller(self, data: st.DataObject, comes: bool, then: float) -> None:
        """Create a pod of another controller under one of the names, or delete it."""
        self.watcher.manual_only = True
        spec = stateful_set(self.cluster)["spec"]
        name = f"{NAME}-{spec['ordinals']['start'] + spec['replicas'] + data.draw(st.integers(-1, 1))}"
        there = pods(self.cluster).get(name)
        if comes and there is None:
            owner = {
                "apiVersion": "apps/v1",
                "kind": "CloneSet",
                "name": "x",
                "uid": OTHER_CONTROLLER,
                "controller": True,
            }
            metadata = {"name": name, "labels": {"app": NAME}, "ownerReferences": [owner]}
            spec = {"containers": [{"name": "other", "image": "web:1"}]}
            self.cluster.apply({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
        elif there is not None and has_other_controller(there):
            delete_pod(self.cluster, name, grace_seconds=0)
        self.watcher.manual_only = False
        self.cluster.advance(then)

    @rule(data=st.data(), faults=st.sampled_from(["unready", "crash", "stuck"]), on=st.booleans())
    def faults(self, data: st.DataObject, faults: str, on: bool) -> None:
        if not members(self.cluster):
            return
        name = data.draw(st.sampled_from(sorted(members(self.cluster))))

        def change(pod: Object) -> None:
            pod["metadata"].setdefault("annotations", {})[PREFIX + faults] = "1" if on else "false"

        self.cluster.edit(PODS, NAMESPACE, name, change)

    @rule(data=st.data())
    def evicted_by_the_node(self, data: st.DataObject) -> None:
        if members(self.cluster):
            name = data.draw(st.sampled_from(sorted(members(self.cluster))))
            self.cluster.storage.modify(
                PODS, NAMESPACE, name, lambda one: one["status"].update(phase="Failed"), subresource="status"
            )

    @rule(data=st.data())
    def eviction(self, data: st.DataObject) -> None:
        if members(self.cluster):
            self.watcher.manual_only = True
            evict(self.cluster.storage, NAMESPACE, data.draw(st.sampled_from(sorted(members(self.cluster)))))
            self.watcher.manual_only = False

    @invariant()
    def nothing_went_wrong(self) -> None:
        assert self.watcher.problems == []

    @invariant()
    def claims_survive_their_pods(self) -> None:
        """A PVC keeps its uid, unless the policy deletes it."""
        present = {name: claim["metadata"]["uid"] for name, claim in claims(self.cluster).items()}
        if self.when_scaled == "Retain":
            assert {name: present.get(name) for name in self.claimed} == self.claimed
        self.claimed = present

    @invariant()
    def every_pod_has_its_owner_identity_and_revision(self) -> None:
        owner = stateful_set(self.cluster)["metadata"]["uid"]
        for name, pod in members(self.cluster).items():
            assert (controller_of(pod) or {}).get("uid") == owner
            assert pod["metadata"]["labels"]["statefulset.kubernetes.io/pod-name"] == name
            assert revision_of(pod).startswith(f"{NAME}-")
            assert pod["spec"]["volumes"][0]["persistentVolumeClaim"]["claimName"] == f"data-{name}"

    @invariant()
    def the_status_is_possible(self) -> None:
        status: dict[str, Any] = stateful_set(self.cluster)["status"]
        counted = status["replicas"]
        assert 0 <= status["availableReplicas"] <= status.get("readyReplicas", 0) <= counted
        assert status.get("currentReplicas", 0) <= counted
        assert status.get("updatedReplicas", 0) <= counted

    def teardown(self) -> None:
        """Without further faults it reaches the desired state."""
        if not hasattr(self, "cluster"):
            return
        self.cluster.images.missing.clear()
        self.watcher.manual_only = True
        for name in set(pods(self.cluster)) - set(members(self.cluster)):
            delete_pod(self.cluster, name, grace_seconds=0)
        self.watcher.manual_only = False
        for _ in range(3):
            for name in list(members(self.cluster)):
                self.cluster.edit(PODS, NAMESPACE, name, lambda one: one["metadata"].pop("annotations", None))
            self.cluster.advance(1300)
        self.nothing_went_wrong()
        if self.when_scaled == "Retain":
            spec = stateful_set(self.cluster)["spec"]
            start = spec["ordinals"]["start"]
            ready = sorted(name for name, pod in members(self.cluster).items() if is_running_and_ready(pod))
            assert ready == [f"{NAME}-{ordinal}" for ordinal in range(start, start + spec["replicas"])]
            assert stateful_set(self.cluster)["status"]["replicas"] == len(ready)


class ParallelLife(Life):
    ordered = False


class LifeWithoutOldClaims(Life):
    when_scaled = "Delete"


@settings(max_examples=20, deadline=None)
@given(ready=st.lists(st.booleans(), min_size=2, max_size=5), fewer=st.integers(1, 4))
def test_scale_down_starts_at_the_highest_ordinal_and_waits(ready: list[bool], fewer: int) -> None:
    cluster = with_set(NAME, len(ready))
    for ordinal, well in enumerate(ready):
        annotate_pod(cluster, f"{NAME}-{ordinal}", {PREFIX + "unready": "false" if well else "true"})
    cluster.advance(5)
    watcher = Watcher(cluster, ordered=True)
    left = max(0, len(ready) - fewer)
    cluster.scale(NAMESPACE, NAME, left)
    cluster.advance(60)
    for name in pods(cluster):
        annotate_pod(cluster, name, {PREFIX + "unready": "false"})
    cluster.advance(60)
    assert watcher.problems == []
    assert sorted(pods(cluster)) == [f"{NAME}-{ordinal}" for ordinal in range(left)]


LIMITS = settings(max_examples=12, stateful_step_count=20, deadline=None)

TestOrderedReady = Life.TestCase
TestOrderedReady.settings = LIMITS
TestParallel = ParallelLife.TestCase
TestParallel.settings = LIMITS
TestClaimsDeletedWhenScaled = LifeWithoutOldClaims.TestCase
TestClaimsDeletedWhenScaled.settings = LIMITS
