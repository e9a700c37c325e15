"""What must hold of a set whatever is done to it, and in whatever order.

Hypothesis plays operator and bad luck: it scales, updates, deletes, breaks and lets time pass. Every single change of
the cluster is looked at.
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
from tests.support.simulator.box import (
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
STRANGER = "5f0e0000-0000-4000-8000-000000000000"
"""The uid of another controller, of a kind that is not served here."""


class Watcher:
    """Follows every change and notes what must never be."""

    def __init__(self, cluster: SimulatedCluster, *, ordered: bool) -> None:
        self.problems: list[str] = []
        self._cluster = cluster
        self._ordered = ordered
        self._alive: dict[str, str] = {name: pod["metadata"]["uid"] for name, pod in members(cluster).items()}
        self._pods: dict[str, Object] = dict(members(cluster))
        self.manual_only = False
        """Whether the deletion of the moment is an operator's."""
        self._deleted_by_hand: set[str] = set()
        cluster.storage.subscribe(self._look)

    def _look(self, event: WatchEvent) -> None:
        if event.resource is PODS:
            self._look_at_pod(event)
        elif event.resource is STATEFUL_SETS and event.previous is not None and event.type == "MODIFIED":
            self._look_at_promotion(event.previous, event.object)

    def _look_at_pod(self, event: WatchEvent) -> None:
        name, uid = event.object["metadata"]["name"], event.object["metadata"]["uid"]
        if is_strangers(event.object):
            self._look_at_stranger(event)
            return
        if event.type == "ADDED":
            if name in self._alive:
                self.problems.append(f"{name} is made while {self._alive[name]} lives")
            self._alive[name] = uid
            if self._ordered:
                self._look_at_order(event.object)
        elif event.type == "DELETED" and self._alive.pop(name, None) != uid:
            self.problems.append(f"{name} goes twice")
        if event.previous is not None and is_terminating(event.object) and not is_terminating(event.previous):
            self._look_at_deletion(event.previous)
        if event.type == "DELETED":
            self._pods.pop(name, None)
        else:
            self._pods[name] = event.object

    def _look_at_stranger(self, event: WatchEvent) -> None:
        """What somebody else owns is nobody's business, whatever its name and labels are."""
        if event.previous is None or self.manual_only:
            return
        metadata = event.object["metadata"]
        if event.type == "DELETED" or is_terminating(event.object) or POD_NAME_LABEL in metadata["labels"]:
            self.problems.append(f"{metadata['name']} is somebody else's, and is touched")

    def _look_at_order(self, pod: Object) -> None:
        start = stateful_set(self._cluster)["spec"].get("ordinals", {}).get("start", 0)
        for ordinal in range(start, ordinal_of(pod)):
            if not _is_available(self._pods.get(f"{NAME}-{ordinal}")):
                self.problems.append(f"{pod['metadata']['name']} is made before {NAME}-{ordinal} is available")

    def _look_at_deletion(self, pod: Object) -> None:
        """By an update, at most one pod terminates at a time; hands and scaling may do as they like.

        A Parallel set looks only at the pods above the one it deletes: when the template changes in between, it may
        begin again from the top while one further down still ends.
        """
        if self.manual_only:
            self._deleted_by_hand.add(pod["metadata"]["uid"])
            return
        if phase_of(pod) in ("Failed", "Succeeded"):
            return
        spec = stateful_set(self._cluster)["spec"]
        start = spec.get("ordinals", {}).get("start", 0)
        if not start <= ordinal_of(pod) < start + spec["replicas"]:
            if self._ordered:
                self._look_at_scale_down(pod, range(start, start + spec["replicas"]))
            return
        others = [
            other
            for name, other in self._pods.items()
            if name != pod["metadata"]["name"]
            and is_terminating(other)
            and other["metadata"]["uid"] not in self._deleted_by_hand
            and start <= ordinal_of(other) < start + spec["replicas"]
            and (self._ordered or ordinal_of(other) > ordinal_of(pod))
            and phase_of(other) not in ("Failed", "Succeeded")
        ]
        if others:
            names = [other["metadata"]["name"] for other in others]
            self.problems.append(f"{pod['metadata']['name']} is deleted by an update while {names} terminate")

    def _look_at_scale_down(self, pod: Object, expected: range) -> None:
        """In order, all that stay are available first; then the highest goes, and after it is gone the next. One that
        is not available goes only if it is the first that is not."""
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

    def _look_at_promotion(self, before: Object, after: Object) -> None:
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


def is_strangers(pod: Object) -> bool:
    return (controller_of(pod) or {}).get("uid") == STRANGER


def members(cluster: SimulatedCluster) -> dict[str, Object]:
    """The pods with names of the set that are no stranger's."""
    return {name: pod for name, pod in pods(cluster).items() if not is_strangers(pod)}


def _is_available(pod: Object | None) -> bool:
    return pod is not None and not is_terminating(pod) and is_running_and_ready(pod)


THEN = st.sampled_from([0.0, 0.4, 3.0, 60.0])
"""Seconds after something was done: none, mid-way, about one pod's start, long enough to settle."""


class Life(RuleBasedStateMachine):
    """One set with two nodes' worth of bad luck."""

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
    def somebody_takes_a_name(self, data: st.DataObject, comes: bool, then: float) -> None:
        """Or gives it back."""
        self.watcher.manual_only = True
        spec = stateful_set(self.cluster)["spec"]
        name = f"{NAME}-{spec['ordinals']['start'] + spec['replicas'] + data.draw(st.integers(-1, 1))}"
        there = pods(self.cluster).get(name)
        if comes and there is None:
            owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "x", "uid": STRANGER, "controller": True}
            metadata = {"name": name, "labels": {"app": NAME}, "ownerReferences": [owner]}
            spec = {"containers": [{"name": "other", "image": "web:1"}]}
            self.cluster.apply({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
        elif there is not None and is_strangers(there):
            delete_pod(self.cluster, name, grace_seconds=0)
        self.watcher.manual_only = False
        self.cluster.advance(then)

    @rule(data=st.data(), trouble=st.sampled_from(["unready", "crash", "stuck"]), on=st.booleans())
    def trouble(self, data: st.DataObject, trouble: str, on: bool) -> None:
        if not members(self.cluster):
            return
        name = data.draw(st.sampled_from(sorted(members(self.cluster))))

        def change(pod: Object) -> None:
            pod["metadata"].setdefault("annotations", {})[PREFIX + trouble] = "1" if on else "false"

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
        """Whatever became of pods: a claim that was made is there, under the same uid, unless the policy removes it."""
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
        """Left alone and healed, it comes to rest where it should."""
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
def test_scaling_down_goes_from_the_top_and_waits_as_it_should(ready: list[bool], fewer: int) -> None:
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
