"""What has to be so before a pod may go: for the plan, and again on a fresh list before each of its steps."""

from __future__ import annotations

from stsview.actions.plan import PodStep
from stsview.actions.preflight import checks
from stsview.actions.preflight.fresh_state import FreshState
from stsview.actions.requests.changed_meanwhile import recreated, replicas_changed, template_changed
from stsview.model.names import listed, short_revision
from stsview.model.settings import ModelSettings
from stsview.model.views import SetView
from stsview.objects.kinds import PODS


def not_up(found: FreshState, pod: str) -> str:
    """Why the others are not all there and available; empty where they are."""
    if why := found.unread(PODS):
        return f"which members are up is unknown: {why}"
    view = found.view
    down = checks.down(found, [pod])
    if down:
        more = f" and {len(down) - 1} more" if len(down) > 1 else ""
        return f"{down[0].name}{more} {'is' if not more else 'are'} not available: {down[0].state.label}"
    leaving = [row.name for row in view.ordinals if row.surplus]
    if leaving:
        return f"{listed(leaving)} {'is' if len(leaving) == 1 else 'are'} being removed"
    rows = sum(1 for row in view.ordinals if row.expected)
    return f"{view.replicas - rows} members are missing" if rows < view.replicas else ""


def below_floor(found: FreshState, pod: str, settings: ModelSettings) -> str:
    """Why too few would be left without it, where the quorum is known; empty where enough are."""
    needed = checks.quorum_of(found, settings)
    left = checks.members_up(found, [pod])
    if needed is None or left >= needed:
        return ""
    return f"without {pod} {left} of {found.view.replicas} members are up, fewer than the quorum of {needed}"


def moving(view: SetView) -> str:
    """Why the controller itself may take pods away; empty where it does not."""
    rollout = view.rollout
    if not rollout.observed:
        return "the controller has not seen the set's last change yet"
    if not rollout.active or rollout.held or rollout.on_delete:
        return ""
    return f"a rollout is under way: {rollout.updated} of {rollout.expected} run {_short(view, rollout.update)}"


def changed(view: SetView, set_uid: str, revision: str, replicas: int) -> str:
    """What somebody has done to the set since it was confirmed, so that it is to be asked anew; empty: nothing."""
    if view.uid != set_uid:
        return recreated(view.name)
    if view.rollout.observed and view.rollout.update != revision:
        return template_changed(view.rollout.update, view.name)
    if view.replicas != replicas:
        return replicas_changed(view.replicas)
    return ""


def comes_back_otherwise(view: SetView, pod_step: PodStep) -> str:
    """Why it would come back on another revision than was confirmed; empty where it would not."""
    row = next((row for row in view.ordinals if row.name == pod_step.pod and row.expected), None)
    if row is None or not view.rollout.observed or pod_step.revision in ("", row.comes_back_on):
        return ""
    back = _short(view, row.comes_back_on) if row.comes_back_on else "a revision that is unknown"
    return f"{pod_step.pod} would come back on {back} now, not on {_short(view, pod_step.revision)}"


def _short(view: SetView, revision: str) -> str:
    return short_revision(revision, view.name)
