"""Claims that no ordinal uses at present, and that a scale-up would attach again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Danger, Evidence, Finding, Level, Remedy
from stsview.model.names import claim_name, listed, parent_and_ordinal, pod_name
from stsview.objects.claim import PersistentVolumeClaim
from stsview.objects.kinds import CLAIMS
from stsview.objects.quantity import format_bytes, parse_bytes
from stsview.triage.rule import Rule, kubectl, rule, set_ref
from stsview.triage.support.events import timestamp

_KIND = "PersistentVolumeClaim"

_QUOTED = 10
"""Claims whose age is told one by one."""


class _Old(NamedTuple):
    ordinal: int
    claim: PersistentVolumeClaim


@rule(
    level=Level.NOTICE,
    title="Old claims are kept that a scale-up would attach again",
    meaning="These claims are of ordinals that the set has no longer. They are kept on purpose, and cost what they "
    "hold. A scale-up to these ordinals starts their pods on that old data.",
    remedy="None is needed. Before a scale-up make sure that the members can live with data of that age. Delete the "
    "claims only when nobody wants the data any more: depending on the reclaim policy their volumes go with them.",
    danger=Danger.LOSS,
    source="https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#persistentvolumeclaim-retention",
)
def leftover_claims(case: RuleInput) -> Iterator[Finding]:
    facts = case.facts
    if facts.set.metadata.deletion_timestamp is not None or facts.rows.surplus:
        return  # what is being scaled away now, somebody has just decided
    if not facts.objects.complete(CLAIMS):
        return
    old = sorted(_old(case), key=lambda one: (one.ordinal, one.claim.metadata.name))
    if not old:
        return
    names = [one.claim.metadata.name for one in old]
    many = len(names) > 1
    them = "them" if many else "it"
    pods = listed(list(dict.fromkeys(pod_name(case.view.name, one.ordinal) for one in old)))
    yield leftover_claims.finding(
        set_ref(case),
        f"old {'claims' if many else 'claim'} of {pods}: {_what(case, old)} would attach {them} again",
        _unused_since(old),
        _evidence(old),
        (
            Remedy(
                "look how old they are and what they hold" if many else "look how old it is and what it holds",
                Danger.READ_ONLY,
                command=kubectl(case, "get", "pvc", *names),
            ),
            Remedy(
                f"only if nobody wants {'their' if many else 'its'} data any more: delete {listed(names)}",
                Danger.LOSS,
                command=kubectl(case, "delete", "pvc", *names),
            ),
        ),
        so=_cost(old),
    )


def _old(case: RuleInput) -> Iterator[_Old]:
    """Claims by the names that the set's templates give, of ordinals that it has not, and that no pod has either."""
    facts, name = case.facts, case.view.name
    views = [view for views in facts.claims.values() for view in views]
    if len(facts.objects.claims) <= sum(bool(view.template and view.uid) for view in views):
        return
    shown = {view.name for view in views}
    rest = [claim for at, claim in facts.objects.claims.items() if at not in shown]
    templates = [template.metadata.name for template in facts.set.spec.volume_claim_templates]
    expected = range(facts.set.first_ordinal, facts.set.last_ordinal + 1)
    mounted = {
        volume.persistent_volume_claim.claim_name
        for pod in facts.objects.pods.values()
        for volume in pod.spec.volumes
        if volume.persistent_volume_claim is not None
    }
    for claim in rest:
        at = claim.metadata.name
        parsed = parent_and_ordinal(at)
        if parsed is None or parsed[1] in expected or at in mounted:
            continue
        named = any(claim_name(template, name, parsed[1]) == at for template in templates)
        if named and _ours(case, claim) and not _going(claim) and not _new(case, claim):
            yield _Old(parsed[1], claim)


def _what(case: RuleInput, old: Sequence[_Old]) -> str:
    first = case.facts.set.first_ordinal
    if all(one.ordinal < first for one in old):
        return "a lower ordinals.start"
    return "a scale-up"


def _ours(case: RuleInput, claim: PersistentVolumeClaim) -> bool:
    """Two sets can mean claims of one name. Those that a controller made have the labels of its selector; those that
    somebody made by hand may have none."""
    labels = claim.metadata.labels
    return not labels or case.facts.set.spec.selector.matches(labels)


def _going(claim: PersistentVolumeClaim) -> bool:
    """Whether it is deleted with a pod that is scaled away (whenScaled: Delete), or already."""
    return claim.metadata.deletion_timestamp is not None or any(
        owner.kind == "Pod" for owner in claim.metadata.owner_references
    )


def _new(case: RuleInput, claim: PersistentVolumeClaim) -> bool:
    """Whether it may be of a scale-up of which the stream of sets has not told yet."""
    made = claim.metadata.creation_timestamp
    return made is not None and not case.facts.overdue(made, case.facts.settings.sighting_grace)


def _unused_since(old: Sequence[_Old]) -> datetime | None:
    """Since when the first of them is used by no pod, where the server tells (condition Unused, Kubernetes 1.37)."""
    told = (one.claim.condition("Unused") for one in old)
    since = [one.last_transition_time for one in told if one is not None and one.status == "True"]
    return min((instant for instant in since if instant is not None), default=None)


def _evidence(old: Sequence[_Old]) -> Iterator[Evidence]:
    for one in old[:_QUOTED]:
        created = one.claim.metadata.creation_timestamp
        about = f"{_KIND} {one.claim.metadata.name}"
        yield Evidence(about, "metadata.creationTimestamp", timestamp(created) if created else "absent")
    if len(old) > _QUOTED:
        yield Evidence(f"{len(old) - _QUOTED} more of these", "metadata.creationTimestamp", "not quoted")


def _cost(old: Sequence[_Old]) -> str:
    sizes = [parse_bytes(one.claim.status.capacity.get("storage", "")) or 0 for one in old]
    held = f", {' '.join(format_bytes(sum(sizes)))} in all" if any(sizes) else ""
    return (
        f"their pods would start on what these {len(old)} claims hold{held}"
        if len(old) > 1
        else (f"its pod would start on what it holds{held.removesuffix(' in all')}")
    )


RULES: tuple[Rule, ...] = (leftover_claims,)
