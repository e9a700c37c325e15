"""The fallback: the set is stuck, and no other rule explains it."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from stsview.model.explain.controller_wait import wait_for_pod
from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Danger, Evidence, Finding, Level, Reaches, Remedy
from stsview.model.states import Health, PodKind
from stsview.model.views import Severity, Wait
from stsview.triage.rule import Rule, kubectl, pod_ref, rule, set_ref


@rule(
    level=Level.ERROR,
    title="StatefulSet is stuck",
    meaning="The controller waits, or a member is down, and no other rule knows the reason.",
    remedy="Read the events and logs of the pod or StatefulSet named in the finding.",
    danger=Danger.READ_ONLY,
    source="pkg/controller/statefulset/stateful_set_control.go, updateStatefulSet",
    reaches=Reaches.ORDINALS,
    fallback=True,
)
def set_stuck(case: RuleInput) -> Iterator[Finding]:
    """Guarantees that every set that makes no progress has a finding."""
    for wait in dict.fromkeys(_waits(case)):
        if wait.severity < Severity.AT_RISK:
            continue
        row = next((row for row in case.view.ordinals if row.ordinal == wait.ordinal), None)
        about = set_ref(case) if row is None else pod_ref(case, row.name, row.uid)
        status = Evidence(str(about), "status", wait.detail or (row.state.label if row is not None else "unknown"))
        steps = [Remedy(wait.next, Danger.READ_ONLY)] if wait.next else []
        command = kubectl(case, "describe", about.kind.lower(), about.name)
        yield set_stuck.finding(
            about,
            ": ".join(part for part in (wait.headline, wait.detail) if part),
            wait.since,
            (status,),
            (*steps, Remedy(f"read the events of {about}", Danger.READ_ONLY, command=command)),
            ordinals=() if wait.ordinal is None else (wait.ordinal,),
            so=wait.so,
            level=Level.ERROR if wait.severity is Severity.STUCK else Level.WARNING,
        )


def _waits(case: RuleInput) -> Iterator[Wait]:
    """The waits that make the set stuck.

    The controller's own comes first, then members in trouble that it does not wait for, then stuck surplus pods.
    """
    wait, facts = case.view.wait, case.facts
    yield wait
    waited_for = wait.ordinal if wait.severity >= Severity.AT_RISK else None
    for row in case.troubled:
        if row.ordinal == waited_for or row.missing:
            continue
        stuck = row.state.kind is PodKind.STUCK_TERMINATING
        is_ = row.state.label if stuck else "is broken" if row.state.health is Health.DEGRADED else "is down"
        yield replace(wait_for_pod(row, facts), headline=f"{row.name} {is_}")
    for row in facts.rows.surplus:
        if row.terminating and row.state.health is Health.DEGRADED and row.ordinal != waited_for:
            yield wait_for_pod(row, facts)
    yield case.view.why


RULES: tuple[Rule, ...] = (set_stuck,)
