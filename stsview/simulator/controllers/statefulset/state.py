"""Created, ready, available: pod states of the StatefulSet controller.

Also the status that it writes. Source: kubernetes/pkg/controller/statefulset/stateful_set_utils.go,
stateful_set_control.go (updateStatus, completeRollingUpdate), pkg/api/v1/pod/util.go.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from stsview.simulator.apiserver.wire import Object, instant
from stsview.simulator.controllers.identity import revision_of

_COUNTERS = ("readyReplicas", "currentReplicas", "updatedReplicas")


def is_created(pod: Object) -> bool:
    """Whether the pod has a phase, as any stored pod does."""
    return bool((pod.get("status") or {}).get("phase"))


def phase_of(pod: Object) -> str:
    return (pod.get("status") or {}).get("phase", "")  # type: ignore[no-any-return]


def is_terminating(pod: Object) -> bool:
    return "deletionTimestamp" in pod["metadata"]


def condition(pod: Object, type_: str) -> Object | None:
    """The condition of a type, or None."""
    for one in (pod.get("status") or {}).get("conditions") or ():
        if one["type"] == type_:
            return one  # type: ignore[no-any-return]
    return None


def is_ready(pod: Object) -> bool:
    """Whether the pod's Ready condition is True, whatever its phase."""
    ready = condition(pod, "Ready")
    return ready is not None and ready["status"] == "True"


def is_running_and_ready(pod: Object) -> bool:
    return phase_of(pod) == "Running" and is_ready(pod)


def available_at(pod: Object, min_ready_seconds: int) -> datetime | None:
    """When a running and ready pod becomes available; None for other pods."""
    if not is_running_and_ready(pod):
        return None
    ready = condition(pod, "Ready") or {}
    started = ready.get("lastTransitionTime")
    if started is None:
        return None
    return instant(started) + timedelta(seconds=min_ready_seconds)


def is_available(pod: Object, min_ready_seconds: int, now: datetime) -> bool:
    """Whether the pod has been ready for `min_ready_seconds`."""
    if min_ready_seconds == 0:
        return is_running_and_ready(pod)
    moment = available_at(pod, min_ready_seconds)
    return moment is not None and moment <= now


def is_unavailable(pod: Object, min_ready_seconds: int, now: datetime) -> bool:
    """Whether the pod is terminating or not available."""
    return is_terminating(pod) or not is_available(pod, min_ready_seconds, now)


def new_status(
    stateful_set: Object, pods: list[Object], current: str, update: str, collisions: int, now: datetime
) -> Object:
    """The status computed from `pods`, before the actions of this sync.

    Counters of zero are included.
    """
    seconds = stateful_set["spec"].get("minReadySeconds") or 0
    status: Object = {
        "observedGeneration": stateful_set["metadata"].get("generation", 0),
        "replicas": 0,
        "readyReplicas": 0,
        "currentReplicas": 0,
        "updatedReplicas": 0,
        "currentRevision": current,
        "updateRevision": update,
        "collisionCount": collisions,
        "availableReplicas": 0,
    }
    for pod in pods:
        if is_created(pod):
            status["replicas"] += 1
        if is_running_and_ready(pod):
            status["readyReplicas"] += 1
            if is_available(pod, seconds, now):
                status["availableReplicas"] += 1
        if is_created(pod) and not is_terminating(pod):
            revision = revision_of(pod)
            status["currentReplicas"] += revision == current
            status["updatedReplicas"] += revision == update
    return status


def complete_rolling_update(stateful_set: Object, status: Object) -> None:
    """Promote the update revision once every replica has it and is ready.

    Availability does not matter.
    """
    replicas = stateful_set["spec"]["replicas"]
    if (
        stateful_set["spec"]["updateStrategy"]["type"] == "RollingUpdate"
        and status["updatedReplicas"] == status["readyReplicas"] == status["replicas"] == replicas
    ):
        status["currentReplicas"] = status["updatedReplicas"]
        status["currentRevision"] = status["updateRevision"]


def omit_zeros(status: Object) -> Object:
    """The status without counters that are omitted when zero (`omitempty`)."""
    return {name: value for name, value in status.items() if name not in _COUNTERS or value > 0}
