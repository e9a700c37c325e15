"""What has to hold before a pod is removed.

For the plan, and again by a fresh list before each pod.
"""

from __future__ import annotations

from stsview.actions.plan import PodStep
from stsview.actions.preflight import checks
from stsview.actions.preflight.fresh_state import FreshState
from stsview.actions.requests.changed_meanwhile import recreated, replicas_changed, template_changed
from stsview.model.names import listed, short_revision
from stsview.model.settings import ModelSettings
from stsview.model.views import SetView
from stsview.objects.kinds import PODS


def others_unavailable(fresh: FreshState, pod: str) -> str:
    """Why not all other members exist and are available; empty where they are."""
    if why := fresh.unread(PODS):
        return f"cannot tell which members are available: {why}"
    view = fresh.view
    down = checks.down(fresh, [pod])
    if down:
        more = f" and {len(down) - 1} more" if len(down) > 1 else ""
        return f"{down[0].name}{more} {'is' if not more else 'are'} not available: {down[0].state.label}"
    leaving = [row.name for row in view.ordinals if row.surplus]
    if leaving:
        return f"{listed(leaving)} {'is' if len(leaving) == 1 else 'are'} being removed (scaling down)"
    rows = sum(1 for row in view.ordinals if row.expected)
    missing = view.replicas - rows
    return f"{missing} {'member is' if missing == 1 else 'members are'} missing" if missing > 0 else ""


def below_quorum(fresh: FreshState, pod: str, settings: ModelSettings) -> str:
    """Why the quorum would not be met without the pod.

    Empty where it would, or where none is configured.
    """
    needed = checks.quorum_of(fresh, settings)
    left = checks.members_up(fresh, [pod])
    if needed is None or left >= needed:
        return ""
    return f"without {pod} only {left} of {fresh.view.replicas} members are available, below the quorum of {needed}"


def rollout_in_progress(view: SetView) -> str:
    """Why the controller itself may remove pods; empty where it does not."""
    rollout = view.rollout
    if not rollout.observed:
        return "the controller has not observed the last change of the StatefulSet yet"
    if not rollout.active or rollout.held or rollout.on_delete:
        return ""
    return f"a rollout is in progress ({rollout.updated} of {rollout.expected} on {_short(view, rollout.update)})"


def set_changed(view: SetView, set_uid: str, revision: str, replicas: int) -> str:
    """What changed in the set since the plan was confirmed; empty where nothing did."""
    if view.uid != set_uid:
        return recreated(view.name)
    if view.rollout.observed and view.rollout.update != revision:
        return template_changed(view.rollout.update, view.name)
    if view.replicas != replicas:
        return replicas_changed(view.replicas)
    return ""


def recreated_otherwise(view: SetView, pod_step: PodStep) -> str:
    """Why the pod would be recreated on another revision than was confirmed.

    Empty where it would not.
    """
    row = next((row for row in view.ordinals if row.name == pod_step.pod and row.expected), None)
    if row is None or not view.rollout.observed or pod_step.revision in ("", row.comes_back_on):
        return ""
    back = _short(view, row.comes_back_on) if row.comes_back_on else "an unknown revision"
    return f"{pod_step.pod} would now be recreated on {back}, not on {_short(view, pod_step.revision)}"


def _short(view: SetView, revision: str) -> str:
    return short_revision(revision, view.name)
