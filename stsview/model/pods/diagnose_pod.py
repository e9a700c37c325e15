"""The state of a pod in one word, with its reason and severity."""

from __future__ import annotations

from datetime import datetime

from stsview.model.names import one_line
from stsview.model.pods.containers import (
    BROKEN,
    ContainerActivity,
    ContainerDiagnosis,
    death_text,
    diagnose_containers,
    restarts,
    safe_reason,
)
from stsview.model.pods.diagnosis import Cause, Diagnosis
from stsview.model.pods.readiness import Readiness, node_lost
from stsview.model.pods.scheduling import ABOUT_CLAIMS, without_preemption
from stsview.model.pods.termination import diagnose_termination
from stsview.model.settings import ModelSettings
from stsview.model.states import Health, NodeStatus, PodKind
from stsview.model.timing.moment import Moment, later
from stsview.model.views import NodeView, PodState
from stsview.objects.meta import Condition
from stsview.objects.pod import Pod

_OFTEN = 2
"""Restarts at which a container that is not ready counts as crashing; a single one may come from a liveness probe."""


def diagnose_pod(
    pod: Pod,
    readiness: Readiness,
    node: NodeView,
    min_ready_seconds: int,
    settings: ModelSettings,
    moment: Moment,
) -> Diagnosis:
    """The state of an existing pod on `node`.

    DEGRADED is what does not recover by itself. What may recover has a grace time and is PROGRESSING until that is
    over. WARNING is a member that was fine and no longer is. On a lost node nothing in the pod's status is current, not
    even that it is Ready.
    """
    if (deadline := pod.metadata.deletion_timestamp) is not None:
        return diagnose_termination(pod, deadline, node, settings, moment)
    if pod.status.phase in ("Failed", "Succeeded"):
        return _ended(pod)
    if node.lost:
        return _on_lost_node(pod, readiness, node, settings, moment)
    if readiness.ready:
        return _ready(pod, readiness, node, min_ready_seconds)
    if not pod.spec.node_name:
        return _unscheduled(pod, settings, moment)
    if node_lost(pod):
        return _marked(pod, node, settings, moment)
    container = diagnose_containers(pod)
    if container.activity in BROKEN:
        return _broken(pod, container)
    if _keeps_dying(container, settings, moment):
        return _dying(pod, container)
    if container.activity is ContainerActivity.TERMINATED:
        label = container.label
        if _late(_latest(container.since, _transition(pod.condition("Ready"))), settings.ready_grace, moment):
            return _not_restarted(container)
        return Diagnosis(
            PodState(label, Health.WARNING, container.since, _message_of(container), kind=_kind(container)),
            Cause.CRASH,
            f"container {container.name} exited: {death_text(container.last_death)}",
        )
    if container.activity in (ContainerActivity.CREATING, ContainerActivity.INITIALIZING):
        return _coming_up(pod, container, settings, moment)
    if pod.status.phase in ("Pending", ""):
        return _pending(pod, settings, moment)
    return _running(pod, container, settings, moment)


def _ended(pod: Pod) -> Diagnosis:
    failed = pod.status.phase == "Failed"
    label = safe_reason(pod.status.reason, "Failed" if failed else "Completed")
    ends = [
        status.state.terminated.finished_at
        for status in pod.status.container_statuses
        if status.state.terminated is not None and status.state.terminated.finished_at is not None
    ]
    since = max(ends) if ends else _since(pod, "Ready")
    detail = one_line(pod.status.message)
    return Diagnosis(
        PodState(label, Health.DEGRADED, since, detail, kind=PodKind.ENDED),
        Cause.ENDED,
        f"{label}: {detail}" if detail else label,
    )


def _ready(pod: Pod, readiness: Readiness, node: NodeView, min_ready_seconds: int) -> Diagnosis:
    since = _transition(readiness.condition) or pod.metadata.creation_timestamp
    if node.awaited:
        # Only while its node exists is the status of a pod kept current.
        detail = f"node {node.name} is not in the list of nodes: it may be gone"
        return Diagnosis(PodState("Ready", Health.UNKNOWN, since, detail, kind=PodKind.READY))
    if node.in_doubt:
        detail = f"node {node.name} may be unreachable: {node.detail}"
        return Diagnosis(PodState("Ready", Health.UNKNOWN, since, detail, kind=PodKind.READY))
    if readiness.available:
        return Diagnosis(PodState("Ready", Health.READY, since, kind=PodKind.READY))
    detail = f"Ready, available after minReadySeconds ({min_ready_seconds}s)"
    return Diagnosis(
        PodState("Warming up", Health.PROGRESSING, since, detail, readiness.available_at, PodKind.WARMING_UP),
        because=f"Ready, but not yet for minReadySeconds ({min_ready_seconds}s)",
    )


