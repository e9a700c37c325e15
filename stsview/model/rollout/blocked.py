"""Pods that block their own replacement.

With OrderedReady the controller replaces no pod while another one is not available, and it waits for a broken outdated
pod as well, which only its replacement could repair (kubernetes/kubernetes#67250). With Parallel and maxUnavailable
some versions count such a pod against the budget of the update that would replace it (kubernetes/kubernetes#137409).
"""

from __future__ import annotations

from typing import Protocol

from stsview.model.pods.diagnosis import Cause, Diagnosis
from stsview.model.pods.scheduling import template_at_fault
from stsview.model.rollout.partition import partition_reaches
from stsview.model.views import OrdinalView, SetView


class OrdinalPod(Protocol):
    """The pod of one ordinal: a `Row` in a derivation, an `OrdinalView` in a view."""

    @property
    def outdated(self) -> bool: ...
    @property
    def ready(self) -> bool: ...
    @property
    def available(self) -> bool: ...
    @property
    def terminating(self) -> bool: ...
    @property
    def ended(self) -> bool: ...
    @property
    def broken(self) -> bool: ...
    @property
    def on_lost_node(self) -> bool: ...


def blocks_own_replacement(pod: OrdinalPod, *, diagnosis: Diagnosis | None = None, may_recover: bool = False) -> bool:
    """Whether the controller waits for a pod that only another revision can repair.

    Whether the set replaces its pods in order, and on which revision the pod would come back, is for the caller to ask.

    Never such a pod: one that runs the update revision, is Ready, or is terminating; one that has ended, which the
    controller deletes itself (stateful_set_control.go, processReplica); one on a lost node, whose kubelet would not
    confirm the deletion.

    `diagnosis`: why the pod is not Ready, where that is known. It excludes pods that another template does not help:
    their claims are not bound, or the scheduler names a reason that is not in the pod.
    `may_recover`: also count a pod that is not Ready but may still become so; otherwise only a broken one.
    """
    if not pod.outdated or pod.ready or pod.available or pod.terminating or pod.ended or pod.on_lost_node:
        return False
    if diagnosis is not None and not _template_may_help(diagnosis):
        return False
    return pod.broken or may_recover


def _template_may_help(diagnosis: Diagnosis) -> bool:
    if diagnosis.cause is Cause.SCHEDULING:
        return template_at_fault(diagnosis.state.detail)
    return diagnosis.cause not in (Cause.NODE, Cause.UNKNOWN_NODE, Cause.CLAIM)


def blocks_in_order(row: OrdinalView, view: SetView) -> bool:
    """Whether the pod of `row` blocks its own replacement, now or later in the order.

    Its set is updated in order, the controller has observed the update, and the successor would run the update
    revision. It need not be broken yet: a pod that is not Ready blocks for as long as it is not.

    With Parallel only a broken pod blocks, and only where such pods use up maxUnavailable.
    """
    rollout = view.rollout
    if not rollout.rolling or not rollout.observed:
        return False
    if not row.expected or row.missing or not partition_reaches(row, view) or row.comes_back_on != rollout.update:
        return False
    if view.policy == "Parallel":
        return max_unavailable_used_up(view) and blocks_own_replacement(row)
    return blocks_own_replacement(row, may_recover=True)


def max_unavailable_used_up(view: SetView) -> bool:
    """Whether pods that are down, and do not come back by themselves, leave no budget for the update."""
    budget = view.rollout.max_unavailable
    down = [row for row in view.ordinals if row.expected and not row.available]
    return budget is not None and len(down) >= budget and not any(row.missing or row.terminating for row in down)


def first_unavailable(view: SetView) -> OrdinalView | None:
    """The lowest unavailable expected ordinal, which OrderedReady waits for."""
    down = (row for row in view.ordinals if row.expected and not row.available)
    return min(down, key=lambda row: row.ordinal, default=None)


def seems_blocked(view: SetView) -> bool:
    """Whether the pod that the controller waits for seems to block its replacement.

    Only a fresh list can prove it.
    """
    if view.policy == "Parallel":
        return any(blocks_in_order(row, view) for row in view.ordinals)
    first = first_unavailable(view)
    return first is not None and blocks_in_order(first, view)
