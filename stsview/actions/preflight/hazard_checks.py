"""What may lose data, as checks of every plan that ends or creates a pod."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from stsview.actions.plan import Check, Plan, Precondition, Result
from stsview.actions.preflight.fresh_state import FreshState
from stsview.model.explain.hazards import Hazard, HazardKind, hazards_of_creation, hazards_of_end
from stsview.model.finding import Danger
from stsview.model.names import listed

SAME_CLAIMS = " and PVCs"
"""How a step ends that promises that a pod comes back on its own claims; taken back where it does not."""


def guarded(plan: Plan, fresh: FreshState) -> Plan:
    """The plan with a check for each hazard of the pods that it ends or creates.

    A hazard that loses data, or keeps a pod from being created, refuses the plan. A written reason overrides that, with
    the typed name; a plan that loses data has the highest danger.
    """
    ending = _hazards(fresh, plan.ends)
    creating = [
        hazard for ordinal in plan.creates for hazard in hazards_of_creation(ordinal, fresh.objects, fresh.nodes)
    ]
    made = [_check(hazard) for hazard in (*ending, *creating) if not _expected(plan, hazard)]
    safe = not any(hazard.loses_data or hazard.unknown for hazard in ending)
    if plan.ends and safe and fresh.set.spec.volume_claim_templates:
        made.append(Check("claims-stay", Result.PASS, f"no PVC of {listed(list(plan.ends))} is deleted with its pod"))
    losing = [hazard for hazard in ending if hazard.loses_data]
    stopping = [*losing, *(hazard for hazard in creating if hazard.blocks)]
    facts = (
        *([Precondition("hazards", "what may lose data", _named(losing))] if plan.ends else []),
        *([Precondition("blocked-pods", "pods that cannot be created", _named(creating))] if plan.creates else []),
    )
    plan = replace(plan, checks=(*plan.checks, *made), preconditions=(*plan.preconditions, *facts))
    if not fresh.set.spec.volume_claim_templates:
        plan = replace(plan, steps=tuple(step.removesuffix(SAME_CLAIMS) for step in plan.steps))
    if losing:
        lost = listed(list(dict.fromkeys(hazard.pod for hazard in losing)))
        steps = (*(step.removesuffix(SAME_CLAIMS) for step in plan.steps), f"{lost}: data is lost")
        plan = replace(plan, steps=steps)
        # The refusals say why, one line each.
        risk = f"Data loss: the data of {lost} is lost."
        plan = replace(plan, danger=Danger.LOSS, risks=(risk, *plan.risks))
    if stopping:
        plan = replace(plan, confirmation=replace(plan.confirmation, name=plan.about.name, reason=True))
    return plan


def losing(fresh: FreshState, pod: str) -> str:
    """Why a pod must not end now, from a fresh read in the middle of an execution; empty where nothing is lost."""
    return "; ".join(hazard.text for hazard in _hazards(fresh, (pod,)) if hazard.loses_data)


def _hazards(fresh: FreshState, pods: Iterable[str]) -> list[Hazard]:
    rows = {row.name: row for row in fresh.view.ordinals}
    return [
        hazard for name in pods if name in rows for hazard in hazards_of_end(rows[name], fresh.objects, fresh.nodes)
    ]


def _check(hazard: Hazard) -> Check:
    if hazard.loses_data or hazard.blocks:
        return Check(hazard.kind.value, Result.FAIL, hazard.text, overridable=True)
    return Check(hazard.kind.value, Result.UNKNOWN if hazard.unknown else Result.WARN, hazard.text)


def _expected(plan: Plan, hazard: Hazard) -> bool:
    """Whether the plan is about that very hazard, and has checks of its own for it."""
    return plan.ends_forcibly and hazard.kind in (HazardKind.NODE_LOST, HazardKind.FINALIZER)


def _named(hazards: list[Hazard]) -> str:
    return "; ".join(f"{hazard.kind.value} of {hazard.pod}" for hazard in hazards) or "nothing"
