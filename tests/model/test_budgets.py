from __future__ import annotations

from typing import Any

import pytest

from stsview.model.views import BudgetView, Severity, Tone
from stsview.objects.budget import BudgetStatus, PodDisruptionBudget
from stsview.objects.kinds import BUDGETS
from stsview.objects.meta import SELECTS_NOTHING, Identifying, LabelSelector
from tests.model.build import disruption_budget, look, pod, stateful_set, without


def seen(*budgets: PodDisruptionBudget, **parts: Any) -> BudgetView:
    return look(stateful_set(1), [pod(0)], budgets=budgets, **parts).budget


@pytest.mark.parametrize(
    ("budget", "word", "tone"),
    [
        (disruption_budget(), "max 1 down, 1 left", Tone.READY),
        (disruption_budget(left=0), "max 1 down, 0 left", Tone.WARNING),
        (disruption_budget(left=0, expected=0), "max 1 down, 0 left", Tone.READY),
        (disruption_budget(max_unavailable="30%"), "max 30% down, 1 left", Tone.READY),
        (disruption_budget(max_unavailable=None, min_available=2), "min 2 up, 1 left", Tone.READY),
        (disruption_budget(max_unavailable=None), "min 1 up, 1 left", Tone.READY),
    ],
)
def test_what_a_budget_allows(budget: PodDisruptionBudget, word: str, tone: Tone) -> None:
    view = seen(budget)
    assert (view.name, view.word, view.tone) == ("web", word, tone)


def test_one_that_the_controller_has_not_counted_promises_nothing() -> None:
    made = disruption_budget()
    fresh = PodDisruptionBudget(
        metadata=Identifying(name="web", namespace="default", generation=2), spec=made.spec, status=BudgetStatus()
    )
    assert (seen(fresh).word, seen(fresh).tone) == ("max 1 down, not counted yet", Tone.MOVING)


def test_only_one_that_selects_the_pods_counts() -> None:
    assert seen(disruption_budget(labels={"app": "other"})).word == "none"
    assert seen(disruption_budget(selector=SELECTS_NOTHING)).word == "none"
    assert seen(disruption_budget(selector=LabelSelector())).word == "max 1 down, 1 left"


def test_several_over_the_same_pods_let_none_be_evicted() -> None:
    view = seen(disruption_budget("b"), disruption_budget("a", labels={}))
    assert (view.word, view.tone) == ("2 budgets", Tone.WARNING)
    assert view.detail == "a and b select the same pods: every eviction fails"


def test_budgets_that_cannot_be_read_are_unknown() -> None:
    view = look(stateful_set(1), [pod(0)], coverage=without(BUDGETS))
    assert (view.budget.word, view.budget.detail) == ("unknown", "you may not list poddisruptionbudgets")
    assert view.severity is Severity.HEALTHY