def _unscheduled(pod: Pod, settings: ModelSettings, moment: Moment) -> Diagnosis:
    condition = pod.condition("PodScheduled")
    since = _since(pod, "PodScheduled")
    refused = condition is not None and condition.status == "False"
    reason = condition.reason if condition is not None and refused else ""
    message = one_line(condition.message) if condition is not None and refused else "no scheduler has picked it up yet"
    late = _late(since, settings.schedule_grace, moment)
    if reason == "SchedulingGated":
        health = Health.DEGRADED if late else Health.PROGRESSING
        return Diagnosis(
            PodState(reason, health, since, message, kind=PodKind.UNSCHEDULED),
            Cause.GATE,
            "its scheduling gates are not removed",
        )
    # In every normal creation the scheduler runs before the claim is bound, and reports this for a moment.
    for_claims = ABOUT_CLAIMS.search(message) is not None
    if reason == "Unschedulable" and (late or not for_claims):
        cause = Cause.CLAIM if for_claims else Cause.SCHEDULING
        return Diagnosis(
            PodState("Unschedulable", Health.DEGRADED, since, message, kind=PodKind.UNSCHEDULED),
            cause,
            f"unschedulable: {without_preemption(message)}",
        )
    cause = Cause.CLAIM if for_claims else Cause.SCHEDULING
    if late:
        state = PodState("Pending", Health.DEGRADED, since, message, kind=PodKind.UNSCHEDULED)
        return Diagnosis(state, cause, f"not scheduled: {message}")
    because = "the scheduler waits for its PVCs" if for_claims else "waiting to be scheduled"
    state = PodState("Pending", Health.PROGRESSING, since, message, kind=PodKind.UNSCHEDULED)
    return Diagnosis(state, cause if for_claims else Cause.NONE, because)


def _on_lost_node(pod: Pod, readiness: Readiness, node: NodeView, settings: ModelSettings, moment: Moment) -> Diagnosis:
    # When the pod became Ready does not tell when its node was lost.
    since = node.since or (None if readiness.ready else _since(pod, "Ready"))
    match node.status:
        case NodeStatus.MISSING:
            label, because = "Node lost", f"node {node.name} is gone"
            detail = f"node {node.name} no longer exists; pod GC removes the pod"
        case NodeStatus.UNREACHABLE:
            label, because = "Node lost", f"node {node.name} is unreachable"
            detail = f"node {node.name} is unreachable; the state of its containers is unknown"
        case _:
            label, because = "Node not Ready", f"node {node.name} is not Ready"
            why = f" ({node.detail})" if node.detail else ""
            detail = f"node {node.name} is not Ready{why}; its containers may keep running"
    health = Health.DEGRADED if _late(since, settings.ready_grace, moment) else Health.WARNING
    return Diagnosis(PodState(label, health, since, detail, kind=PodKind.NODE_LOST), Cause.NODE, because)


def _marked(pod: Pod, node: NodeView, settings: ModelSettings, moment: Moment) -> Diagnosis:
    """A pod marked not Ready by the node controller, on a node not known to be lost."""
    since = _since(pod, "Ready")
    health = Health.DEGRADED if _late(since, settings.ready_grace, moment) else Health.WARNING
    if node.well:
        because = "not Ready: marked by the node controller, not updated by its kubelet since"
        detail = f"marked not Ready by the node controller; not updated by the kubelet of {node.name} since"
        return Diagnosis(PodState("Not Ready", health, since, detail, kind=PodKind.NOT_READY), Cause.SLOW, because)
    because = f"node {pod.spec.node_name} is unreachable or not Ready"
    why = f" ({node.detail})" if node.detail else ""
    detail = f"marked not Ready by the node controller; current state of node {pod.spec.node_name} unknown{why}"
    return Diagnosis(PodState("Node lost", health, since, detail, kind=PodKind.NODE_LOST), Cause.NODE, because)


def _broken(pod: Pod, container: ContainerDiagnosis) -> Diagnosis:
    # The Ready condition tells since when: of a pod that was Ready, when it stopped; of a new one, its creation.
    state = PodState(
        container.label, Health.DEGRADED, _since(pod, "Ready"), _message_of(container), kind=_kind(container)
    )
    if container.activity is ContainerActivity.IMAGE:
        return Diagnosis(state, Cause.IMAGE, f"image {container.image} cannot be pulled")
    if container.activity is ContainerActivity.CRASHING:
        return Diagnosis(state, Cause.CRASH, _deaths(container.label, container))
    because = f"{container.label}: {container.message}" if container.message else container.label
    return Diagnosis(state, Cause.CONFIG, because)


def _keeps_dying(container: ContainerDiagnosis, settings: ModelSettings, moment: Moment) -> bool:
    """Whether a container crashed often and recently, and will be in back-off again."""
    if container.restarts < _OFTEN or container.last_death is None:
        return False
    if container.activity not in (ContainerActivity.RUNNING, ContainerActivity.TERMINATED):
        return False
    died = container.last_death.finished_at
    return died is not None and not moment.passed(later(died, settings.crash_window))


def _dying(pod: Pod, container: ContainerDiagnosis) -> Diagnosis:
    label = "Restarting" if container.activity is ContainerActivity.RUNNING else container.label
    return Diagnosis(
        PodState(label, Health.DEGRADED, _since(pod, "Ready"), _message_of(container), kind=_kind(container)),
        Cause.CRASH,
        _deaths("crash-looping", container),
    )


