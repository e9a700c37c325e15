"""How long a pod may stay on a tainted node."""

from __future__ import annotations

from datetime import datetime

from stsview.model.base import Record
from stsview.model.timing.moment import later
from stsview.objects.node import Node, Taint
from stsview.objects.pod import Pod, Toleration

NO_EXECUTE = "NoExecute"


class Eviction(Record, frozen=True):
    """When the taint manager evicts one pod from a node with `NoExecute` taints."""

    taint: Taint
    """The taint that decides."""
    seconds: int | None
    """Seconds until it deletes the pod; None: never."""
    at: datetime | None
    """When that is; None unless every taint says when it was added."""


def eviction_of(pod: Pod, node: Node) -> Eviction | None:
    """The eviction of `pod` from `node`; None where the node has no `NoExecute` taint.

    For each taint the first matching toleration counts, and of those the shortest; seconds count from the earliest
    taint (pkg/controller/tainteviction/taint_eviction.go, processPodOnNode; documentation: "Taints and
    Tolerations").
    """
    taints = [taint for taint in node.spec.taints if taint.effect == NO_EXECUTE]
    if not taints:
        return None
    added = [taint.time_added for taint in taints if taint.time_added is not None]
    start = min(added) if len(added) == len(taints) else None
    shortest: tuple[int, Taint] | None = None
    for taint in taints:
        toleration = next((one for one in pod.spec.tolerations if tolerates(one, taint)), None)
        if toleration is None:
            return Eviction(taint, 0, start)
        seconds = toleration.toleration_seconds
        if seconds is not None and (shortest is None or seconds < shortest[0]):
            shortest = max(0, seconds), taint
    if shortest is None:
        return Eviction(taints[0], None, None)
    seconds, taint = shortest
    return Eviction(taint, seconds, later(start, seconds) if start is not None else None)


def tolerates(toleration: Toleration, taint: Taint) -> bool:
    """Whether a toleration matches a taint; unknown operators match nothing.

    staging/src/k8s.io/api/core/v1/toleration.go, ToleratesTaint.
    """
    if toleration.effect and toleration.effect != taint.effect:
        return False
    if toleration.key and toleration.key != taint.key:
        return False
    if toleration.operator == "Exists":
        return True
    return toleration.operator in ("", "Equal") and toleration.value == taint.value
