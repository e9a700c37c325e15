"""Progress of one ordinal of an ordered restart, judged from live views."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec.structs import replace

from stsview.actions.execution.goal_tracking import blocking_ordinal, goal_tracker
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
    """Distinguishes lasting trouble from what is over within seconds.

    A failed image pull, for example, is retried.
    """

    def __init__(self, seconds: float = PATIENCE_SECONDS) -> None:
        self._patience = timedelta(seconds=seconds)
        self._since: tuple[int, datetime] | None = None

    def judge(self, found: tuple[int, Finding] | None, now: datetime) -> tuple[str, datetime | None]:
        """Why to give up, empty as long as not.

        And when to, if nothing changes until then.

        `found`: the present finding, and the ordinal that it is about.
        """
        if found is None:
            self._since = None
            return "", None
        ordinal, finding = found
        if self._since is None or self._since[0] != ordinal:
            self._since = ordinal, now
        give_up_at = self._since[1] + self._patience
        if finding.until is not None:
            give_up_at = max(give_up_at, finding.until)
        return (finding.headline, None) if now >= give_up_at else ("", give_up_at)


class OtherMembersTracker:
    """Whether all members but one are available, by the live view.

    Only then is the set read from the server, and only that read completes the step.
    """

    def __init__(self, intent: OrderedRestart, pod_step: PodStep) -> None:
        self._intent = intent
        self._pod_step = pod_step
        self._patience = Patience()

    def evaluate(self, view: SetView | None, now: datetime) -> GoalView:
        if view is None or view.uid != self._intent.set_uid:
            return GoalView((), set_missing(view))
        down = [row for row in _expected(view) if not row.available and row.name != self._pod_step.pod]
        hopeless, until = self._patience.judge(_trouble(view, {row.ordinal for row in down}), now)
        steps = tuple(
            StepView(others_available(self._pod_step), False, f"{row.name} {row.state.label}") for row in down[:1]
        )
        return GoalView(steps, hopeless, until=until)


def others_available(pod_step: PodStep) -> str:
    return f"all members except {pod_step.pod} are available"


class ReplacementTracker:
    """Whether a replacement is on its planned revision, and remains available."""

    def __init__(self, intent: OrderedRestart, pod_step: PodStep) -> None:
        self.uid = ""
        """Of the replacement; empty before there is one."""
        self.available = False
        """Whether the replacement is available."""
        self._intent = intent
        self._pod_step = pod_step
        self._replaced = goal_tracker(Replaced(pod_step.pod, pod_step.uid), intent.set_uid)
        self._patience = Patience()
        self._steady: tuple[str, int, datetime] | None = None
        """Uid of the available pod, restarts of its containers, and since when both are unchanged."""
        self._became_unavailable = False
        """Whether it became unavailable since then."""

    def evaluate(self, view: SetView | None, now: datetime) -> GoalView:
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
                    goal,
                    hopeless=f"{pod_step.pod} was recreated on {_otherwise(view, row.revision, pod_step.revision)}",
                )
        if view.rollout.observed and view.rollout.update != self._intent.seen_revision:
            return replace(goal, hopeless=template_changed(view.rollout.update, view.name))
        self.available = goal.reached
        awaited: set[int] = set() if self.available else {pod_step.ordinal}
        if row.uid is None and (blocker := blocking_ordinal(view, awaited)) is not None:
            # The replacement is not created before that one is available.
            awaited.add(blocker)
        hopeless, until = self._patience.judge(_trouble(view, awaited), now)
        goal = replace(goal, hopeless=hopeless, until=until)
        return self._soaked(goal, row, now) if self._intent.soak else goal

    def _soaked(self, goal: GoalView, row: OrdinalView, now: datetime) -> GoalView:
        words = f"{row.name} stays available for {short(self._intent.soak)}"
        if not self.available:
            self._became_unavailable = self._steady is not None
            again = (StepView(words, False, "starts over once it is available"),) if self._became_unavailable else ()
            return replace(goal, steps=(*goal.steps, *again))
        about = row.uid or "", row.restarts
        if self._steady is None or self._became_unavailable or self._steady[:2] != about:
            self._steady, self._became_unavailable = (*about, now), False
        until = self._steady[2] + timedelta(seconds=self._intent.soak)
        done = now >= until
        return replace(goal, steps=(*goal.steps, StepView(words, done)), until=None if done else until)


def _trouble(view: SetView, ordinals: set[int]) -> tuple[int, Finding] | None:
    """The first finding of an error with one of these ordinals, and that ordinal."""
    for finding in view.findings:
        about = ordinals.intersection(finding.ordinals)
        if finding.level >= Level.ERROR and about:
            return min(about), finding
    return None


def _expected(view: SetView) -> list[OrdinalView]:
    return [row for row in view.ordinals if row.place is Place.EXPECTED]


def _otherwise(view: SetView, came: str, planned: str) -> str:
    return f"{short_revision(came, view.name)}, not on {short_revision(planned, view.name)} as planned"
