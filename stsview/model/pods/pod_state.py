"""The state of a pod in one word, with its reason, and how grave it is."""

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
from stsview.model.pods.termination import diagnose_termination
from stsview.model.settings import ModelSettings
from stsview.model.states import Health, NodeStatus, PodKind
from stsview.model.timing.moment import Moment, later
from stsview.model.views import NodeView, PodState
from stsview.objects.meta import Condition
from stsview.objects.pod import Pod

_OFTEN = 2
"""Restarts from which on a container that is not ready counts as crashing: a first one may be a liveness probe's."""


def diagnose_pod(
    pod: Pod,
    readiness: Readiness,
    node: NodeView,
    min_ready_seconds: int,
    settings: ModelSettings,
    moment: Moment,
) -> Diagnosis:
    """The state of a pod that exists, on `node`. BROKEN is what does not get better by itself; what may get better has
    a time of grace for it, and is MOVING until that is over; WARNING is a member that was fine and no longer is.

    On a node that is lost nothing that the pod says of itself is current, not even that it is Ready.
    """
    if (deadline := pod.metadata.deletion_timestamp) is not None:
        return diagnose_termination(pod, deadline, node, settings, moment)
    if pod.status.phase in ("Failed", "Succeeded"):
        return _ended(pod)
    if node.lost:
        return _on_lost_node(pod, readiness, node, settings, moment)
    if readiness.ready:
        return _ready(pod, readiness, min_ready_seconds)
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
        word = container.label
        return Diagnosis(
            PodState(word, Health.WARNING, container.since, _told(container), kind=_kind(container)),
            Cause.CRASH,
            f"container {container.name} ended: {death_text(container.last_death)}",
        )
    if container.activity in (ContainerActivity.CREATING, ContainerActivity.INITIALIZING):
        return _coming_up(pod, container, settings, moment)
    if pod.status.phase in ("Pending", ""):
        return _pending(pod, settings, moment)
    return _running(pod, container, settings, moment)


def _ended(pod: Pod) -> Diagnosis:
    failed = pod.status.phase == "Failed"
    word = safe_reason(pod.status.reason, "Failed" if failed else "Completed")
    ends = [
        status.state.terminated.finished_at
        for status in pod.status.container_statuses
        if status.state.terminated is not None and status.state.terminated.finished_at is not None
    ]
    since = max(ends) if ends else _since(pod, "Ready")
    detail = one_line(pod.status.message)
    return Diagnosis(
        PodState(word, Health.DEGRADED, since, detail, kind=PodKind.ENDED),
        Cause.ENDED,
        f"{word}: {detail}" if detail else word,
    )


def _ready(pod: Pod, readiness: Readiness, min_ready_seconds: int) -> Diagnosis:
    since = _transition(readiness.condition) or pod.metadata.creation_timestamp
    if readiness.available:
        return Diagnosis(PodState("Ready", Health.READY, since, kind=PodKind.READY))
    detail = f"Ready, counts as available after minReadySeconds {min_ready_seconds}"
    return Diagnosis(
        PodState("Warming up", Health.PROGRESSING, since, detail, readiness.available_at, PodKind.WARMING_UP),
        because=f"warming up for minReadySeconds {min_ready_seconds}",
    )


