"""The PodDisruptionBudgets over the pods of a set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from stsview.model.cache.set_objects import SetObjects
from stsview.model.names import listed
from stsview.model.pods.unknowns import hidden
from stsview.model.states import BudgetKind, Health
from stsview.model.views import BudgetView
from stsview.objects.budget import PodDisruptionBudget
from stsview.objects.kinds import BUDGETS
from stsview.objects.pod import Pod

Guards = Mapping[str, tuple[PodDisruptionBudget, ...]]
"""By name of a pod: the budgets that select it, sorted by name."""


def guards_of(pods: Iterable[Pod], objects: SetObjects) -> Guards:
    """The budgets of each pod.

    Eviction and the disruption controller match the labels of the pod, not of the template
    (pkg/registry/core/pod/storage/eviction.go, pkg/controller/disruption).
    """
    budgets = sorted(objects.budgets, key=lambda budget: budget.metadata.name)
    return {
        pod.metadata.name: tuple([one for one in budgets if one.spec.selector.matches(pod.metadata.labels)])
        for pod in pods
    }


def budget_of(guards: Guards, objects: SetObjects) -> BudgetView:
    """The budgets that limit evictions of the set's pods.

    Of a set without pods, those of its template's labels.

    With more than one budget over a pod, evictions of it fail whatever they allow (eviction.go, as above).
    """
    if not guards:
        labels = objects.set.spec.template.metadata.labels
        of_template = [budget for budget in objects.budgets if budget.spec.selector.matches(labels)]
        guards = {"": tuple(sorted(of_template, key=lambda budget: budget.metadata.name))}
    found = {budget.metadata.name: budget for over in guards.values() for budget in over}
    if reason := hidden(BUDGETS, objects, found=bool(found)):
        return BudgetView("unknown", Health.UNKNOWN, detail=reason, kind=BudgetKind.UNKNOWN)
    if not found:
        return BudgetView("none")
    if conflicting := [name for name, over in guards.items() if len(over) > 1]:
        return _several(conflicting, guards)
    unguarded = [name for name, over in guards.items() if not over]
    if len(found) == 1:
        (budget,) = found.values()
        return _partial(budget, unguarded) if unguarded else _one(budget)
    return _apart(found.values(), guards, unguarded)


def _several(conflicting: list[str], guards: Guards) -> BudgetView:
    names = listed(sorted({budget.metadata.name for pod in conflicting for budget in guards[pod]}))
    number = max(len(guards[pod]) for pod in conflicting)
    what = "the same pods: every eviction fails"
    if len(conflicting) < len(guards):
        what = f"{listed(conflicting)}: every eviction of {'it' if len(conflicting) == 1 else 'them'} fails"
    return BudgetView(
        f"{number} budgets, evictions fail",
        Health.WARNING,
        detail=f"{names} select {what}",
        kind=BudgetKind.CONFLICTING,
    )


def _one(budget: PodDisruptionBudget) -> BudgetView:
    name, status = budget.metadata.name, budget.status
    if status.observed_generation < budget.metadata.generation:
        return BudgetView(f"{_rule(budget)}, not counted yet", Health.PROGRESSING, name, kind=BudgetKind.ONE)
    tight = _tight(budget)
    return BudgetView(
        f"{_rule(budget)}, {status.disruptions_allowed} left",
        Health.WARNING if tight else Health.READY,
        name,
        "no pod may be evicted now: node drains wait" if tight else "",
        BudgetKind.ONE,
    )


def _partial(budget: PodDisruptionBudget, unguarded: list[str]) -> BudgetView:
    """One budget, and pods whose labels it does not select."""
    return BudgetView(
        f"{_one(budget).label}, not all pods",
        Health.WARNING,
        budget.metadata.name,
        f"does not select {listed(unguarded)}, which can be evicted at any time",
        BudgetKind.PARTIAL,
    )


def _apart(budgets: Iterable[PodDisruptionBudget], guards: Guards, unguarded: list[str]) -> BudgetView:
    """Several budgets, each over pods of its own."""
    over = {
        budget.metadata.name: listed([pod for pod, found in guards.items() if budget in found]) for budget in budgets
    }
    parts = [f"{name} covers {pods}" for name, pods in over.items()] + (
        [f"none covers {listed(unguarded)}"] if unguarded else []
    )
    tight = any(_tight(budget) for budget in budgets)
    return BudgetView(
        f"{len(over)} separate budgets",
        Health.WARNING if unguarded or tight else Health.READY,
        detail="; ".join(parts),
        kind=BudgetKind.SEPARATE,
    )


def _tight(budget: PodDisruptionBudget) -> bool:
    return budget.status.disruptions_allowed <= 0 and budget.status.expected_pods > 0


def _rule(budget: PodDisruptionBudget) -> str:
    if budget.spec.max_unavailable is not None:
        return f"max {budget.spec.max_unavailable} down"
    # Without either, policy/v1 applies the default of minAvailable.
    return f"min {1 if budget.spec.min_available is None else budget.spec.min_available} up"
