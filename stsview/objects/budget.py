"""policy/v1 PodDisruptionBudget."""

from __future__ import annotations

from stsview.objects.meta import SELECTS_NOTHING, Identifying, LabelSelector, Struct


class BudgetSpec(Struct, frozen=True):
    selector: LabelSelector = SELECTS_NOTHING
    """policy/v1: absent selects nothing, empty selects every pod of the namespace."""
    max_unavailable: int | str | None = None
    min_available: int | str | None = None


class BudgetStatus(Struct, frozen=True):
    observed_generation: int = 0
    disruptions_allowed: int = 0
    expected_pods: int = 0


class PodDisruptionBudget(Struct, frozen=True):
    metadata: Identifying
    spec: BudgetSpec = BudgetSpec()
    status: BudgetStatus = BudgetStatus()