def _unscheduled(pod: Pod, settings: ModelSettings, moment: Moment) -> Diagnosis:
    condition = pod.condition("PodScheduled")
    since = _since(pod, "PodScheduled")
    refused = condition is not None and condition.status == "False"
    reason = condition.reason if condition is not None and refused else ""
    message = one_line(condition.message) if condition is not None and refused else "no scheduler has taken it up yet"
    late = _late(since, settings.schedule_grace, moment)
    if reason == "SchedulingGated":
        health = Health.DEGRADED if late else Health.PROGRESSING
        return Diagnosis(
            PodState(reason, health, since, message, kind=PodKind.UNSCHEDULED),
            Cause.GATE,
            "its scheduling gates are not removed",
        )
    # In each normal creation the scheduler is there before the claim is bound, and says so in this way for a moment.
    for_claims = "persistentvolumeclaim" in message.lower()
    if reason == "Unschedulable" and (late or not for_claims):
        cause = Cause.CLAIM if for_claims else Cause.SCHEDULING
        return Diagnosis(
            PodState("Unschedulable", Health.DEGRADED, since, message, kind=PodKind.UNSCHEDULED),
            cause,
            f"cannot be scheduled: {message.partition(' preemption:')[0]}",
        )
    cause = Cause.CLAIM if for_claims else Cause.SCHEDULING
    if late:
        state = PodState("Pending", Health.DEGRADED, since, message, kind=PodKind.UNSCHEDULED)
        return Diagnosis(state, cause, f"not scheduled: {message}")
    because = "scheduler waits for its claims" if for_claims else "waits to be scheduled"
    state = PodState("Pending", Health.PROGRESSING, since, message, kind=PodKind.UNSCHEDULED)
    return Diagnosis(state, cause if for_claims else Cause.NONE, because)


def _on_lost_node(pod: Pod, readiness: Readiness, node: NodeView, settings: ModelSettings, moment: Moment) -> Diagnosis:
    # Since when a pod is Ready says nothing of since when its node is gone.
    since = node.since or (None if readiness.ready else _since(pod, "Ready"))
    match node.status:
        case NodeStatus.MISSING:
            word, because = "Node lost", f"its node {node.name} is gone"
            detail = f"there is no node {node.name} any more; pod GC removes the pod"
        case NodeStatus.UNREACHABLE:
            word, because = "Node lost", f"its node {node.name} is silent"
            detail = f"node {node.name} is silent; what its containers do is not known"
        case _:
            word, because = "Node not Ready", f"its node {node.name} is not Ready"
            told = f" ({node.detail})" if node.detail else ""
            detail = f"node {node.name} is not Ready{told}; its containers may run on"
    health = Health.DEGRADED if _late(since, settings.ready_grace, moment) else Health.WARNING
    return Diagnosis(PodState(word, health, since, detail, kind=PodKind.NODE_LOST), Cause.NODE, because)


def _marked(pod: Pod, node: NodeView, settings: ModelSettings, moment: Moment) -> Diagnosis:
    """What the node controller, and nobody else, made not ready, and of whose node nothing bad is known."""
    since = _since(pod, "Ready")
    health = Health.DEGRADED if _late(since, settings.ready_grace, moment) else Health.WARNING
    if node.well:
        because = "not Ready: the node controller made it so, and its kubelet has not answered to that"
        detail = f"made not ready by the node controller; the kubelet of {node.name} has not answered to that"
        return Diagnosis(PodState("Not Ready", health, since, detail, kind=PodKind.NOT_READY), Cause.SLOW, because)
    because = f"its node {pod.spec.node_name} is silent or not Ready"
    why = f" ({node.detail})" if node.detail else ""
    detail = f"made not ready by the node controller; how node {pod.spec.node_name} is now is not known{why}"
    return Diagnosis(PodState("Node lost", health, since, detail, kind=PodKind.NODE_LOST), Cause.NODE, because)


def _broken(pod: Pod, container: ContainerDiagnosis) -> Diagnosis:
    # Of a pod that was Ready before, its Ready condition tells since when it is not; of a new one, since it was made.
    state = PodState(container.label, Health.DEGRADED, _since(pod, "Ready"), _told(container), kind=_kind(container))
    if container.activity is ContainerActivity.IMAGE:
        return Diagnosis(state, Cause.IMAGE, f"image {container.image} cannot be pulled")
    if container.activity is ContainerActivity.CRASHING:
        return Diagnosis(state, Cause.CRASH, _deaths(container.label, container))
    because = f"{container.label}: {container.message}" if container.message else container.label
    return Diagnosis(state, Cause.CONFIG, because)


