"""Terminating pods: their deadline, and what holds them up after it."""

from __future__ import annotations

from datetime import datetime

from stsview.model.names import listed
from stsview.model.pods.containers import all_terminated, ever_started
from stsview.model.pods.diagnosis import Cause, Diagnosis
from stsview.model.pods.readiness import node_lost
from stsview.model.settings import ModelSettings
from stsview.model.states import Health, NodeStatus, PodKind
from stsview.model.timing.moment import Moment, later
from stsview.model.views import NodeView, PodState
from stsview.objects.pod import Pod


def diagnose_termination(
    pod: Pod, deadline: datetime, node: NodeView, settings: ModelSettings, moment: Moment
) -> Diagnosis:
    """The state of a pod on `node` whose deletion was requested.

    `deadline` is its deletionTimestamp: the time of the request plus the grace period (documentation: "Pod Lifecycle",
    termination of Pods; registry/rest/delete.go). Until then, and a little longer, Terminating is normal.
    """
    requested = later(deadline, -(pod.metadata.deletion_grace_period_seconds or 0))
    cause, holder = _held_by(pod, node, settings, moment)
    if moment.passed(later(deadline, settings.termination_slack)):
        return Diagnosis(
            PodState("stuck Terminating", Health.DEGRADED, requested, holder, kind=PodKind.STUCK_TERMINATING),
            cause,
            holder,
        )
    if cause in (Cause.KUBELET, Cause.UNKNOWN_NODE) and node.name:
        # This is suspicious later, and normal for now.
        holder = f"node {node.name} has not confirmed the termination yet"
    until = None if moment.passed(deadline) else deadline
    state = PodState("Terminating", Health.TERMINATING, requested, holder, until, PodKind.TERMINATING)
    return Diagnosis(state, cause, "Terminating")


def _held_by(pod: Pod, node: NodeView, settings: ModelSettings, moment: Moment) -> tuple[Cause, str]:
    """What keeps the pod object from being removed.

    Only the kubelet, pod GC or a force delete removes it, and none of them while it has finalizers (documentation: "Pod
    Lifecycle", "Finalizers").
    """
    ended = pod.status.phase in ("Failed", "Succeeded") or all_terminated(pod)
    finalizers = pod.metadata.finalizers
    named = f"{'finalizer' if len(finalizers) == 1 else 'finalizers'} {listed(finalizers)}"
    if finalizers and (ended or pod.metadata.deletion_grace_period_seconds == 0):
        return Cause.FINALIZER, f"{named} not removed"
    cause, reason = _by_node(pod, ended, node, settings, moment)
    return cause, f"{reason}; then {named} must be removed" if finalizers else reason


def _by_node(pod: Pod, ended: bool, node: NodeView, settings: ModelSettings, moment: Moment) -> tuple[Cause, str]:
    name = node.name
    match node.status:
        case NodeStatus.NONE:
            return Cause.KUBELET, "never scheduled to a node, and not removed"
        case NodeStatus.MISSING:
            if node.since is not None and moment.passed(later(node.since, settings.orphan_grace)):
                return Cause.NODE, f"node {name} is gone, and pod GC has not removed the pod"
            return Cause.NODE, f"node {name} is gone, termination not confirmed; pod GC will remove the pod"
        case NodeStatus.UNREACHABLE | NodeStatus.NOT_READY if node.out_of_service:
            return Cause.NODE, f"node {name} is tainted out-of-service; pod GC will remove the pod"
        case NodeStatus.UNREACHABLE:
            return Cause.NODE, f"node {name} unreachable, termination not confirmed"
        case NodeStatus.NOT_READY:
            why = f" ({node.detail})" if node.detail else ""
            return Cause.NODE, f"node {name} is not Ready{why}, termination not confirmed"
        case NodeStatus.UNKNOWN if node_lost(pod):
            return Cause.NODE, f"node {name} unreachable or not Ready, termination not confirmed"
        case NodeStatus.UNKNOWN:
            return Cause.UNKNOWN_NODE, f"node {name} has not confirmed the termination, and may be lost: {node.detail}"
    if ended:
        return Cause.KUBELET, f"its containers have exited, but node {name} is Ready and does not release the pod"
    if not ever_started(pod):
        return Cause.KUBELET, f"node {name} is Ready, but its kubelet never started the pod"
    return Cause.KUBELET, f"node {name} is Ready, but its kubelet has not stopped the containers"
