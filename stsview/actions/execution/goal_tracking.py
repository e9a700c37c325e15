"""Progress towards a goal, judged step by step from the live view of its set."""

from __future__ import annotations

from datetime import datetime

from stsview.actions.execution.rollout_tracking import RolloutTracker
from stsview.actions.goals import (
    Accepted,
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
from stsview.model.finding import Finding, Level
from stsview.model.names import listed
from stsview.model.states import AttachmentStatus, ClaimStatus
from stsview.model.views import ClaimView, OrdinalView, Place, SetView, WaitReason


def goal_tracker(goal: Goal, set_uid: str) -> GoalTracker:
    """A tracker for a goal of the set with that uid."""
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
                detail = _held_up(view, missing) or _names(missing)
                return GoalView((_step("the missing pods are created", not missing, detail),))
            case HeldAt():
                return _held_at(goal, view)
            case Accepted():
                return GoalView(())

    return evaluate


_HOLDING = frozenset(
    {
        WaitReason.MISSING,
        WaitReason.PENDING,
        WaitReason.NOT_READY,
        WaitReason.WARMING_UP,
        WaitReason.TERMINATING,
        WaitReason.FAILED,
    }
)
"""Waits for one pod that hold up the pods above it."""

_MOST_NAMES = 3

_SCALED = "the replicas are set"


def _scaled(goal: ScaledTo, view: SetView) -> GoalView:
    if view.replicas == goal.before:
        return GoalView((_step(_SCALED, False, f"the set still has {view.replicas} replicas"),))
    if view.replicas != goal.replicas:
        return GoalView((), replicas_changed(view.replicas))
    leaving = [row for row in view.ordinals if row.surplus]
    absent = [row for row in view.ordinals if row.expected and not row.available]
    last = "all replicas are available" if goal.replicas else "no pod is left"
    shrinks = goal.replicas < goal.before or leaving
    surplus = _step("surplus pods are removed", not leaving, _held_up(view, leaving) or _names(leaving))
    return GoalView(
        (
            _step(_SCALED, True),
            *((surplus,) if shrinks else ()),
            _step(last, not absent and not leaving, _held_up(view, absent) or _waiting_for(absent, view)),
        )
    )


def _replaced(goal: Replaced, view: SetView) -> GoalView:
    rows = [row for row in view.ordinals if row.name == goal.pod and row.place is not Place.FOREIGN]
    old = [row for row in rows if row.uid == goal.uid]
    new = [row for row in rows if row.uid is not None and row.uid != goal.uid]
    expected = any(row.expected for row in rows)
    steps = [_step(f"the old {goal.pod} is gone", not old, _waiting_for(old, view))]
    if expected:
        missing = [row for row in rows if row.uid is None]
        steps.append(_step(f"the new {goal.pod} is created", bool(new), _held_up(view, missing)))
        if goal.claims:
            steps.append(_attached(goal, new))
        available = any(row.available for row in new)
        steps.append(_step(f"the new {goal.pod} is available", available, _waiting_for(new, view)))
    return GoalView(tuple(steps))


def _attached(goal: Replaced, new: list[OrdinalView]) -> StepView:
    """Whether the replacement has the volumes.

    A Ready pod has them; before that, some may still be attached.
    """
    words = f"{listed(list(goal.claims))} {'is' if len(goal.claims) == 1 else 'are'} attached"
    claims = [(row, claim) for row in new for claim in row.claims if claim.name in goal.claims]
    missing = [(row, claim) for row, claim in claims if not _is_attached(claim, row.node)]
    if any(row.ready for row in new) or (claims and not missing):
        return _step(words, True)
    return _step(words, False, "; ".join(_claim_status(claim) for row, claim in missing[:3] if row.node))


def _is_attached(claim: ClaimView, node: str) -> bool:
    state = claim.volume_state
    return (
        claim.status is ClaimStatus.BOUND
        and state.attachment is AttachmentStatus.ATTACHED
        and state.attached_to == node != ""
    )


def _claim_status(claim: ClaimView) -> str:
    if claim.status is not ClaimStatus.BOUND:
        return f"{claim.name} {claim.status.label}"
    state = claim.volume_state
    return f"{claim.name} {state.attachment_detail or state.attachment.label or 'has no volume yet'}"


def _held_at(goal: HeldAt, view: SetView) -> GoalView:
    have = view.rollout.partition
    if have not in (goal.partition, goal.before):
        return GoalView((), partition_changed(have))
    return GoalView((_step("the controller observed the partition", have == goal.partition and view.rollout.observed),))


def _step(words: str, done: bool, detail: str = "") -> StepView:
    return StepView(words, done, "" if done else detail)


def _names(rows: list[OrdinalView]) -> str:
    shown = ", ".join(f"{row.name} {row.state.label}" for row in rows[:_MOST_NAMES])
    return f"{shown} and {len(rows) - _MOST_NAMES} more" if len(rows) > _MOST_NAMES else shown


def _waiting_for(rows: list[OrdinalView], view: SetView) -> str:
    """What the first of them waits for: the finding about it, else its state."""
    if not rows:
        return ""
    row = rows[0]
    finding = _trouble_of(view, row.ordinal)
    return finding.headline if finding is not None else f"{row.name} {row.state.label}"


def _trouble_of(view: SetView, ordinal: int) -> Finding | None:
    """The first finding about an ordinal that may hold it up, which a notice does not."""
    return next((one for one in view.findings if ordinal in one.ordinals and one.level > Level.NOTICE), None)


def _held_up(view: SetView, rows: list[OrdinalView]) -> str:
    """What the controller waits for before it creates or removes these pods; empty where nothing holds that up.

    With OrderedReady another ordinal may hold it up.
    """
    if not rows:
        return ""
    wait = view.wait
    if not view.rollout.observed:
        if wait.reason is WaitReason.NOT_OBSERVED:
            return f"the controller is not running or lags: {wait.detail}"
        return "the controller has not observed the change yet"
    blocker = blocking_ordinal(view, {row.ordinal for row in rows})
    if blocker is None:
        return ""
    finding = _trouble_of(view, blocker)
    name = next((row.name for row in view.ordinals if row.ordinal == blocker and row.expected), "")
    because = finding.headline if finding is not None else wait.detail
    return f"the controller waits for {name}{': ' if because else ''}{because.removeprefix(f'{name}: ')}"


def blocking_ordinal(view: SetView, ordinals: set[int]) -> int | None:
    """The other ordinal that the controller waits for, before it creates or removes pods of `ordinals`.

    With OrderedReady that is the lowest one that is not available (stateful_set_control.go, processReplica).
    """
    at = view.wait.ordinal
    if view.policy == "Parallel" or view.wait.reason not in _HOLDING or at is None or at in ordinals:
        return None
    return at if any(row.ordinal == at and row.expected and not row.available for row in view.ordinals) else None
