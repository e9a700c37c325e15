"""Leftover PVCs, which a scale-up would reuse with their old data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from stsview.model.explain.hazards import unusable_leftover
from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Danger, Evidence, Finding, Level, Remedy
from stsview.model.names import claim_name, listed, parent_and_ordinal, pod_name
from stsview.objects.claim import PersistentVolumeClaim
from stsview.objects.kinds import CLAIMS
from stsview.objects.quantity import format_bytes, parse_bytes
from stsview.triage.rule import Rule, Situation, kubectl, rule, set_ref
from stsview.triage.support.events import timestamp

_KIND = "PersistentVolumeClaim"

_QUOTED = 10
"""PVCs whose age is quoted one by one."""


class _Leftover(NamedTuple):
    ordinal: int
    claim: PersistentVolumeClaim


@rule(
    level=Level.NOTICE,
    title="Leftover PVCs would be reused by a scale-up",
    meaning="These PVCs belong to ordinals that the set no longer has. Kubernetes keeps them on purpose, and they "
    "occupy storage. Scaling up to these ordinals starts their pods with the old data.",
    remedy="No action is required. Before scaling up, check that members can work with data of that age. Delete the "
    "PVCs only if the data is no longer needed: depending on the reclaim policy their volumes are deleted too.",
    danger=Danger.LOSS,
    source="https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#persistentvolumeclaim-retention",
    needs=Situation.UNUSUAL_CLAIM,
)
def leftover_claims(case: RuleInput) -> Iterator[Finding]:
    facts = case.facts
    if facts.set.metadata.deletion_timestamp is not None or facts.rows.surplus:
        return  # a scale-down in progress has just left these behind on purpose
    if not facts.objects.complete(CLAIMS):
        return
    found = sorted(_leftovers(case), key=lambda one: (one.ordinal, one.claim.metadata.name))
    usable = [one for one in found if _unusable(case, one) is None]
    first = facts.set.first_ordinal
    for left in ([one for one in usable if one.ordinal >= first], [one for one in usable if one.ordinal < first]):
        if left:
            yield _reusable(case, left)
    broken = [one for one in found if one.ordinal >= first and _unusable(case, one) is not None]
    if broken:
        yield _broken(case, broken)


def _unusable(case: RuleInput, one: _Leftover) -> str | None:
    """Why no pod can use the PVC; the checks of a scale-up ask the same."""
    unusable = unusable_leftover(one.claim, case.facts.objects)
    return unusable[1] if unusable is not None else None


def _broken(case: RuleInput, left: Sequence[_Leftover]) -> Finding:
    """PVCs that a scale-up would find, and could not use."""
    names = [one.claim.metadata.name for one in left]
    pods = listed(list(dict.fromkeys(pod_name(case.view.name, one.ordinal) for one in left)))
    many = len(names) > 1
    why = _unusable(case, left[0]) if not many else "are unusable"
    return leftover_claims.finding(
        set_ref(case),
        f"leftover {'PVCs' if many else 'PVC'} {listed(names)} {why}: {pods} could not start after a scale-up",
        None,
        [
            Evidence(f"{_KIND} {one.claim.metadata.name}", "status.phase", f"{one.claim.status.phase}: it {reason}")
            for one in left[:_QUOTED]
            if (reason := _unusable(case, one)) is not None
        ],
        (
            Remedy(
                "find out what happened to the volume before scaling up",
                Danger.READ_ONLY,
                command=kubectl(case, "describe", "pvc", *names),
            ),
            Remedy(
                f"only if the data is lost for good or no longer needed: delete {listed(names)}",
                Danger.LOSS,
                command=kubectl(case, "delete", "pvc", *names),
            ),
        ),
    )


def _reusable(case: RuleInput, left: Sequence[_Leftover]) -> Finding:
    names = [one.claim.metadata.name for one in left]
    many = len(names) > 1
    their = "their" if many else "its"
    pods = listed(list(dict.fromkeys(pod_name(case.view.name, one.ordinal) for one in left)))
    return leftover_claims.finding(
        set_ref(case),
        f"leftover {'PVCs' if many else 'PVC'} of {pods}: {_trigger(case, left)} would reuse {their} old data",
        _unused_since(left),
        _evidence(left),
        (
            Remedy(
                f"check {their} age and contents",
                Danger.READ_ONLY,
                command=kubectl(case, "get", "pvc", *names),
            ),
            Remedy(
                f"only if {their} data is no longer needed: delete {listed(names)}",
                Danger.LOSS,
                command=kubectl(case, "delete", "pvc", *names),
            ),
        ),
        so=_consequence(left),
    )


def _leftovers(case: RuleInput) -> Iterator[_Leftover]:
    """PVCs of ordinals outside the set's range that no pod mounts.

    Those named by the set's templates.
    """
    facts, name = case.facts, case.view.name
    views = [view for views in facts.claims.values() for view in views]
    if len(facts.objects.claims) <= sum(bool(view.template and view.uid) for view in views):
        return
    current = {view.name for view in views}
    rest = [claim for at, claim in facts.objects.claims.items() if at not in current]
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
        if named and _ours(case, claim) and not _being_deleted(claim) and not _recent(case, claim):
            yield _Leftover(parsed[1], claim)


def _trigger(case: RuleInput, left: Sequence[_Leftover]) -> str:
    first = case.facts.set.first_ordinal
    if all(one.ordinal < first for one in left):
        return "lowering ordinals.start"
    return "scaling up"


def _ours(case: RuleInput, claim: PersistentVolumeClaim) -> bool:
    """Whether the PVC belongs to this set: another set may use the same PVC name.

    PVCs created by a controller have the labels of its selector; those created by hand may have none.
    """
    labels = claim.metadata.labels
    return not labels or case.facts.set.spec.selector.matches(labels)


def _being_deleted(claim: PersistentVolumeClaim) -> bool:
    """Whether the PVC is being deleted, or will be soon.

    With whenScaled: Delete it is deleted with the pod that was scaled away.
    """
    return claim.metadata.deletion_timestamp is not None or any(
        owner.kind == "Pod" for owner in claim.metadata.owner_references
    )


def _recent(case: RuleInput, claim: PersistentVolumeClaim) -> bool:
    """Whether the PVC may belong to a scale-up that the watch has not delivered yet."""
    created = claim.metadata.creation_timestamp
    return created is not None and not case.facts.overdue(created, case.facts.settings.sighting_grace)


def _unused_since(left: Sequence[_Leftover]) -> datetime | None:
    """When the first of them became unused, if the server records that.

    Condition Unused, Kubernetes 1.37.
    """
    conditions = (one.claim.condition("Unused") for one in left)
    since = [one.last_transition_time for one in conditions if one is not None and one.status == "True"]
    return min((instant for instant in since if instant is not None), default=None)


def _evidence(left: Sequence[_Leftover]) -> Iterator[Evidence]:
    for one in left[:_QUOTED]:
        created = one.claim.metadata.creation_timestamp
        about = f"{_KIND} {one.claim.metadata.name}"
        yield Evidence(about, "metadata.creationTimestamp", timestamp(created) if created else "absent")
    if len(left) > _QUOTED:
        yield Evidence(f"{len(left) - _QUOTED} more PVCs", "metadata.creationTimestamp", "not quoted")


def _consequence(left: Sequence[_Leftover]) -> str:
    sizes = [parse_bytes(one.claim.status.capacity.get("storage", "")) or 0 for one in left]
    total = " ".join(format_bytes(sum(sizes))) if any(sizes) else ""
    if len(left) == 1:
        return f"the new pod would start with the old data{f' ({total})' if total else ''}"
    return f"the new pods would start with the old data in {len(left)} PVCs{f' ({total} in total)' if total else ''}"


RULES: tuple[Rule, ...] = (leftover_claims,)
