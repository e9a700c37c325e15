"""The pods that block their own replacement, on a list that was read just now."""

from __future__ import annotations

from stsview.actions.preflight.fresh_state import FreshState
from stsview.model.pods.readiness import is_ready
from stsview.model.rollout.blocked import blocks_in_order, first_unavailable
from stsview.model.views import OrdinalView


def blocking(found: FreshState) -> OrdinalView | None:
    """The lowest pod that blocks its own replacement; None where there is none, or where that is not known.

    It is the first one that the controller waits for: while a lower pod is unavailable for another reason the
    controller does not get to it, and deleting it would not help.
    """
    first = first_unavailable(found.view)
    return first if first is not None and _blocks(first, found) else None


def held_up(found: FreshState) -> list[OrdinalView]:
    """All pods that block their own replacement, or will once the controller gets to them; the lowest first.

    Their successors would run the update revision. Not among them: a pod that is Ready but not yet for
    minReadySeconds, which becomes available by itself, and a pod on a lost node, where its end would not be confirmed.
    """
    return sorted((row for row in found.view.ordinals if _blocks(row, found)), key=lambda row: row.ordinal)


def _blocks(row: OrdinalView, found: FreshState) -> bool:
    pod = found.objects.pods.get(row.name)
    if pod is None or pod.metadata.uid != row.uid or pod.metadata.deletion_timestamp is not None or is_ready(pod):
        return False
    return blocks_in_order(row, found.view)
