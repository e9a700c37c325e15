"""Rules about PodDisruptionBudgets that block a drain."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from stsview.model.finding import Danger, Finding, Level
from stsview.objects.budget import BudgetStatus, PodDisruptionBudget
from stsview.objects.kinds import BUDGETS
from stsview.objects.node import Node, NodeSpec, Taint
from stsview.objects.pod import Pod
from stsview.triage.rules.nodes.budgets import drain_blocked, drain_impossible
from tests.support.model.build import (
    around,
    at,
    condition,
    crashing,
    disruption_budget,
    node,
    pod,
    starting,
    stateful_set,
    terminating,
    without,
)
from tests.support.triage.judge import found, judged


def cordoned(since: float = 0) -> Node:
    taint = Taint(key="node.kubernetes.io/unschedulable", effect="NoSchedule", time_added=at(since))
    return msgspec.structs.replace(node(), spec=NodeSpec(unschedulable=True, taints=(taint,)))


def budget(
    name: str = "web", *, left: int = 0, healthy: int = 3, desired: int = 2, since: float = 0, **spec: Any
) -> PodDisruptionBudget:
    status = BudgetStatus(
        observed_generation=1,
        disruptions_allowed=left,
        current_healthy=healthy,
        desired_healthy=desired,
        expected_pods=3,
        conditions=(condition("DisruptionAllowed", "False" if left == 0 else "True", since),),
    )
    return msgspec.structs.replace(disruption_budget(name, **spec), status=status)


def drained(
    guard: PodDisruptionBudget, *held: Pod, on: Node | None = None, now: float = 1_000, **parts: Any
) -> tuple[Finding, ...]:
    """web-2, or the given pod, on a cordoned node; the others elsewhere."""
    pods = [pod(0, node="node-2"), pod(1, node="node-2"), *(held or [pod(2)])][-3:]
    nodes = {"node-1": on or cordoned(), "node-2": node("node-2")}
    return found(drain_blocked, around(stateful_set(3), pods, nodes=nodes, budgets=(guard,), **parts), now)


def test_a_budget_that_never_allows_a_disruption_blocks_a_drain() -> None:
    (finding,) = drained(budget(desired=3))
    assert finding.headline == "web-2: cannot be evicted from node node-1: PDB web never allows a disruption"
    assert (finding.level, finding.object.kind, finding.since) == (Level.WARNING, "PodDisruptionBudget", at(0))
    assert [one.value for one in finding.evidence] == ["true", "0", "3", "3", "3"]
    assert [one.danger for one in finding.remedies] == [Danger.READ_ONLY, Danger.REVERSIBLE, Danger.DISRUPTIVE]
    assert finding.so == "a drain of node-1 waits for the PDB"


def test_a_budget_exhausted_by_a_broken_member_is_a_symptom_of_it() -> None:
    pods = [pod(0, node="node-2"), crashing(1, node="node-2"), pod(2)]
    nodes = {"node-1": cordoned(), "node-2": node("node-2")}
    objects = around(stateful_set(3), pods, nodes=nodes, budgets=(budget(healthy=2),))
    (finding,) = found(drain_blocked, objects, 1_000)
    assert finding.headline.endswith("PDB web allows no disruption while web-1 is down")
    assert finding.next == "bring web-1 back: the drain then continues"
    assert "drain-blocked" in [below.rule for head in judged(objects, 1_000).findings for below in head.below]


def test_a_broken_pod_on_the_cordoned_node_may_be_evicted() -> None:
    (finding,) = drained(budget(healthy=1), crashing(2))
    assert [one.danger for one in finding.remedies][1:2] == [Danger.REVERSIBLE]
    assert "AlwaysAllow" in finding.remedies[1].command


@pytest.mark.parametrize(
    ("guard", "held", "on", "now"),
    [
        (budget(left=1), pod(2), cordoned(), 1_000),
        (budget(desired=3), pod(2), node(), 1_000),
        (budget(desired=3), terminating(2, asked=990), cordoned(), 1_000),
        (budget(desired=3), pod(2, phase="Pending", ready="False"), cordoned(), 1_000),
        (budget(healthy=2), crashing(2), cordoned(), 1_000),
        (budget(healthy=1, unhealthy_pod_eviction_policy="AlwaysAllow"), crashing(2), cordoned(), 1_000),
        (budget(desired=3), pod(2), cordoned(900), 1_000),
        (budget(healthy=2, since=900), pod(2), cordoned(), 1_000),
        (budget("other", labels={"app": "other"}, desired=3), pod(2), cordoned(), 1_000),
    ],
    ids=[
        "allowed",
        "not cordoned",
        "on its way",
        "not guarded",
        "budget met without it",
        "always allowed",
        "just cordoned",
        "one after the other",
        "not its budget",
    ],
)
def test_a_drain_in_progress_is_no_problem(guard: PodDisruptionBudget, held: Pod, on: Node, now: float) -> None:
    assert drained(guard, held, on=on, now=now) == ()


def test_unreadable_budgets_are_unknown() -> None:
    assert drained(budget(desired=3), coverage=without(BUDGETS)) == ()


def test_without_timestamps_the_age_counts_from_when_it_was_first_seen() -> None:
    status = BudgetStatus(observed_generation=1, current_healthy=3, desired_healthy=3, expected_pods=3)
    guard = msgspec.structs.replace(disruption_budget(), status=status)
    objects = around(stateful_set(1), [starting(0), pod(0)], nodes={"node-1": node(cordoned=True)}, budgets=(guard,))
    assert found(drain_blocked, objects, 1_000, first_seen=800) == ()
    assert len(found(drain_blocked, objects, 1_000, first_seen=600)) == 1


def test_two_budgets_over_one_pod_fail_every_eviction() -> None:
    both = (budget("one", left=1), budget("two", left=1))
    objects = around(stateful_set(1), [pod(0)], nodes={"node-1": cordoned()}, budgets=both)
    (finding,) = found(drain_impossible, objects, 100)
    assert finding.headline == "web-0: cannot be evicted from a cordoned node: PDBs one and two select the same pod"
    assert found(drain_blocked, objects, 1_000) == ()
    well = around(stateful_set(1), [pod(0)], nodes={"node-1": node()}, budgets=both)
    assert found(drain_impossible, well, 100) == found(drain_impossible, around(stateful_set(1), [pod(0)]), 100) == ()