def _not_restarted(container: ContainerDiagnosis) -> Diagnosis:
    """A container that terminated long ago and is neither restarted nor in back-off."""
    detail = f"container {container.name} terminated ({death_text(container.last_death)}) and is not restarted"
    state = PodState(container.label, Health.DEGRADED, container.since, _message_of(container), kind=_kind(container))
    return Diagnosis(state, Cause.SLOW, detail)


def _coming_up(pod: Pod, container: ContainerDiagnosis, settings: ModelSettings, moment: Moment) -> Diagnosis:
    death = container.last_death
    since = _latest(
        _transition(pod.condition("PodScheduled")),
        _transition(pod.condition("Ready")),
        death.finished_at if death is not None else None,
    )
    label, detail = container.label, container.message
    if _late(since, settings.ready_grace, moment):
        because = f"still {label}: {detail}" if detail else f"still {label}"
        return Diagnosis(PodState(label, Health.DEGRADED, since, detail, kind=_kind(container)), Cause.SLOW, because)
    health = Health.WARNING if _was_a_member(pod, settings, moment) else Health.PROGRESSING
    because = "starting" if label == "ContainerCreating" else f"starting ({label})"
    return Diagnosis(PodState(label, health, since, detail, kind=_kind(container)), because=because)


def _running(pod: Pod, container: ContainerDiagnosis, settings: ModelSettings, moment: Moment) -> Diagnosis:
    condition = pod.condition("Ready")
    unready = _transition(condition)
    message = one_line(condition.message) if condition is not None else ""
    gate = condition is not None and condition.reason == "ReadinessGatesNotReady"
    cause = Cause.GATE if gate else Cause.SLOW
    detail = message or (f"container {container.name} is not ready" if container.name else "")
    because = f"not Ready: {detail}" if detail else "not Ready"
    running = (status.state.running for status in pod.status.container_statuses)
    started = _latest(*(state.started_at for state in running if state is not None))
    since = _latest(started, unready) or pod.metadata.creation_timestamp
    if _late(since, settings.ready_grace, moment):
        return Diagnosis(PodState("Not Ready", Health.DEGRADED, since, detail, kind=PodKind.NOT_READY), cause, because)
    # Ready turns False when a container starts or exits. If it did so later, the pod had been Ready. Times of the API
    # are whole seconds.
    if started is not None and unready is not None and unready > later(started, 1):
        return Diagnosis(PodState("Not Ready", Health.WARNING, unready, detail, kind=PodKind.NOT_READY), cause, because)
    if _was_a_member(pod, settings, moment):
        death = death_text(container.last_death)
        because = f"restarting after {death}" if death else "restarting"
        state = PodState("Starting", Health.WARNING, since, detail, kind=PodKind.STARTING)
        return Diagnosis(state, Cause.CRASH, because)
    return Diagnosis(PodState("Starting", Health.PROGRESSING, since, detail, kind=PodKind.STARTING), because="starting")


def _pending(pod: Pod, settings: ModelSettings, moment: Moment) -> Diagnosis:
    since = _since(pod, "PodScheduled")
    detail = f"scheduled to {pod.spec.node_name}, not started by its kubelet yet"
    if _late(since, settings.ready_grace, moment):
        return Diagnosis(PodState("Pending", Health.DEGRADED, since, detail, kind=PodKind.STARTING), Cause.SLOW, detail)
    return Diagnosis(PodState("Pending", Health.PROGRESSING, since, detail, kind=PodKind.STARTING), because="starting")


def _kind(container: ContainerDiagnosis) -> PodKind:
    return PodKind.INITIALIZING if container.init else PodKind.CONTAINER


def _was_a_member(pod: Pod, settings: ModelSettings, moment: Moment) -> bool:
    """Whether this is a restart within an old pod, not the start of a new one."""
    return restarts(pod) > 0 and _late(pod.status.start_time, settings.ready_grace, moment)


def _message_of(container: ContainerDiagnosis) -> str:
    """The message of Kubernetes on a container, or else how it last exited."""
    if container.message:
        return container.message
    death = _deaths("", container)
    return f"container {container.name}: {death}" if death else ""


def _deaths(label: str, container: ContainerDiagnosis) -> str:
    """`CrashLoopBackOff, exit 1, 12 restarts`."""
    return ", ".join(part for part in (label, death_text(container.last_death), _times(container.restarts)) if part)


def _times(count: int) -> str:
    return {0: "", 1: "1 restart"}.get(count, f"{count} restarts")


def _late(since: datetime | None, grace: float, moment: Moment) -> bool:
    return since is not None and moment.passed(later(since, grace))


def _latest(*instants: datetime | None) -> datetime | None:
    return max((instant for instant in instants if instant is not None), default=None)


def _transition(condition: Condition | None) -> datetime | None:
    return condition.last_transition_time if condition is not None else None


def _since(pod: Pod, condition_type: str) -> datetime | None:
    return _transition(pod.condition(condition_type)) or pod.metadata.creation_timestamp
