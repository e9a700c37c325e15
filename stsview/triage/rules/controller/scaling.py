"""Scale-downs that do not progress."""

from __future__ import annotations

from collections.abc import Iterator

from stsview.model.action_id import ActionId
from stsview.model.explain.rule_input import RuleInput
from stsview.model.explain.set_facts import Facts
from stsview.model.finding import Danger, Evidence, Finding, Level, Reaches, Remedy
from stsview.model.names import listed
from stsview.model.ordinals.rows import Row
from stsview.model.states import Health
from stsview.triage.rule import kubectl, row_ref, rule, set_ref
from stsview.triage.support.pod_groups import condition_evidence

_CONTROL = "pkg/controller/statefulset/stateful_set_control.go, processCondemned"

_GUARANTEES = "https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#deployment-and-scaling-guarantees"


@rule(
    level=Level.ERROR,
    title="Surplus pods block each other",
    meaning="With OrderedReady the highest pod is removed first, and one that is not Ready is removed only if every "
    "lower pod is Ready. If two surplus pods are not Ready, the controller waits and reports nothing.",
    remedy="Delete the highest pod: it is beyond the replica count and will not be recreated.",
    danger=Danger.DISRUPTIVE,
    source=_CONTROL,
    reaches=Reaches.ORDINALS,
)
def scale_down_deadlock(case: RuleInput) -> Iterator[Finding]:
    facts = case.facts
    if not _scales_down(facts) or any(not row.available for row in facts.rows.expected):
        return
    unready = [row for row in facts.rows.surplus if not row.available]
    highest = facts.rows.surplus[-1]
    if len(unready) < 2 or unready[-1] is not highest or highest.terminating:
        return
    # Either pod unblocks the other by becoming Ready, which one that is still starting may do.
    if any(row.state.health not in (Health.DEGRADED, Health.WARNING) for row in (unready[0], highest)):
        return
    yield scale_down_deadlock.finding(
        row_ref(case, highest),
        f"scale-down stuck: {highest.name} and {unready[0].name} are both NotReady; delete {highest.name}",
        max((row.state.since for row in (unready[0], highest) if row.state.since is not None), default=None),
        (
            Evidence(str(set_ref(case)), "spec.replicas", str(facts.set.spec.replicas)),
            *(condition_evidence(row.slot.pod, "Ready") for row in (unready[0], highest) if row.slot.pod is not None),
        ),
        (_delete(case, highest, "it is beyond the replica count and will not be recreated"),),
        ordinals=[row.ordinal for row in unready],
        so=f"{_not_removed(facts)} until {highest.name} is deleted",
        level=Level.ERROR if highest.state.health is unready[0].state.health is Health.DEGRADED else Level.WARNING,
    )


@rule(
    level=Level.WARNING,
    title="Scale-down is blocked by a remaining pod",
    meaning="With OrderedReady no pod is removed until all remaining pods are Ready.",
    remedy="Bring the broken pod back. If that is impossible, delete the surplus pods, the highest first: they will "
    "not be recreated.",
    danger=Danger.DISRUPTIVE,
    source=_GUARANTEES,
)
def scale_down_blocked(case: RuleInput) -> Iterator[Finding]:
    facts = case.facts
    if not _scales_down(facts):
        return
    blocker = next((row for row in facts.rows.expected if not row.available), None)
    leaving = [row for row in facts.rows.surplus if not row.terminating]
    if blocker is None or blocker.state.health is not Health.DEGRADED or not leaving:
        return
    yield scale_down_blocked.finding(
        set_ref(case),
        f"scale-down blocked: {_not_removed(facts)} until {blocker.name} is Ready",
        blocker.state.since,
        (
            Evidence(str(set_ref(case)), "spec.replicas", str(facts.set.spec.replicas)),
            Evidence(str(set_ref(case)), "spec.podManagementPolicy", facts.set.spec.pod_management_policy),
            *((condition_evidence(blocker.slot.pod, "Ready"),) if blocker.slot.pod is not None else ()),
        ),
        (
            Remedy(f"bring {blocker.name} back: the scale-down then continues", Danger.READ_ONLY),
            _delete(case, leaving[-1], "it will not be recreated; then delete the next lower surplus pod")
            if len(leaving) > 1
            else _delete(case, leaving[-1], "it will not be recreated"),
        ),
        ordinals=[blocker.ordinal],
    )


def _scales_down(facts: Facts) -> bool:
    meta = facts.set.metadata
    return bool(facts.rows.surplus) and facts.ordered and meta.deletion_timestamp is None


def _not_removed(facts: Facts) -> str:
    names = [row.name for row in reversed(facts.rows.surplus) if not row.terminating]
    return f"{listed(names)} {'is' if len(names) == 1 else 'are'} not removed"


def _delete(case: RuleInput, row: Row, then: str) -> Remedy:
    command = kubectl(case, "delete", "pod", row.name)
    return Remedy(f"delete {row.name}: {then}", Danger.DISRUPTIVE, ActionId.DELETE_POD, command, row.name)


DEADLOCK = (scale_down_deadlock,)
"""Listed before the rules about the pods themselves: these are beyond the replica count, their problems no longer
matter."""

RULES = (scale_down_blocked,)
