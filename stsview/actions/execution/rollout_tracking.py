"""Progress of a rollout that an action started, judged as `stsview rollout` does."""

from __future__ import annotations

from datetime import datetime

from stsview.actions.goals import GoalView, RolledOut, StepView
from stsview.actions.requests.changed_meanwhile import partition_changed, template_changed
from stsview.model.rollout.rollout_outcome import RolloutStatus, RolloutWatch, Stage
from stsview.model.views import SetView

CHANGE_OBSERVED = "the controller observed the change"
_THROUGH = "all affected pods are Ready"


class RolloutTracker:
    """Judges the views of one set as they arrive; use it for one follow-up alone."""

    def __init__(self, goal: RolledOut, set_uid: str) -> None:
        self._goal = goal
        self._uid = set_uid
        self._watch = RolloutWatch(set_uid)
        self._seen = False
        """Whether the live view has shown the change: the watch may deliver it after the response to the request."""
        self._to = goal.to

    def evaluate(self, view: SetView | None, now: datetime) -> GoalView:
        if view is None or view.uid != self._uid:
            return self._goal_view(self._watch.evaluate(view, now))
        self._seen = self._seen or self._shows_change(view)
        if not self._seen:
            return GoalView((StepView(CHANGE_OBSERVED, False),))
        if not self._partition_as_planned(view):
            return GoalView((), partition_changed(view.rollout.partition))
        if view.rollout.observed:
            self._to = self._to or view.rollout.update
            if view.rollout.update != self._to:
                return GoalView((), template_changed(view.rollout.update, view.name))
        return self._goal_view(self._watch.evaluate(view, now))

    def _shows_change(self, view: SetView) -> bool:
        """Whether the view shows the change.

        A template and a partition changed by one patch appear together.
        """
        rollout, former = view.rollout, self._goal.former
        return rollout.observed and (rollout.update != former if former else self._partition_as_planned(view))

    def _partition_as_planned(self, view: SetView) -> bool:
        """Whether the partition is as planned.

        A view caps it at the replicas, which may have changed.
        """
        wanted = self._goal.partition
        return wanted is None or view.rollout.partition == min(wanted, view.replicas)

    def _goal_view(self, standing: RolloutStatus) -> GoalView:
        if standing.stage in (Stage.GONE, Stage.STUCK, Stage.MANUAL):
            return GoalView((), standing.words)
        through = standing.stage in (Stage.DONE, Stage.HELD)
        steps = (StepView(CHANGE_OBSERVED, True), StepView(_THROUGH, through, "" if through else standing.words))
        return GoalView(steps, part=(standing.done, standing.total), until=standing.until)
