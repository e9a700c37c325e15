"""The pod for which a rollout waits for ever: in order, the controller replaces none while one is not available, the
one that it would replace included (kubernetes/kubernetes#67250)."""

from __future__ import annotations

from stsview.model.views import OrdinalView, Place, SetView, Strategy


def blocking(view: SetView) -> OrdinalView | None:
    """The lowest pod that holds up its own replacement; None where there is none, or where it is not known.

    Its successor would run the update revision. It is the first that the controller waits for: below a pod that is
    unavailable for another reason it does not get to it, and to delete it would help nobody.
    """
    rollout = view.rollout
    if view.policy == "Parallel" or rollout.strategy != Strategy.ROLLING_UPDATE.value or not rollout.observed:
        return None
    first = first_down(view)
    if first is None or first.uid is None or first.state.word.endswith("Terminating"):
        return None
    held = first.ordinal - view.start < rollout.partition
    return first if first.at_update is False and not held and first.comes_back_on == rollout.update else None


def first_down(view: SetView) -> OrdinalView | None:
    """The lowest member that is not available, for which a set in order waits."""
    down = (row for row in view.ordinals if row.place is Place.EXPECTED and not row.available)
    return min(down, key=lambda row: row.ordinal, default=None)
