from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from stsview.model.states import Health
from stsview.model.views import BudgetView, SetView, Severity
from stsview.objects.budget import BudgetStatus, PodDisruptionBudget
from stsview.objects.kinds import BUDGETS
from stsview.objects.meta import SELECTS_NOTHING, BasicMeta, LabelSelector
from tests.support.model.build import LABELS, disruption_budget, look, pod, stateful_set, without


def seen(*budgets: PodDisruptionBudget, **parts: Any) -> BudgetView:
    return look(stateful_set(1), [pod(0)], budgets=budgets, **parts).budget


@pytest.mark.parametrize(
    ("budget", "word", "health"),
    [
        (disruption_budget(), "max 1 down, 1 left", Health.READY),
        (disruption_budget(left=0), "max 1 down, 0 left", Health.WARNING),
        (disruption_budget(left=0, expected=0), "max 1 down, 0 left", Health.READY),
        (disruption_budget(max_unavailable="30%"), "max 30% down, 1 left", Health.READY),
        (disruption_budget(max_unavailable=None, min_available=2), "min 2 up, 1 left", Health.READY),
        (disruption_budget(max_unavailable=None), "min 1 up, 1 left", Health.READY),
    ],
)
def test_what_a_budget_allows(budget: PodDisruptionBudget, word: str, health: Health) -> None:
    view = seen(budget)
    assert (view.name, view.label, view.health) == ("web", word, health)


def test_a_budget_not_yet_observed_is_not_counted() -> None:
    made = disruption_budget()
    fresh = PodDisruptionBudget(
        metadata=BasicMeta(name="web", namespace="default", generation=2), spec=made.spec, status=BudgetStatus()
    )
    assert (seen(fresh).label, seen(fresh).health) == ("max 1 down, not counted yet", Health.PROGRESSING)


def test_only_a_budget_that_selects_the_pods_counts() -> None:
    assert seen(disruption_budget(labels={"app": "other"})).label == "none"
    assert seen(disruption_budget(selector=SELECTS_NOTHING)).label == "none"
    assert seen(disruption_budget(selector=LabelSelector())).label == "max 1 down, 1 left"


def test_several_budgets_over_one_pod_make_evictions_fail() -> None:
    view = seen(disruption_budget("b"), disruption_budget("a", labels={}))
    assert (view.label, view.health) == ("2 budgets, evictions fail", Health.WARNING)
    assert view.detail == "a and b select the same pods: every eviction fails"


EDITED = {"app": "web", "debugged": "yes"}
OUT = {"app": "taken-out"}


def over(*labels: dict[str, str], budgets: Sequence[PodDisruptionBudget]) -> SetView:
    """A set of as many pods as there are `labels`, each with its own."""
    pods = [pod(ordinal, labels=own) for ordinal, own in enumerate(labels)]
    return look(stateful_set(len(pods)), pods, budgets=tuple(budgets))


def test_a_pod_with_edited_labels_leaves_its_budget() -> None:
    view = over(LABELS, OUT, LABELS, budgets=[disruption_budget()])
    assert (view.budget.label, view.budget.health) == ("max 1 down, 1 left, not all pods", Health.WARNING)
    assert view.budget.detail == "does not select web-1, which can be evicted at any time"
    assert [member.budgets for member in view.ordinals] == [("web",), (), ("web",)]


def test_a_budget_over_only_an_edited_pod_is_found() -> None:
    only = disruption_budget("debug", labels={"debugged": "yes"})
    view = over(LABELS, EDITED, budgets=[only])
    assert [member.budgets for member in view.ordinals] == [(), ("debug",)]
    assert view.budget.detail == "does not select web-0, which can be evicted at any time"


def test_a_second_budget_over_one_pod_is_named() -> None:
    view = over(LABELS, EDITED, budgets=[disruption_budget(), disruption_budget("b", labels={"debugged": "yes"})])
    assert (view.budget.label, view.budget.health) == ("2 budgets, evictions fail", Health.WARNING)
    assert view.budget.detail == "b and web select web-1: every eviction of it fails"
    assert [member.budgets for member in view.ordinals] == [("web",), ("b", "web")]


def test_budgets_over_separate_pods_are_no_problem() -> None:
    budgets = [disruption_budget("one", labels={"part": "1"}), disruption_budget("two", labels={"part": "2"})]
    view = over({"part": "1"}, {"part": "2"}, {"part": "1"}, budgets=budgets)
    assert (view.budget.label, view.budget.health) == ("2 separate budgets", Health.READY)
    assert view.budget.detail == "one covers web-0 and web-2; two covers web-1"
    assert over({"part": "1"}, {"part": "2"}, OUT, budgets=budgets).budget.health is Health.WARNING


def test_without_pods_the_template_decides() -> None:
    assert look(stateful_set(0), budgets=(disruption_budget(),)).budget.label == "max 1 down, 1 left"
    assert look(stateful_set(0), budgets=(disruption_budget(labels=OUT),)).budget.label == "none"


def test_budgets_that_cannot_be_read_are_unknown() -> None:
    view = look(stateful_set(1), [pod(0)], coverage=without(BUDGETS))
    assert (view.budget.label, view.budget.detail) == ("unknown", "you may not list poddisruptionbudgets")
    assert view.severity is Severity.HEALTHY
