"""How many members are down: the total of the other rules' findings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Danger, Evidence, Finding, Level, Remedy
from stsview.model.names import listed
from stsview.model.ordinals.rows import Row
from stsview.model.related.quorum import Quorum, quorum_of
from stsview.model.states import Health
from stsview.objects.kinds import PODS
from stsview.triage.rule import Rule, rule, set_ref
from stsview.triage.support.pod_groups import condition_evidence, sample, subject

_FIRST = "before any other member is restarted, drained or evicted"


@rule(
    level=Level.WARNING,
    title="Members are down",
    meaning="So many members are down that the rest may not suffice. Only the owner of the set knows how many are "
    "needed: set the annotation stsview.io/quorum on the StatefulSet to `majority` or a number, or configure it.",
    remedy="Bring the members back before anything else takes another one down.",
    danger=Danger.READ_ONLY,
    source="https://kubernetes.io/docs/tasks/run-application/configure-pdb/#think-about-how-your-application-reacts-"
    "to-disruptions",
    total=True,
)
def members_down(case: RuleInput) -> Iterator[Finding]:
    """Shown below the one finding that explains it.

    On its own if several findings explain it, or if the quorum is at stake.

    Members that a rollout or scaling takes down count too once another member is down for a different reason.
    """
    facts = case.facts
    if not facts.objects.complete(PODS) or facts.set.metadata.deletion_timestamp is not None:
        return
    troubled = case.troubled
    if not troubled:
        return
    members, up = case.view.replicas, case.view.ready
    down = [row for row in facts.rows.expected if not row.serving]
    quorum = quorum_of(facts.set, facts.settings)
    at_stake = quorum is not None and up <= quorum.needed
    lost = quorum is not None and up < quorum.needed
    broken = any(row.missing or row.state.health is Health.DEGRADED for row in troubled)
    yield members_down.finding(
        set_ref(case) if at_stake else subject(case, troubled),
        _headline(members, up, quorum, case),
        _since(down, members - quorum.needed + lost if quorum is not None and at_stake else 1),
        (
            Evidence(str(set_ref(case)), "spec.replicas", str(members)),
            *(_needed(case, quorum) if quorum is not None else ()),
            *(condition_evidence(row.slot.pod, "Ready") for row in sample(down) if row.slot.pod is not None),
            *(Evidence(f"Pod {row.name}", "metadata", "absent") for row in sample(down) if row.missing),
        ),
        (Remedy(f"bring {listed([row.name for row in troubled])} back {_FIRST}", Danger.READ_ONLY),) if up else (),
        ordinals=() if at_stake else [row.ordinal for row in troubled],
        so=_consequence(lost, at_stake, members, up),
        level=Level.ERROR if lost or (not up and broken) else Level.WARNING,
    )


def _headline(members: int, up: int, quorum: Quorum | None, case: RuleInput) -> str:
    if quorum is not None:
        counts = f"{up} of {members} members up, {quorum.needed} needed"
        if up < quorum.needed:
            return f"quorum lost: {counts}"
        return f"quorum at its limit: {counts}" if up == quorum.needed else f"quorum holds: {counts}"
    if members == 1:
        return f"service is down: {case.facts.rows.expected[0].name} is the only member"
    if members == 2:
        alone = next((row.name for row in case.facts.rows.expected if row.serving), "")
        return f"no redundancy: only {alone} is up" if alone else "service is down: both members are down"
    return f"{members - up} of {members} members down"


def _consequence(lost: bool, at_stake: bool, members: int, up: int) -> str:
    if lost:
        return "operations that need the quorum stop"
    if at_stake or (members == 2 and up):
        return "if one more member goes down, the service stops"
    return ""


def _needed(case: RuleInput, quorum: Quorum) -> Iterator[Evidence]:
    if quorum.source == "configuration":
        yield Evidence("configuration", f"quorum[{case.view.key}]", quorum.value)
    else:
        yield Evidence(str(set_ref(case)), quorum.source, quorum.value)


def _since(down: Sequence[Row], count: int) -> datetime | None:
    """Since when at least `count` members are down.

    None if that is not known of every one of them.
    """
    instants = [row.state.since for row in down if row.state.since is not None]
    return sorted(instants)[count - 1] if len(instants) == len(down) >= count > 0 else None


RULES: tuple[Rule, ...] = (members_down,)
