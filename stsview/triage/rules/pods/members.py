"""How many members are down, and what that means for the whole: the sum of what the other rules found."""

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

_KEEP = "do not restart, drain or evict any other member before that"


@rule(
    level=Level.WARNING,
    title="Members are down",
    meaning="So many members are down that the rest may not do. How many are needed only the set's owner knows: the "
    "annotation stsview.io/quorum on the set, `majority` or a number, says it, or the configuration does.",
    remedy="Bring the members back before anything else takes another one down.",
    danger=Danger.READ_ONLY,
    source="https://kubernetes.io/docs/tasks/run-application/configure-pdb/#think-about-how-your-application-reacts-"
    "to-disruptions",
    total=True,
)
def members_down(case: RuleInput) -> Iterator[Finding]:
    """Stands below the one finding that explains it, and for itself where there are several, or the quorum is at stake.

    Members that a rollout or scaling takes down count once another one is down for no such reason.
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
        _sentence(members, up, quorum, case),
        _since(down, members - quorum.needed + lost if quorum is not None and at_stake else 1),
        (
            Evidence(str(set_ref(case)), "spec.replicas", str(members)),
            *(_needed(case, quorum) if quorum is not None else ()),
            *(condition_evidence(row.slot.pod, "Ready") for row in sample(down) if row.slot.pod is not None),
            *(Evidence(f"Pod {row.name}", "metadata", "absent") for row in sample(down) if row.missing),
        ),
        (Remedy(f"bring {listed([row.name for row in troubled])} back; {_KEEP}", Danger.READ_ONLY),) if up else (),
        ordinals=() if at_stake else [row.ordinal for row in troubled],
        so=_meaning(lost, at_stake, members, up),
        level=Level.ERROR if lost or (not up and broken) else Level.WARNING,
    )


def _sentence(members: int, up: int, quorum: Quorum | None, case: RuleInput) -> str:
    if quorum is not None:
        told = f"{up} of {members} members up, {quorum.needed} are needed"
        if up < quorum.needed:
            return f"quorum is lost: {told}"
        return f"quorum is at its edge: {told}" if up == quorum.needed else f"quorum holds: {told}"
    if members == 1:
        return f"the service stops: {case.facts.rows.expected[0].name} is the only member"
    if members == 2:
        alone = next((row.name for row in case.facts.rows.expected if row.serving), "")
        return f"no redundancy: {alone} alone is up" if alone else "the service stops: both members are down"
    return f"{members - up} of {members} members down"


def _meaning(lost: bool, at_stake: bool, members: int, up: int) -> str:
    if lost:
        return "what needs the quorum stops"
    if at_stake or (members == 2 and up):
        return "one more, and the service stops"
    return ""


def _needed(case: RuleInput, quorum: Quorum) -> Iterator[Evidence]:
    if quorum.source == "configuration":
        yield Evidence("configuration", f"quorum[{case.view.key}]", quorum.value)
    else:
        yield Evidence(str(set_ref(case)), quorum.source, quorum.value)


def _since(down: Sequence[Row], count: int) -> datetime | None:
    """Since when so many of them are down; None where that of one of them is not known."""
    instants = [row.state.since for row in down if row.state.since is not None]
    return sorted(instants)[count - 1] if len(instants) == len(down) >= count > 0 else None


RULES: tuple[Rule, ...] = (members_down,)
