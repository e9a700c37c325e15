"""How far a rollout is that was asked for here: the judgement of `stsview rollout`, begun where the change was sent."""

from __future__ import annotations

from datetime import datetime

from stsview.actions.goals import GoalView, RolledOut, StepView
from stsview.actions.requests.changed_meanwhile import partition_changed, template_changed
from stsview.model.rollout.rollout_outcome import RolloutStatus, RolloutWatch, Stage
from stsview.model.views import SetView

_SEEN = "the controller has seen the change"
_THROUGH = "every pod that it reaches is back"


class RolloutTracker:
    """Judges the views of one set as they come; for one follow-up alone."""

    def __init__(self, goal: RolledOut, set_uid: str) -> None:
        self._goal = goal
        self._uid = set_uid
        self._watch = RolloutWatch(set_uid)
        self._seen = False
        """Whether the picture has had what was written: it comes by another way than the answer to the request."""
        self._to = goal.to

    def evaluate(self, view: SetView | None, now: datetime) -> GoalView:
        if view is None or view.uid != self._uid:
            return self._told(self._watch.evaluate(view, now))
        self._seen = self._seen or self._sees(view)
        if not self._seen:
            return GoalView((StepView(_SEEN, False),))
        if not self._partitioned(view):
            return GoalView((), partition_changed(view.rollout.partition))
        if view.rollout.observed:
            self._to = self._to or view.rollout.update
            if view.rollout.update != self._to:
                return GoalView((), template_changed(view.rollout.update, view.name))
        return self._told(self._watch.evaluate(view, now))

    def _sees(self, view: SetView) -> bool:
        """A template and a partition that were changed together are seen together."""
        rollout, former = view.rollout, self._goal.former
        return rollout.observed and (rollout.update != former if former else self._partitioned(view))

    def _partitioned(self, view: SetView) -> bool:
        """A view has no partition above its replicas, and those may have changed."""
        wanted = self._goal.partition
        return wanted is None or view.rollout.partition == min(wanted, view.replicas)

    def _told(self, standing: RolloutStatus) -> GoalView:
        if standing.stage in (Stage.GONE, Stage.STUCK, Stage.MANUAL):
            return GoalView((), standing.words)
        through = standing.stage in (Stage.DONE, Stage.HELD)
        steps = (StepView(_SEEN, True), StepView(_THROUGH, through, "" if through else standing.words))
        return GoalView(steps, part=(standing.done, standing.total), until=standing.until)
