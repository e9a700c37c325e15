"""policy/v1 PodDisruptionBudget."""

from __future__ import annotations

from stsview.objects.meta import SELECTS_NOTHING, BasicMeta, Condition, LabelSelector, Struct


class BudgetSpec(Struct, frozen=True):
    selector: LabelSelector = SELECTS_NOTHING
    """policy/v1: absent selects nothing, empty selects every pod of the namespace."""
    max_unavailable: int | str | None = None
    min_available: int | str | None = None
    unhealthy_pod_eviction_policy: str = "IfHealthyBudget"
    """`AlwaysAllow`: pods that are not Ready may be evicted whatever the budget says (KEP-3017)."""


class BudgetStatus(Struct, frozen=True):
    observed_generation: int = 0
    disruptions_allowed: int = 0
    current_healthy: int = 0
    desired_healthy: int = 0
    expected_pods: int = 0
    conditions: tuple[Condition, ...] = ()


class PodDisruptionBudget(Struct, frozen=True):
    metadata: BasicMeta
    spec: BudgetSpec = BudgetSpec()
    status: BudgetStatus = BudgetStatus()
