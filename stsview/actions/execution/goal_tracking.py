"""How far a goal is: judged by the live view of its set, step by step."""

from __future__ import annotations

from datetime import datetime

from stsview.actions.execution.rollout_tracking import RolloutTracker
from stsview.actions.goals import (
    Goal,
    GoalTracker,
    GoalView,
    HeldAt,
    Reconciled,
    Replaced,
    RolledOut,
    ScaledTo,
    StepView,
)
from stsview.actions.requests.changed_meanwhile import partition_changed, replicas_changed, set_missing
from stsview.model.names import listed
from stsview.model.states import AttachmentStatus, ClaimStatus
from stsview.model.views import ClaimView, OrdinalView, Place, SetView


def goal_tracker(goal: Goal, set_uid: str) -> GoalTracker:
    """What judges how far a goal is, by one live view of its set after the other and the server's time.

    To be used for one follow-up alone: some goals remember what was seen before.
    """
    if isinstance(goal, RolledOut):
        return RolloutTracker(goal, set_uid).evaluate

    def evaluate(view: SetView | None, now: datetime) -> GoalView:
        if view is None or view.uid != set_uid:
            return GoalView((), set_missing(view))
        match goal:
            case ScaledTo():
                return _scaled(goal, view)
            case Replaced():
                return _replaced(goal, view)
            case Reconciled():
                missing = [row for row in view.ordinals if row.ordinal in goal.ordinals and row.uid is None]
                return GoalView((_step("the missing pods are created", not missing, _names(missing)),))
            case HeldAt():
                return _held_at(goal, view)

    return evaluate


_SEEN = "the set has them"


def _scaled(goal: ScaledTo, view: SetView) -> GoalView:
    if view.replicas == goal.before:
        return GoalView((_step(_SEEN, False, f"the set still has {view.replicas} replicas"),))
    if view.replicas != goal.replicas:
        return GoalView((), replicas_changed(view.replicas))
    leaving = [row for row in view.ordinals if row.surplus]
    absent = [row for row in view.ordinals if row.expected and not row.available]
    what = "every member is available" if goal.replicas else "no pod is left"
    return GoalView(
        (
            _step(_SEEN, True),
            _step("what is too many is gone", not leaving, _names(leaving)),
            _step(what, not absent and not leaving, _held(absent, view)),
        )
    )


def _replaced(goal: Replaced, view: SetView) -> GoalView:
    rows = [row for row in view.ordinals if row.name == goal.pod and row.place is not Place.FOREIGN]
    old = [row for row in rows if row.uid == goal.uid]
    new = [row for row in rows if row.uid is not None and row.uid != goal.uid]
    expected = any(row.expected for row in rows)
    steps = [_step(f"the old {goal.pod} is gone", not old, _held(old, view))]
    if expected:
        steps.append(_step(f"the new {goal.pod} is created", bool(new)))
        if goal.claims:
            steps.append(_attached(goal, new))
        available = any(row.available for row in new)
        steps.append(_step(f"the new {goal.pod} is available", available, _held(new, view)))
    return GoalView(tuple(steps))


def _attached(goal: Replaced, new: list[OrdinalView]) -> StepView:
    """A pod that is Ready has its volumes. Before that, what is not attached may have to be, or never needs to."""
    words = f"{listed(list(goal.claims))} {'is' if len(goal.claims) == 1 else 'are'} there for it"
    claims = [(row, claim) for row in new for claim in row.claims if claim.name in goal.claims]
    lacking = [(row, claim) for row, claim in claims if not _there(claim, row.node)]
    if any(row.ready for row in new) or (claims and not lacking):
        return _step(words, True)
    return _step(words, False, "; ".join(_claim_held(claim) for row, claim in lacking[:3] if row.node))


def _there(claim: ClaimView, node: str) -> bool:
    state = claim.volume_state
    return (
        claim.status is ClaimStatus.BOUND
        and state.attachment is AttachmentStatus.ATTACHED
        and state.attached_to == node != ""
    )


def _claim_held(claim: ClaimView) -> str:
    if claim.status is not ClaimStatus.BOUND:
        return f"{claim.name} {claim.status.label}"
    state = claim.volume_state
    return f"{claim.name} {state.attachment_detail or state.attachment.label or 'has no volume yet'}"


def _held_at(goal: HeldAt, view: SetView) -> GoalView:
    have = view.rollout.partition
    if have not in (goal.partition, goal.before):
        return GoalView((), partition_changed(have))
    return GoalView((_step("the controller has seen it", have == goal.partition and view.rollout.observed),))


def _step(words: str, done: bool, detail: str = "") -> StepView:
    return StepView(words, done, "" if done else detail)


def _names(rows: list[OrdinalView]) -> str:
    return ", ".join(f"{row.name} {row.state.label}" for row in rows[:3]) + (" …" if len(rows) > 3 else "")


def _held(rows: list[OrdinalView], view: SetView) -> str:
    """What holds the first of them: the finding that says why, else its state."""
    if not rows:
        return ""
    row = rows[0]
    for finding in view.findings:
        if row.ordinal in finding.ordinals:
            return finding.headline
    return f"{row.name} {row.state.label}"
