"""The disruption budget of a set."""

from __future__ import annotations

from stsview.model.names import listed
from stsview.model.objects_of_set import SetObjects
from stsview.model.unread import hidden
from stsview.model.views import BudgetView, Tone
from stsview.objects.budget import PodDisruptionBudget
from stsview.objects.kinds import BUDGETS


def budget_of(objects: SetObjects) -> BudgetView:
    """The budget that selects the pods which the set's template makes.

    With more than one over a pod, evictions fail whatever they allow (pkg/registry/core/pod/storage/eviction.go).
    """
    labels = objects.set.spec.template.metadata.labels
    matching = sorted(
        (budget for budget in objects.budgets if budget.spec.selector.matches(labels)),
        key=lambda budget: budget.metadata.name,
    )
    if reason := hidden(BUDGETS, objects, found=bool(matching)):
        return BudgetView("unknown", Tone.UNKNOWN, detail=reason)
    if not matching:
        return BudgetView("none")
    if len(matching) > 1:
        names = listed([budget.metadata.name for budget in matching])
        return BudgetView(
            f"{len(matching)} budgets", Tone.WARNING, detail=f"{names} select the same pods: every eviction fails"
        )
    return _one(matching[0])


def _one(budget: PodDisruptionBudget) -> BudgetView:
    name, status = budget.metadata.name, budget.status
    if status.observed_generation < budget.metadata.generation:
        return BudgetView(f"{_rule(budget)}, not counted yet", Tone.MOVING, name)
    left = status.disruptions_allowed
    tight = left <= 0 and status.expected_pods > 0
    return BudgetView(
        f"{_rule(budget)}, {left} left",
        Tone.WARNING if tight else Tone.READY,
        name,
        "no pod may be evicted now: node drains wait" if tight else "",
    )


def _rule(budget: PodDisruptionBudget) -> str:
    if budget.spec.max_unavailable is not None:
        return f"max {budget.spec.max_unavailable} down"
    # Without either, policy/v1 demands nothing but what minAvailable defaults to.
    return f"min {1 if budget.spec.min_available is None else budget.spec.min_available} up"
