"""The pod for which a rollout waits for ever: in order, the controller replaces none while one is not available, the
one that it would replace included (kubernetes/kubernetes#67250)."""

from __future__ import annotations

from stsview.actions.preflight.fresh_state import FreshState
from stsview.model.pods.readiness import is_ready
from stsview.model.views import OrdinalView, Place, SetView, Strategy, Stretch, Suspicion

_ENDED = ("Failed", "Succeeded")
"""Phases in which the controller deletes a pod itself (stateful_set_control.go, processReplica)."""


def blocking(found: FreshState) -> OrdinalView | None:
    """The lowest pod that holds up its own replacement; None where there is none, or where it is not known.

    It is the first that the controller waits for: below a pod that is unavailable for another reason it does not get
    to it, and to delete it would help nobody.
    """
    first = first_down(found.view)
    return first if first is not None and _holds_itself_up(first, found) else None


def held_up(found: FreshState) -> list[OrdinalView]:
    """All pods that hold up their own replacement, or will once the controller gets to them; the lowest first.

    Their successors would run the update revision. A pod that is Ready, and only not yet for minReadySeconds, is none:
    it gets available by itself. Nor is one whose node is lost: nobody would confirm its end.
    """
    return sorted((row for row in found.view.ordinals if _holds_itself_up(row, found)), key=lambda row: row.ordinal)


def seems_blocked(view: SetView) -> bool:
    """Whether a live view says that a fresh list may show a pod that blocks."""
    first = first_down(view)
    ends = first is not None and any(phase.stretch is Stretch.ENDING for phase in first.phases)
    return first is not None and not ends and not first.ready and _is_outdated(first, view)


def first_down(view: SetView) -> OrdinalView | None:
    """The lowest member that is not available, for which a set in order waits."""
    down = (row for row in view.ordinals if row.place is Place.EXPECTED and not row.available)
    return min(down, key=lambda row: row.ordinal, default=None)


def _holds_itself_up(row: OrdinalView, found: FreshState) -> bool:
    pod = found.objects.pods.get(row.name)
    if pod is None or pod.metadata.uid != row.uid or row.available:
        return False
    if pod.metadata.deletion_timestamp is not None or pod.status.phase in _ENDED or is_ready(pod):
        return False
    return _is_outdated(row, found.view)


def _is_outdated(row: OrdinalView, view: SetView) -> bool:
    """Whether it runs another revision than its successor would, in a set that is updated in order."""
    rollout = view.rollout
    if view.policy == "Parallel" or rollout.strategy != Strategy.ROLLING_UPDATE.value or not rollout.observed:
        return False
    if row.place is not Place.EXPECTED or row.uid is None or row.node_state.suspicion >= Suspicion.LOST:
        return False
    held = row.ordinal - view.start < rollout.partition
    return row.at_update is False and not held and row.comes_back_on == rollout.update
