"""Terminating pods: how long they may still take, and what holds those that take longer."""

from __future__ import annotations

from datetime import datetime

from stsview.model.containers import all_ended
from stsview.model.moment import Moment, later
from stsview.model.names import listed
from stsview.model.readiness import node_lost
from stsview.model.reading import Cause, Reading
from stsview.model.settings import ModelSettings
from stsview.model.views import PodState, Tone
from stsview.objects.pod import Pod


def read_termination(pod: Pod, deadline: datetime, settings: ModelSettings, moment: Moment) -> Reading:
    """The state of a pod whose deletion has been asked for.

    `deadline` is its deletionTimestamp: the moment of the request plus the grace period (documentation: "Pod
    Lifecycle", termination of Pods; registry/rest/delete.go). Until then, and a little longer, ending is normal.
    """
    asked = later(deadline, -(pod.metadata.deletion_grace_period_seconds or 0))
    cause, holder = _held_by(pod)
    if not moment.passed(deadline):
        return Reading(PodState("Terminating", Tone.GOING, asked, holder, until=deadline), cause, "Terminating")
    if not moment.passed(later(deadline, settings.termination_slack)):
        return Reading(PodState("Terminating", Tone.GOING, asked, holder), cause, "Terminating")
    return Reading(PodState("stuck Terminating", Tone.BROKEN, asked, holder), cause, holder)


def _held_by(pod: Pod) -> tuple[Cause, str]:
    """What keeps the object, as far as the pod alone shows it."""
    ended = pod.status.phase in ("Failed", "Succeeded") or all_ended(pod)
    finalizers = pod.metadata.finalizers
    if finalizers and (ended or pod.metadata.deletion_grace_period_seconds == 0):
        word = "finalizer" if len(finalizers) == 1 else "finalizers"
        return Cause.FINALIZER, f"{word} {listed(finalizers)} not removed"
    node = pod.spec.node_name
    if node_lost(pod):
        return Cause.NODE, f"node {node} is silent or not Ready, so nobody confirms its end"
    if ended:
        return Cause.KUBELET, f"its containers have ended, node {node} has not confirmed it"
    if node:
        return Cause.KUBELET, f"node {node} has not confirmed its end"
    return Cause.KUBELET, "it was never on a node, and is still there"
