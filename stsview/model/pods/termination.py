"""Terminating pods: how long they may still take, and what holds those that take longer."""

from __future__ import annotations

from datetime import datetime

from stsview.model.names import listed
from stsview.model.pods.containers import all_ended, begun
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
    """The state of a pod on `node` whose deletion has been asked for.

    `deadline` is its deletionTimestamp: the moment of the request plus the grace period (documentation: "Pod
    Lifecycle", termination of Pods; registry/rest/delete.go). Until then, and a little longer, ending is normal.
    """
    asked = later(deadline, -(pod.metadata.deletion_grace_period_seconds or 0))
    cause, holder = _held_by(pod, node, settings, moment)
    if moment.passed(later(deadline, settings.termination_slack)):
        return Diagnosis(
            PodState("stuck Terminating", Health.DEGRADED, asked, holder, kind=PodKind.STUCK_TERMINATING), cause, holder
        )
    if cause in (Cause.KUBELET, Cause.UNKNOWN_NODE) and node.name:
        # What would be suspicious later is the normal course of things for now.
        holder = f"node {node.name} has not confirmed its end yet"
    until = None if moment.passed(deadline) else deadline
    state = PodState("Terminating", Health.TERMINATING, asked, holder, until, PodKind.TERMINATING)
    return Diagnosis(state, cause, "Terminating")


def _held_by(pod: Pod, node: NodeView, settings: ModelSettings, moment: Moment) -> tuple[Cause, str]:
    """What keeps the object. Only a kubelet, pod GC or a person with force removes it, and none of them while it has
    finalizers (documentation: "Pod Lifecycle", "Finalizers")."""
    ended = pod.status.phase in ("Failed", "Succeeded") or all_ended(pod)
    finalizers = pod.metadata.finalizers
    named = f"{'finalizer' if len(finalizers) == 1 else 'finalizers'} {listed(finalizers)}"
    if finalizers and (ended or pod.metadata.deletion_grace_period_seconds == 0):
        return Cause.FINALIZER, f"{named} not removed"
    cause, words = _by_node(pod, ended, node, settings, moment)
    return cause, f"{words}; then {named} must go" if finalizers else words


def _by_node(pod: Pod, ended: bool, node: NodeView, settings: ModelSettings, moment: Moment) -> tuple[Cause, str]:
    name = node.name
    match node.status:
        case NodeStatus.NONE:
            return Cause.KUBELET, "it was never on a node, and is still there"
        case NodeStatus.MISSING:
            if node.since is not None and moment.passed(later(node.since, settings.orphan_grace)):
                return Cause.NODE, f"node {name} is gone, and pod GC has not removed the pod"
            return Cause.NODE, f"node {name} is gone, so nobody confirms its end; pod GC is to remove it"
        case NodeStatus.UNREACHABLE | NodeStatus.NOT_READY if node.out_of_service:
            return Cause.NODE, f"node {name} is marked as out of service; pod GC is to remove it"
        case NodeStatus.UNREACHABLE:
            return Cause.NODE, f"node {name} is silent, so nobody confirms its end"
        case NodeStatus.NOT_READY:
            told = f" ({node.detail})" if node.detail else ""
            return Cause.NODE, f"node {name} is not Ready{told}, and has not confirmed its end"
        case NodeStatus.UNKNOWN if node_lost(pod):
            return Cause.NODE, f"node {name} is silent or not Ready, so nobody confirms its end"
        case NodeStatus.UNKNOWN:
            return Cause.UNKNOWN_NODE, f"node {name} has not confirmed its end, and may be lost: {node.detail}"
    if ended:
        return Cause.KUBELET, f"its containers have ended; node {name} is Ready and does not let go of it"
    if not begun(pod):
        return Cause.KUBELET, f"node {name} is Ready, and its kubelet has never begun with it"
    return Cause.KUBELET, f"node {name} is Ready, and its kubelet has not ended its containers"
