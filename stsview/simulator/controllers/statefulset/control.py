"""One sync of one set, in the order of the real controller.

Source: kubernetes/pkg/controller/statefulset/stateful_set_control.go (performUpdate, updateStatefulSet, processReplica,
processCondemned, updateStatefulSetStatus).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.resources import STATEFUL_SETS
from stsview.simulator.apiserver.storage.storage import Storage
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.controllers.identity import new_pod, ordinal_of
from stsview.simulator.controllers.statefulset import revisions, state
from stsview.simulator.controllers.statefulset.pod_control import MANAGER, PodControl
from stsview.simulator.controllers.statefulset.revisions import Revisions
from stsview.simulator.controllers.statefulset.rollout import MaxUnavailable, next_deletions
from stsview.simulator.engine import Retry

_LARGEST_BATCH = 500
_OWN_FIELDS = ("conditions",)


@dataclass(frozen=True)
class _SyncInput:
    """A set with its revisions, and its pods by ordinal."""

    object: Object
    revisions: Revisions
    start: int
    monotonic: bool
    """Whether pods are created and deleted one at a time (OrderedReady)."""
    min_ready_seconds: int
    replicas: list[Object]
    """One pod per expected ordinal, lowest first; a missing one is a pod that is not created yet."""
    surplus: list[Object]
    """Pods beyond the replica count (Kubernetes: condemned), highest ordinal first."""


class StatefulSetControl:
    """Creates, updates and deletes the pods of a set, and writes its status."""

    def __init__(self, storage: Storage, pod_control: PodControl, rules: MaxUnavailable = MaxUnavailable.OFF) -> None:
        self._storage = storage
        self._pods = pod_control
        self.rules = rules

    def sync(self, stateful_set: Object, pods: list[Object], owned_revisions: list[Object]) -> Object:
        """Create, update and delete pods as needed, write and return the status.

        The status is written even when part of it fails. Raises the first `ApiError` or `Retry`.
        """
        used = revisions.sync(self._storage, stateful_set, owned_revisions)
        now = self._storage.clock.now()
        status = state.new_status(
            stateful_set,
            pods,
            used.current["metadata"]["name"],
            used.update["metadata"]["name"],
            used.collisions,
            now,
        )
        failure: ApiError | Retry | None = None
        try:
            self._update_pods(_sort_pods(stateful_set, pods, used), status, now)
        except (ApiError, Retry) as error:
            failure = error
        state.complete_rolling_update(stateful_set, status)
        self._write_status(stateful_set, status)
        revisions.truncate(self._storage, stateful_set, [*owned_revisions, used.update], pods, used)
        if failure is not None:
            raise failure
        return status

    def _update_pods(self, work: _SyncInput, status: Object, now: datetime) -> None:
        if "deletionTimestamp" in work.object["metadata"]:
            return
        if self._for_each(work.replicas, lambda pod: self._process_replica(work, pod, now), monotonic=work.monotonic):
            return
        for pod in work.surplus:
            if not self._pods.claims_have_owners(work.object, pod):
                self._pods.update_claims(work.object, pod)
        first = self._first_unavailable(work, now)
        if self._for_each(
            work.surplus, lambda pod: self._process_surplus(work, pod, first, now), monotonic=work.monotonic
        ):
            return
        if work.object["spec"]["updateStrategy"]["type"] != "RollingUpdate":
            return
        unavailable = lambda pod: state.is_unavailable(pod, work.min_ready_seconds, now)  # noqa: E731
        update = work.revisions.update["metadata"]["name"]
        for pod in next_deletions(work.object, work.replicas, update, unavailable, self.rules):
            self._pods.delete(work.object, pod)
            status["currentReplicas"] = max(0, status["currentReplicas"] - 1)

    def _for_each(self, pods: list[Object], process: Callable[[Object], bool], *, monotonic: bool) -> bool:
        """Process pods in order; returns whether the sync stops here.

        With Parallel, batches double (slowStartBatch) and only an error stops the sync.
        """
        if monotonic:
            return any(process(pod) for pod in pods)
        done, batch = 0, 1
        while done < len(pods):
            failure: ApiError | Retry | None = None
            for pod in pods[done : done + batch]:
                try:
                    process(pod)
                except (ApiError, Retry) as error:
                    failure = failure or error
            if failure is not None:
                raise failure
            done += batch
            batch = min(2 * batch, _LARGEST_BATCH)
        return False

    def _process_replica(self, work: _SyncInput, pod: Object, now: datetime) -> bool:
        """Create, recreate or update one replica.

        Returns whether OrderedReady waits for it.
        """
        phase = state.phase_of(pod)
        if phase in ("Failed", "Succeeded"):
            if not state.is_terminating(pod):
                self._pods.delete(work.object, pod)
            return True
        if not phase:
            if not self._pods.has_stale_claim(work.object, pod):
                self._pods.create(work.object, pod)
            return True
        if phase == "Pending":
            self._pods.create_missing_claims(work.object, pod)
        if work.monotonic and state.is_unavailable(pod, work.min_ready_seconds, now):
            return True
        self._pods.update(work.object, pod)
        return False

    def _process_surplus(self, work: _SyncInput, pod: Object, first: Object | None, now: datetime) -> bool:
        if state.is_terminating(pod):
            return work.monotonic
        waits = work.monotonic and pod is not first
        if waits and not state.is_available(pod, work.min_ready_seconds, now):
            return True
        self._pods.delete(work.object, pod)
        return work.monotonic

    def _first_unavailable(self, work: _SyncInput, now: datetime) -> Object | None:
        """The unavailable pod with the lowest ordinal, among replicas first."""
        in_order = [*work.replicas, *reversed(work.surplus)]
        return next((pod for pod in in_order if state.is_unavailable(pod, work.min_ready_seconds, now)), None)

    def _write_status(self, stateful_set: Object, status: Object) -> None:
        before = stateful_set.get("status") or {}
        kept = {name: before[name] for name in _OWN_FIELDS if name in before}
        wire = {**state.omit_zeros(status), **kept}
        if wire == before:
            return
        metadata = stateful_set["metadata"]
        self._storage.modify(
            STATEFUL_SETS,
            metadata["namespace"],
            metadata["name"],
            lambda one: one.update(status=wire),
            subresource="status",
            manager=MANAGER,
        )


def _sort_pods(stateful_set: Object, pods: list[Object], used: Revisions) -> _SyncInput:
    spec = stateful_set["spec"]
    start = (spec.get("ordinals") or {}).get("start", 0)
    count = spec["replicas"]
    places: list[Object | None] = [None] * count
    surplus = []
    for pod in pods:
        ordinal = ordinal_of(pod)
        if start <= ordinal < start + count:
            places[ordinal - start] = pod
        elif ordinal >= 0:
            surplus.append(pod)
    return _SyncInput(
        object=stateful_set,
        revisions=used,
        start=start,
        monotonic=spec.get("podManagementPolicy") != "Parallel",
        min_ready_seconds=spec.get("minReadySeconds") or 0,
        replicas=[pod or _new_versioned_pod(stateful_set, used, start, place) for place, pod in enumerate(places)],
        surplus=sorted(surplus, key=ordinal_of, reverse=True),
    )


def _new_versioned_pod(stateful_set: Object, used: Revisions, start: int, place: int) -> Object:
    """The pod to create for a missing ordinal, at the revision that it should have.

    Source: newVersionedStatefulSetPod.
    """
    strategy = stateful_set["spec"]["updateStrategy"]
    rolling = strategy.get("rollingUpdate")
    if rolling is not None:
        old = place < (rolling.get("partition") or 0)
    else:
        counted = (stateful_set.get("status") or {}).get("currentReplicas", 0)
        old = strategy["type"] == "RollingUpdate" and place < counted
    revision = used.current if old else used.update
    return new_pod(stateful_set, revisions.template_of(revision), start + place, revision["metadata"]["name"])
