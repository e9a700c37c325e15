"""Goals on the way of unblocking a rollout, judged by the live view."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from stsview.actions.execution.rollout_tracking import CHANGE_OBSERVED, RolloutTracker
from stsview.actions.goals import GoalTracker, GoalView, RolledOut, StepView
from stsview.actions.requests.changed_meanwhile import set_missing, template_changed
from stsview.model.names import short_revision
from stsview.model.rollout.blocked import first_unavailable, seems_blocked
from stsview.model.rollout.rollout_outcome import RolloutStatus, RolloutWatch, Stage
from stsview.model.views import OrdinalView, SetView


def track_observed(goal: RolledOut, set_uid: str) -> GoalTracker:
    """The controller has observed the template.

    Before that, a deleted pod comes back on the former one.
    """

    def evaluate(view: SetView | None, now: datetime) -> GoalView:
        if view is None or view.uid != set_uid:
            return _set_missing(view)
        rollout = view.rollout
        if rollout.observed and rollout.update not in (goal.former, goal.to):
            return _template_changed(view)
        observed = rollout.observed and rollout.update == goal.to and goal.partition in (None, rollout.partition)
        return GoalView((StepView(CHANGE_OBSERVED, observed),))

    return evaluate


def track_successor(row: OrdinalView, goal: RolledOut, set_uid: str) -> GoalTracker:
    """A replacement of the pod runs the update revision and is available."""
    watch = RolloutWatch(set_uid)

    def evaluate(view: SetView | None, now: datetime) -> GoalView:
        if view is None or view.uid != set_uid:
            return _set_missing(view)
        if view.rollout.observed and view.rollout.update != goal.to:
            return _template_changed(view)
        current_row = _expected_row(view, row.ordinal)
        if current_row is None:
            return GoalView((), f"{row.name} will not be recreated: the set was scaled down")
        old = current_row.uid == row.uid
        new = current_row.uid is not None and not old
        if new and current_row.revision and current_row.revision != goal.to:
            return GoalView((), f"the new {row.name} runs {short_revision(current_row.revision, view.name)}")
        steps = (
            StepView(f"the old {row.name} is gone", not old, current_row.state.label if old else ""),
            StepView(f"the new {row.name} is created", new),
            StepView(
                f"the new {row.name} is available",
                new and current_row.available,
                _waiting_for(current_row, view) if new else "",
            ),
        )
        if old and not current_row.terminating:
            # The view does not show the deletion yet: its findings are still about the old pod.
            return GoalView(steps)
        status = watch.evaluate(view, now)
        return GoalView(steps, _stuck(status, row.ordinal), until=status.until)

    return evaluate


def track_lower_pod(row: OrdinalView, goal: RolledOut, set_uid: str) -> GoalTracker:
    """A lower pod that does not block itself is available.

    Also reached when the view shows that the controller waits for another pod.
    """
    watch = RolloutWatch(set_uid)

    def evaluate(view: SetView | None, now: datetime) -> GoalView:
        if view is None or view.uid != set_uid:
            return _set_missing(view)
        if view.rollout.observed and view.rollout.update != goal.to:
            return _template_changed(view)
        first = first_unavailable(view)
        past = first is None or first.ordinal != row.ordinal or seems_blocked(view)
        step = StepView(f"{row.name} is available", past, _waiting_for(first, view) if first is not None else "")
        status = watch.evaluate(view, now)
        return GoalView((step,), "" if past else _stuck(status, row.ordinal), until=status.until)

    return evaluate


class RolloutUntilBlocked:
    """The rollout is complete, or the view shows a pod that blocks it."""

    def __init__(self, goal: RolledOut, set_uid: str, on_another: Callable[[], None]) -> None:
        """Calls `on_another` whenever one more pod is done.

        Use an instance for one follow-up alone.
        """
        self._goal = RolloutTracker(goal, set_uid)
        self._on_another = on_another
        self._done: int | None = None
        self.complete = False

    def evaluate(self, view: SetView | None, now: datetime) -> GoalView:
        if view is not None and seems_blocked(view):
            return GoalView(())
        goal_view = self._goal.evaluate(view, now)
        self.complete = goal_view.reached
        done = goal_view.part[0] if goal_view.part is not None else 0
        if self._done is not None and done > self._done:
            self._on_another()
        self._done = max(done, self._done or 0)
        return goal_view


def _expected_row(view: SetView, ordinal: int) -> OrdinalView | None:
    return next((row for row in view.ordinals if row.ordinal == ordinal and row.expected), None)


def _stuck(status: RolloutStatus, ordinal: int) -> str:
    """Why the rollout is stuck, if that is about this ordinal.

    Problems of other ordinals come later.
    """
    if status.stage is Stage.GONE:
        return status.words
    return status.words if status.stage is Stage.STUCK and status.ordinal in (None, ordinal) else ""


def _waiting_for(row: OrdinalView, view: SetView) -> str:
    finding = next((one for one in view.findings if row.ordinal in one.ordinals), None)
    return finding.headline if finding is not None else f"{row.name} {row.state.label}"


def _set_missing(view: SetView | None) -> GoalView:
    return GoalView((), set_missing(view))


def _template_changed(view: SetView) -> GoalView:
    return GoalView((), template_changed(view.rollout.update, view.name))
