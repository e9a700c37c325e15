"""What a follow-up says that the controller waits for."""

from __future__ import annotations

from stsview.actions.execution.goal_tracking import goal_tracker
from stsview.actions.goals import Goal, Reconciled, Replaced, ScaledTo
from stsview.actions.intents import OrderedRestart
from stsview.actions.operations.ordered_restart.successor_tracking import ReplacementTracker
from stsview.actions.plan import PodStep
from stsview.model.rollout.rollout_outcome import PATIENCE_SECONDS
from stsview.model.views import SetView
from stsview.objects.meta import Key
from stsview.objects.pod import Pod
from tests.support.model.build import NEW, around, at, condition, look, pod, starting, stateful_set
from tests.support.triage.judge import judged


def left(goal: Goal, view: SetView, now: float = 100) -> list[str]:
    """The steps that are not done, with what they wait for."""
    found = goal_tracker(goal, "set-uid")(view, at(now))
    return [f"{step.words}: {step.detail}" if step.detail else step.words for step in found.steps if not step.done]


def unschedulable(ordinal: int) -> Pod:
    return pod(
        ordinal,
        node="",
        phase="Pending",
        ready="False",
        containers=(),
        conditions=[condition("PodScheduled", "False", 0, "Unschedulable")],
    )


def test_a_replacement_that_another_ordinal_holds_up_says_so() -> None:
    view = judged(around(stateful_set(3), [unschedulable(0), pod(1)]), 1_000, first_seen=0)
    (created, available) = left(Replaced("web-2", "old"), view)
    assert created.startswith("the new web-2 is created: the controller waits for web-0: ")
    assert "unschedulable" in created
    assert available == "the new web-2 is available"
    assert left(Reconciled((2,)), view)[0].startswith("the missing pods are created: the controller waits for web-0: ")
    alone = look(stateful_set(3), [pod(0), pod(1)], 100)
    assert left(Replaced("web-2", "old"), alone)[0] == "the new web-2 is created"
    parallel = judged(around(stateful_set(3, policy="Parallel"), [unschedulable(0), pod(1)]), 1_000, first_seen=0)
    assert left(Replaced("web-2", "old"), parallel)[0] == "the new web-2 is created"


def test_an_ordered_restart_ends_when_another_ordinal_is_stuck() -> None:
    intent = OrderedRestart(Key("default", "web"), "set-uid", NEW)
    tracker = ReplacementTracker(intent, PodStep("web-2", 2, "old", NEW))
    view = judged(around(stateful_set(3), [unschedulable(0), pod(1)]), 1_000, first_seen=0)
    waiting = tracker.evaluate(view, at(1_000))
    assert (waiting.hopeless, waiting.until) == ("", at(1_000 + PATIENCE_SECONDS))
    assert tracker.evaluate(view, at(1_000 + PATIENCE_SECONDS)).hopeless.startswith("web-0: unschedulable")
    slow = look(stateful_set(3), [starting(0), pod(1)], 20)
    assert tracker.evaluate(slow, at(20)).until is None


def test_a_controller_that_has_not_observed_the_change_is_named() -> None:
    stateful = stateful_set(3, generation=18, observed=17)
    for now, words in (
        (10, "the controller has not observed the change yet"),
        (60, "the controller is not running or lags: generation 18 not observed yet (last observed: 17)"),
    ):
        view = look(stateful, [pod(0), pod(1)], now, first_seen=0)
        assert left(ScaledTo(3, 2), view) == [f"all replicas are available: {words}"]
    down = look(stateful_set(1, generation=18, observed=17), [pod(0), pod(1)], 10)
    assert left(ScaledTo(1, 2), down)[0] == "surplus pods are removed: the controller has not observed the change yet"


def test_a_scale_down_that_another_ordinal_holds_up_says_so() -> None:
    view = judged(around(stateful_set(2), [unschedulable(0), pod(1), pod(2)]), 1_000, first_seen=0)
    assert left(ScaledTo(2, 3), view)[0].startswith("surplus pods are removed: the controller waits for web-0: ")
