"""How far one ordinal of an ordered restart is, by one live view of its set after the other."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from stsview.actions.execution.goal_tracking import goal_tracker
from stsview.actions.goals import GoalView, Replaced, StepView
from stsview.actions.intents import OrderedRestart
from stsview.actions.plan import PodStep
from stsview.actions.requests.changed_meanwhile import being_deleted, replicas_changed, set_missing, template_changed
from stsview.model.finding import Finding, Level
from stsview.model.names import short_revision
from stsview.model.rollout.rollout_outcome import PATIENCE_SECONDS
from stsview.model.timing.durations import short
from stsview.model.views import OrdinalView, Place, SetView, WaitReason


class Patience:
    """Whether trouble with an ordinal has lasted: some is over within moments, as when a registry hiccups."""

    def __init__(self, seconds: float = PATIENCE_SECONDS) -> None:
        self._patience = timedelta(seconds=seconds)
        self._since: tuple[int, datetime] | None = None

    def judge(self, found: tuple[int, Finding] | None, now: datetime) -> tuple[str, datetime | None]:
        """Why it is over, empty while it is not; and when it would be, if nothing changes. `found`: the trouble that
        there is now, and with which ordinal."""
        if found is None:
            self._since = None
            return "", None
        ordinal, finding = found
        if self._since is None or self._since[0] != ordinal:
            self._since = ordinal, now
        over = self._since[1] + self._patience
        if finding.until is not None:
            over = max(over, finding.until)
        return (finding.headline, None) if now >= over else ("", over)


class Others:
    """Whether all members but one are available, as the picture has it: before that no fresh list is asked for, and
    only such a list makes it a step that is done."""

    def __init__(self, intent: OrderedRestart, pod_step: PodStep) -> None:
        self._intent = intent
        self._pod_step = pod_step
        self._patience = Patience()

    def look(self, view: SetView | None, now: datetime) -> GoalView:
        if view is None or view.uid != self._intent.set_uid:
            return _gone(view)
        down = [row for row in _expected(view) if not row.available and row.name != self._pod_step.pod]
        hopeless, until = self._patience.judge(_trouble(view, {row.ordinal for row in down}), now)
        steps = tuple(StepView(others_up(self._pod_step), False, f"{row.name} {row.state.label}") for row in down[:1])
        return GoalView(steps, hopeless, until=until)


def others_up(pod_step: PodStep) -> str:
    return f"every member but {pod_step.pod} is available"


class Successor:
    """Whether the pod that takes the place of another is there, on its revision, available, and stays so."""

    def __init__(self, intent: OrderedRestart, pod_step: PodStep) -> None:
        self.uid = ""
        """Of the successor; empty before there is one."""
        self.back = False
        """Whether it is available."""
        self._intent = intent
        self._pod_step = pod_step
        self._replaced = goal_tracker(Replaced(pod_step.pod, pod_step.uid), intent.set_uid)
        self._patience = Patience()
        self._steady: tuple[str, int, datetime] | None = None
        """Which pod is available, with how many restarts of its containers, and since when that is seen."""
        self._dropped = False
        """Whether it was not available since."""

    def look(self, view: SetView | None, now: datetime) -> GoalView:
        goal = self._replaced(view, now)
        if view is None or goal.hopeless:
            return goal
        pod_step = self._pod_step
        if view.wait.reason is WaitReason.DELETING:
            return replace(goal, hopeless=being_deleted(view.name))
        row = next((row for row in _expected(view) if row.name == pod_step.pod), None)
        if row is None:
            return GoalView((), f"{pod_step.pod} is beyond the replica count: {replicas_changed(view.replicas)}")
        if row.uid is not None and row.uid != pod_step.uid:
            self.uid = row.uid
            if row.revision and pod_step.revision and row.revision != pod_step.revision:
                return replace(
                    goal, hopeless=f"{pod_step.pod} came back on {_other(view, row.revision, pod_step.revision)}"
                )
        if view.rollout.observed and view.rollout.update != self._intent.seen_revision:
            return replace(goal, hopeless=template_changed(view.rollout.update, view.name))
        self.back = goal.reached
        hopeless, until = self._patience.judge(_trouble(view, {pod_step.ordinal} if not self.back else set()), now)
        goal = replace(goal, hopeless=hopeless, until=until)
        return self._soaked(goal, row, now) if self._intent.soak else goal

    def _soaked(self, goal: GoalView, row: OrdinalView, now: datetime) -> GoalView:
        words = f"{row.name} stays available for {short(self._intent.soak)}"
        if not self.back:
            self._dropped = self._steady is not None
            dropped = (StepView(words, False, "begins anew once it is available"),) if self._dropped else ()
            return replace(goal, steps=(*goal.steps, *dropped))
        about = row.uid or "", row.restarts
        if self._steady is None or self._dropped or self._steady[:2] != about:
            self._steady, self._dropped = (*about, now), False
        until = self._steady[2] + timedelta(seconds=self._intent.soak)
        done = now >= until
        return replace(goal, steps=(*goal.steps, StepView(words, done)), until=None if done else until)


def _trouble(view: SetView, ordinals: set[int]) -> tuple[int, Finding] | None:
    """The first finding that says that one of these ordinals does not get well by itself."""
    for finding in view.findings:
        about = ordinals.intersection(finding.ordinals)
        if finding.level >= Level.ERROR and about:
            return min(about), finding
    return None


def _gone(view: SetView | None) -> GoalView:
    return GoalView((), set_missing(view))


def _expected(view: SetView) -> list[OrdinalView]:
    return [row for row in view.ordinals if row.place is Place.EXPECTED]


def _other(view: SetView, came: str, planned: str) -> str:
    return f"{short_revision(came, view.name)}, not on {short_revision(planned, view.name)} as planned"
