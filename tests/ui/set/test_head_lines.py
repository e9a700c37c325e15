from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from stsview.model.states import BudgetKind, Health
from stsview.model.views import BudgetView, SetView, WriterView
from stsview.ui.kit.look.roles import plain
from stsview.ui.set.head_lines import facts, head_height, head_lines
from tests.support.ui.fleets import (
    NOW,
    healthy,
    kafka,
    picture_sets,
    unreadable,
    zookeeper,
)


def test_the_head_of_a_rollout() -> None:
    first, second = (plain(line) for line in head_lines(kafka(), NOW, 160))
    assert first.startswith("5d4b99c7f8 ──▶ 7c9f01d2aa   ━")
    assert first.endswith("2/6 updated   waits for kafka-3 · CrashLoopBackOff, exit 1, 12 times · 12m")
    assert second == (
        "6 replicas · Service kafka-hs ✔ headless · changed by kubectl-set 25m ago · OrderedReady · RollingUpdate"
        " · PVCs retained"
    )


def test_the_head_of_a_healthy_set() -> None:
    first, second, _ = (plain(line) for line in head_lines(healthy("mq", "rabbitmq", 3), NOW, 100))
    assert first.startswith("6f4ddbdbb6   ━")
    assert first.endswith("3/3 ready")
    assert second == "up to date"


def test_the_head_of_a_set_that_cannot_be_read() -> None:
    assert plain(head_lines(unreadable(), NOW, 100)[1]) == "? you may not list pods in vip"


@given(st.integers(1, 220), st.sampled_from(picture_sets()))
@settings(max_examples=60)
def test_the_height_of_the_head_depends_on_the_width_alone(width: int, view: SetView) -> None:
    assert len(head_lines(view, NOW, width)) == head_height(width)


def test_non_default_fields_are_shown() -> None:
    view = replace(zookeeper(), start=5, min_ready_seconds=10, when_scaled="Delete", when_deleted="Delete")
    assert plain(facts(view, NOW)) == (
        "3 replicas · from ordinal 5 · Service zk-hs ✖ not headless · OrderedReady · RollingUpdate"
        " · minReadySeconds 10 · PVCs deleted on scale-down and with the set"
    )


def test_the_budget_and_other_writers_are_shown() -> None:
    view = replace(
        zookeeper(),
        budget=BudgetView("max 1 down, 0 left", Health.WARNING, "zk", kind=BudgetKind.ONE),
        writers=(WriterView("HPA", "zk", "2 to 10"), WriterView("Argo CD", "shop")),
    )
    assert plain(facts(view, NOW)).startswith(
        "3 replicas · Service zk-hs ✖ not headless · PDB ▲ max 1 down, 0 left"
        " · also written by HPA zk 2 to 10, Argo CD shop · "
    )
    quiet = replace(view, budget=BudgetView("none"), writers=())
    assert "budget" not in plain(facts(quiet, NOW))
    assert "written" not in plain(facts(quiet, NOW))


def test_budgets_and_autoscalers_that_cannot_be_read_are_unknown() -> None:
    view = replace(
        zookeeper(),
        budget=BudgetView("unknown", Health.UNKNOWN, kind=BudgetKind.UNKNOWN),
        writers_unknown="you may not list autoscalers",
    )
    assert " · PDB ? unknown · ? autoscalers unknown · " in plain(facts(view, NOW))
