"""Scale-downs that do not go on."""

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
    title="Two pods that are to go wait for each other",
    meaning="In order, the highest pod is removed first, and one that is not Ready only if no lower one is not Ready "
    "either. With two of them the controller waits without a word.",
    remedy="Delete the highest by hand: it is not wanted any more, and does not come back.",
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
    # Either of them frees the other by getting Ready, which one that is still starting may do.
    if any(row.state.health not in (Health.DEGRADED, Health.WARNING) for row in (unready[0], highest)):
        return
    yield scale_down_deadlock.finding(
        row_ref(case, highest),
        f"{highest.name}: deadlock, it must be deleted by hand: neither it nor {unready[0].name} is Ready",
        max((row.state.since for row in (unready[0], highest) if row.state.since is not None), default=None),
        (
            Evidence(str(set_ref(case)), "spec.replicas", str(facts.set.spec.replicas)),
            *(condition_evidence(row.slot.pod, "Ready") for row in (unready[0], highest) if row.slot.pod is not None),
        ),
        (_delete(case, highest, "it is not wanted any more, and does not come back"),),
        ordinals=[row.ordinal for row in unready],
        so=f"{_not_removed(facts)} until then",
        level=Level.ERROR if highest.state.health is unready[0].state.health is Health.DEGRADED else Level.WARNING,
    )


@rule(
    level=Level.WARNING,
    title="A scale-down waits for a pod that stays",
    meaning="In order, nothing is removed before all pods that stay are Ready.",
    remedy="Bring that pod back. If it cannot be, the pods that are to go may be deleted by hand, the highest first: "
    "they do not come back.",
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
        f"{_not_removed(facts)} before {blocker.name} is Ready",
        blocker.state.since,
        (
            Evidence(str(set_ref(case)), "spec.replicas", str(facts.set.spec.replicas)),
            Evidence(str(set_ref(case)), "spec.podManagementPolicy", facts.set.spec.pod_management_policy),
            *((condition_evidence(blocker.slot.pod, "Ready"),) if blocker.slot.pod is not None else ()),
        ),
        (
            Remedy(f"bring {blocker.name} back: the scale-down goes on by itself", Danger.READ_ONLY),
            _delete(case, leaving[-1], "it does not come back; then the next lower one"),
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
"""Where it holds, the pods' own trouble no longer matters: they are to go."""

RULES = (scale_down_blocked,)
