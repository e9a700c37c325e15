"""Pods that block their own update, judged on a fresh list."""

from __future__ import annotations

from stsview.actions.preflight.fresh_state import FreshState
from stsview.model.pods.readiness import is_ready
from stsview.model.rollout.blocked import blocks_in_order, first_unavailable
from stsview.model.views import OrdinalView


def blocking_pod(fresh: FreshState) -> OrdinalView | None:
    """The lowest pod that blocks its own update, if any.

    None also if that is unknown.

    It is the pod that the controller waits for: while a lower pod is unavailable for another reason the controller
    does not reach it, and deleting it would not help. With Parallel the controller waits for no particular pod.
    """
    if fresh.view.policy == "Parallel":
        return next(iter(self_blocking_pods(fresh)), None)
    first = first_unavailable(fresh.view)
    return first if first is not None and _blocks(first, fresh) else None


def self_blocking_pods(fresh: FreshState) -> list[OrdinalView]:
    """All pods that block their own update, the lowest first.

    Now, or once the controller reaches them.

    Their replacements would run the update revision. Excluded are a pod that is Ready but not yet for minReadySeconds,
    which becomes available by itself, and a pod on a lost node, where its termination would not be confirmed.
    """
    return sorted((row for row in fresh.view.ordinals if _blocks(row, fresh)), key=lambda row: row.ordinal)


def _blocks(row: OrdinalView, fresh: FreshState) -> bool:
    pod = fresh.objects.pods.get(row.name)
    if pod is None or pod.metadata.uid != row.uid or pod.metadata.deletion_timestamp is not None or is_ready(pod):
        return False
    return blocks_in_order(row, fresh.view)
