"""What is waited for on the way of a freeing: each a goal of its own, judged by the live view of the set."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from stsview.actions.execution.rollout_tracking import CHANGE_OBSERVED, RolloutTracker
from stsview.actions.goals import GoalView, RolledOut, StepView
from stsview.actions.requests.changed_meanwhile import set_missing, template_changed
from stsview.model.names import short_revision
from stsview.model.rollout.blocked import first_unavailable, seems_blocked
from stsview.model.rollout.rollout_outcome import RolloutStatus, RolloutWatch, Stage
from stsview.model.views import OrdinalView, SetView

Look = Callable[[SetView | None, datetime], GoalView]


def seen(goal: RolledOut, set_uid: str) -> Look:
    """The controller has seen the template: before that, a pod that is deleted comes back on the former one."""

    def look(view: SetView | None, now: datetime) -> GoalView:
        if view is None or view.uid != set_uid:
            return _gone(view)
        rollout = view.rollout
        if rollout.observed and rollout.update not in (goal.former, goal.to):
            return _other(view)
        there = rollout.observed and rollout.update == goal.to and goal.partition in (None, rollout.partition)
        return GoalView((StepView(CHANGE_OBSERVED, there),))

    return look


def successor(row: OrdinalView, goal: RolledOut, set_uid: str) -> Look:
    """A pod of another uid in its place runs the update revision and is available."""
    watch = RolloutWatch(set_uid)

    def look(view: SetView | None, now: datetime) -> GoalView:
        if view is None or view.uid != set_uid:
            return _gone(view)
        if view.rollout.observed and view.rollout.update != goal.to:
            return _other(view)
        there = _expected(view, row.ordinal)
        if there is None:
            return GoalView((), f"{row.name} does not come back: the set was scaled below it")
        old = there.uid == row.uid
        new = there.uid is not None and not old
        if new and there.revision and there.revision != goal.to:
            return GoalView((), f"the new {row.name} runs {short_revision(there.revision, view.name)}")
        steps = (
            StepView(f"the old {row.name} is gone", not old, there.state.label if old else ""),
            StepView(f"the new {row.name} is created", new),
            StepView(f"the new {row.name} is available", new and there.available, _held(there, view) if new else ""),
        )
        if old and not there.terminating:
            # The picture does not show yet what was asked for: what it says of the old one is no judgement.
            return GoalView(steps)
        standing = watch.evaluate(view, now)
        return GoalView(steps, _stuck(standing, row.ordinal), until=standing.until)

    return look


def lower_pod(row: OrdinalView, goal: RolledOut, set_uid: str) -> Look:
    """The controller waits for a pod below, which does not hold itself up: it is through when that is available, or
    when the picture shows something else to be waited for."""
    watch = RolloutWatch(set_uid)

    def look(view: SetView | None, now: datetime) -> GoalView:
        if view is None or view.uid != set_uid:
            return _gone(view)
        if view.rollout.observed and view.rollout.update != goal.to:
            return _other(view)
        first = first_unavailable(view)
        past = first is None or first.ordinal != row.ordinal or seems_blocked(view)
        step = StepView(f"{row.name} is available", past, _held(first, view) if first is not None else "")
        standing = watch.evaluate(view, now)
        return GoalView((step,), "" if past else _stuck(standing, row.ordinal), until=standing.until)

    return look


class FollowedRollout:
    """The rollout to its end, unless the picture shows a pod that blocks it: then it is looked anew."""

    def __init__(self, goal: RolledOut, set_uid: str, on_another: Callable[[], None]) -> None:
        """`on_another` is called whenever one more pod is done; to be used for one follow-up alone."""
        self._goal = RolloutTracker(goal, set_uid)
        self._on_another = on_another
        self._done: int | None = None
        self.through = False

    def look(self, view: SetView | None, now: datetime) -> GoalView:
        if view is not None and seems_blocked(view):
            return GoalView(())
        found = self._goal.evaluate(view, now)
        self.through = found.reached
        done = found.part[0] if found.part is not None else 0
        if self._done is not None and done > self._done:
            self._on_another()
        self._done = max(done, self._done or 0)
        return found


def _expected(view: SetView, ordinal: int) -> OrdinalView | None:
    return next((row for row in view.ordinals if row.ordinal == ordinal and row.expected), None)


def _stuck(standing: RolloutStatus, ordinal: int) -> str:
    """Why it does not go on, where that is about this ordinal: the troubles of others have their turn later."""
    if standing.stage is Stage.GONE:
        return standing.words
    return standing.words if standing.stage is Stage.STUCK and standing.ordinal in (None, ordinal) else ""


def _held(row: OrdinalView, view: SetView) -> str:
    finding = next((one for one in view.findings if row.ordinal in one.ordinals), None)
    return finding.headline if finding is not None else f"{row.name} {row.state.label}"


def _gone(view: SetView | None) -> GoalView:
    return GoalView((), set_missing(view))


def _other(view: SetView) -> GoalView:
    return GoalView((), template_changed(view.rollout.update, view.name))