def _keeps_dying(container: ContainerDiagnosis, settings: ModelSettings, moment: Moment) -> bool:
    """Whether a container that is not in back-off just now is about to be, having died often and lately."""
    if container.restarts < _OFTEN or container.last_death is None:
        return False
    if container.activity not in (ContainerActivity.RUNNING, ContainerActivity.TERMINATED):
        return False
    died = container.last_death.finished_at
    return died is not None and not moment.passed(later(died, settings.crash_window))


def _dying(pod: Pod, container: ContainerDiagnosis) -> Diagnosis:
    word = "Restarting" if container.activity is ContainerActivity.RUNNING else container.label
    return Diagnosis(
        PodState(word, Health.DEGRADED, _since(pod, "Ready"), _told(container), kind=_kind(container)),
        Cause.CRASH,
        _deaths("crashes again and again", container),
    )


def _coming_up(pod: Pod, container: ContainerDiagnosis, settings: ModelSettings, moment: Moment) -> Diagnosis:
    death = container.last_death
    since = _latest(
        _transition(pod.condition("PodScheduled")),
        _transition(pod.condition("Ready")),
        death.finished_at if death is not None else None,
    )
    word, detail = container.label, container.message
    if _late(since, settings.ready_grace, moment):
        because = f"still {word}: {detail}" if detail else f"still {word}"
        return Diagnosis(PodState(word, Health.DEGRADED, since, detail, kind=_kind(container)), Cause.SLOW, because)
    health = Health.WARNING if _was_a_member(pod, settings, moment) else Health.PROGRESSING
    because = "starting" if word == "ContainerCreating" else f"starting ({word})"
    return Diagnosis(PodState(word, health, since, detail, kind=_kind(container)), because=because)


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
    # Ready turns False with the start or the death of a container. Where it did so later, the pod had been Ready; the
    # times of the API are whole seconds.
    if started is not None and unready is not None and unready > later(started, 1):
        return Diagnosis(PodState("Not Ready", Health.WARNING, unready, detail, kind=PodKind.NOT_READY), cause, because)
    if _was_a_member(pod, settings, moment):
        death = death_text(container.last_death)
        because = f"starting again after {death}" if death else "starting again"
        state = PodState("Starting", Health.WARNING, since, detail, kind=PodKind.STARTING)
        return Diagnosis(state, Cause.CRASH, because)
    return Diagnosis(PodState("Starting", Health.PROGRESSING, since, detail, kind=PodKind.STARTING), because="starting")


def _pending(pod: Pod, settings: ModelSettings, moment: Moment) -> Diagnosis:
    since = _since(pod, "PodScheduled")
    detail = f"scheduled to {pod.spec.node_name}, whose kubelet has not begun yet"
    if _late(since, settings.ready_grace, moment):
        return Diagnosis(PodState("Pending", Health.DEGRADED, since, detail, kind=PodKind.STARTING), Cause.SLOW, detail)
    return Diagnosis(PodState("Pending", Health.PROGRESSING, since, detail, kind=PodKind.STARTING), because="starting")


def _kind(container: ContainerDiagnosis) -> PodKind:
    return PodKind.INITIALIZING if container.init else PodKind.CONTAINER


def _was_a_member(pod: Pod, settings: ModelSettings, moment: Moment) -> bool:
    """Whether this is a restart within a pod that has long been there, and not the start of a new one."""
    return restarts(pod) > 0 and _late(pod.status.start_time, settings.ready_grace, moment)


def _told(container: ContainerDiagnosis) -> str:
    """The cluster's own words on a container, or what is known of its death."""
    if container.message:
        return container.message
    death = _deaths("", container)
    return f"container {container.name}: {death}" if death else ""


def _deaths(word: str, container: ContainerDiagnosis) -> str:
    """`CrashLoopBackOff, exit 1, 12 restarts`."""
    return ", ".join(part for part in (word, death_text(container.last_death), _times(container.restarts)) if part)


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
