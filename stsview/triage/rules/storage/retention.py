"""Claims in the way of a pod that is to be created, and whose they are."""

from __future__ import annotations

import json
from collections.abc import Iterator

from stsview.model.explain.missing_ordinals import Absence, Gap
from stsview.model.explain.next_steps import consequence
from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Certainty, Danger, Evidence, Finding, Level, Reaches, Remedy
from stsview.model.names import listed, one_line
from stsview.model.states import ClaimStatus
from stsview.model.storage.claims import is_stale
from stsview.objects.claim import PersistentVolumeClaim
from stsview.objects.kinds import CLAIMS
from stsview.objects.meta import OwnerReference
from stsview.triage.rule import Rule, Situation, kubectl, pod_ref, rule, set_ref
from stsview.triage.support.events import timestamp
from stsview.triage.support.missing_pods import no_pod, not_reached, reconcile, stuck_absences
from stsview.triage.support.ordinal_claims import (
    OrdinalClaim,
    claim_label,
    claim_ref,
    group_by_cause,
    ordinal_claims,
    ordinals,
    pods_of,
)
from stsview.triage.support.pod_groups import sample

_KIND = "PersistentVolumeClaim"

_IN_USE = "kubernetes.io/pvc-protection"

_POLICY = "spec.persistentVolumeClaimRetentionPolicy"

_RETAIN = '{"spec":{"persistentVolumeClaimRetentionPolicy":{"whenDeleted":"Retain","whenScaled":"Retain"}}}'

_SYNCS = "any write to the StatefulSet makes the controller sync it again"

_RETENTION = (
    "https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#persistentvolumeclaim-retention; KEP-1847"
)


@rule(
    level=Level.ERROR,
    title="PVC being deleted blocks pod creation",
    meaning="The controller does not create a pod while one of its PVCs is being deleted. The PVC stays as long as a "
    "pod uses it or a finalizer holds it.",
    remedy="Find out which pod still uses the PVC, or which controller should remove its finalizer.",
    danger=Danger.LOSS,
    source="pkg/controller/statefulset/stateful_pod_control.go, createPersistentVolumeClaims",
    reaches=Reaches.ORDINALS,
    needs=Situation.ABSENT,
)
def claim_terminating(case: RuleInput) -> Iterator[Finding]:
    for absence, claim in _blocked(case, Gap.CLAIM_TERMINATING):
        since = claim.metadata.deletion_timestamp
        finalizers = claim.metadata.finalizers
        blocker = _blocker(claim)
        yield claim_terminating.finding(
            claim_ref(case, claim.metadata.name, claim.metadata.uid),
            f"{absence.row.name}: waits for the deletion of PVC {claim.metadata.name}: {blocker}",
            absence.since,
            (
                no_pod(absence.row),
                Evidence(
                    f"{_KIND} {claim.metadata.name}",
                    "metadata.deletionTimestamp",
                    timestamp(since) if since else "absent",
                ),
                Evidence(f"{_KIND} {claim.metadata.name}", "metadata.finalizers", listed(finalizers) or "absent"),
            ),
            _steps(case, claim),
            ordinals=absence.ordinals,
            so=not_reached(absence) or consequence(absence.row, case.facts),
        )


@rule(
    level=Level.ERROR,
    title="PVC of the previous pod blocks pod creation",
    meaning="With whenScaled: Delete the PVC of a pod that was scaled away belongs to that pod and is deleted after "
    "it. A scale-up before that finds the old PVC, and the controller creates nothing and reports nothing.",
    remedy="Wait until the garbage collector has removed the PVC, then trigger a reconcile: nothing else makes the "
    "controller sync the StatefulSet again for hours.",
    danger=Danger.REVERSIBLE,
    source=f"{_RETENTION}; pkg/controller/statefulset/stateful_pod_control.go, PodClaimIsStale",
    reaches=Reaches.ORDINALS,
    needs=Situation.ABSENT,
)
def stale_claim(case: RuleInput) -> Iterator[Finding]:
    for absence, claim in _blocked(case, Gap.STALE_CLAIM):
        name = claim.metadata.name
        former = next((owner for owner in claim.metadata.owner_references if owner.kind == "Pod"), OwnerReference())
        wait = Remedy(
            f"wait until the garbage collector has removed {name}",
            Danger.READ_ONLY,
            command=kubectl(case, "get", "pvc", name, "--watch"),
        )
        yield stale_claim.finding(
            claim_ref(case, name, claim.metadata.uid),
            f"{absence.row.name}: PVC {name} still belongs to the previous pod and must be deleted first",
            absence.since,
            (
                no_pod(absence.row),
                Evidence(f"{_KIND} {name}", "metadata.ownerReferences[Pod].uid", former.uid),
                Evidence(str(set_ref(case)), f"{_POLICY}.whenScaled", case.view.when_scaled),
            ),
            (wait, reconcile(case, absence.since, f"then trigger a reconcile: {_SYNCS}")),
            ordinals=absence.ordinals,
            so=not_reached(absence) or consequence(absence.row, case.facts),
        )


@rule(
    level=Level.ERROR,
    title="Pod is not created after a quick scale-up",
    meaning="With whenScaled: Delete a scale-up soon after a scale-down finds the old PVC, and the controller stops "
    "without reporting anything. The later deletion of the PVC does not trigger a sync: the next one is hours later.",
    remedy="Trigger a reconcile: any write to the StatefulSet, such as an annotation, makes the controller sync it "
    "again.",
    danger=Danger.REVERSIBLE,
    source=f"{_RETENTION}; pkg/controller/statefulset/stateful_set.go: claims do not trigger a sync",
    reaches=Reaches.ORDINALS,
    needs=Situation.ABSENT,
)
def missed_after_scale_up(case: RuleInput) -> Iterator[Finding]:
    facts = case.facts
    if case.view.when_scaled != "Delete" or not facts.objects.complete(CLAIMS):
        return
    for absence in stuck_absences(case, Gap.UNEXPLAINED):
        row = absence.row
        claims = facts.claims[row.name]
        if not claims or any(view.status is not ClaimStatus.MISSING for view in claims):
            continue
        yield missed_after_scale_up.finding(
            pod_ref(case, row.name, None),
            f"{row.name}: not created: the controller has not synced since the old PVC was deleted",
            absence.since,
            (
                no_pod(row),
                *(Evidence(f"{_KIND} {view.name}", "metadata", "absent") for view in claims),
                Evidence(str(set_ref(case)), f"{_POLICY}.whenScaled", "Delete"),
            ),
            (reconcile(case, absence.since, f"trigger a reconcile: {_SYNCS}"),),
            ordinals=(row.ordinal,),
            so=consequence(row, facts),
            certainty=Certainty.LIKELY,
        )


@rule(
    level=Level.WARNING,
    title="PVC is owned by another controller",
    meaning="Another controller owns the PVC, so the set's retention policy does not apply to it: the PVC is deleted "
    "with that owner, not when the policy says so.",
    remedy="Let only one of the two manage the PVC: remove the other's owner reference at its source, or set the "
    "retention policy of the set to Retain.",
    danger=Danger.REVERSIBLE,
    source=f"{_RETENTION}; pkg/controller/statefulset/stateful_set_utils.go, hasUnexpectedController",
    needs=Situation.UNUSUAL_CLAIM,
)
def claim_owned_by_other(case: RuleInput) -> Iterator[Finding]:
    if case.view.when_scaled == case.view.when_deleted == "Retain":
        return
    policy = f"whenScaled {case.view.when_scaled}, whenDeleted {case.view.when_deleted}"
    for owner, group in group_by_cause(ordinal_claims(case), lambda one: _other_owner(one, case)).items():
        first = group[0]
        yield claim_owned_by_other.finding(
            claim_ref(case, first.name, first.claim.metadata.uid),
            f"{pods_of(group)}: retention policy does not apply to {claim_label(group)}, owned by {owner}",
            None,
            (
                *(
                    Evidence(f"{_KIND} {one.name}", "metadata.ownerReferences[controller]", owner)
                    for one in sample(group)
                ),
                Evidence(str(set_ref(case)), _POLICY, policy),
            ),
            (
                Remedy(
                    f"find out what {owner} does with {claim_label(group)}",
                    Danger.READ_ONLY,
                    command=kubectl(case, "get", "pvc", first.name, "-o", "yaml"),
                ),
                Remedy(
                    f"leave the PVCs to {owner}: set the retention policy to Retain",
                    Danger.REVERSIBLE,
                    command=kubectl(case, "patch", "statefulset", case.view.name, "--type=merge", "-p", _RETAIN),
                ),
            ),
            ordinals=ordinals(group),
        )


def _blocked(case: RuleInput, gap: Gap) -> Iterator[tuple[Absence, PersistentVolumeClaim]]:
    """Ordinals that a PVC keeps from being created for too long, with that PVC."""
    for absence in stuck_absences(case, gap):
        claim = case.facts.objects.claims.get(absence.claim)
        if claim is not None:
            yield absence, claim


def _blocker(claim: PersistentVolumeClaim) -> str:
    others = [name for name in claim.metadata.finalizers if name != _IN_USE]
    if _IN_USE in claim.metadata.finalizers:
        return "still in use by a pod"
    return (
        f"{'finalizer' if len(others) == 1 else 'finalizers'} {listed(others)} not removed"
        if others
        else "not gone yet"
    )


def _steps(case: RuleInput, claim: PersistentVolumeClaim) -> Iterator[Remedy]:
    name, finalizers = claim.metadata.name, claim.metadata.finalizers
    describe = kubectl(case, "describe", "pvc", name)
    if _IN_USE in finalizers:
        text = f"find which pod uses {name} (Used By), and stop that pod"
        yield Remedy(text, Danger.READ_ONLY, command=describe)
        return
    yield Remedy(f"check what holds {name}", Danger.READ_ONLY, command=describe)
    if finalizers:
        them = "it" if len(finalizers) == 1 else "them"
        owners = f"find which controller owns {listed(finalizers)} and why it hasn't removed {them}"
        yield Remedy(owners, Danger.READ_ONLY)
        for index, finalizer in enumerate(finalizers):
            path = f"/metadata/finalizers/{index}"
            patch = [{"op": "test", "path": path, "value": finalizer}, {"op": "remove", "path": path}]
            yield Remedy(
                f"last resort: remove finalizer {one_line(finalizer)} from {name} (skips the cleanup it protects)",
                Danger.LOSS,
                command=kubectl(case, "patch", "pvc", name, "--type=json", "-p", json.dumps(patch)),
            )


def _other_owner(one: OrdinalClaim, case: RuleInput) -> str | None:
    """The PVC's controller if it is neither the set nor the ordinal's pod.

    They are compared by name: owners of another uid are former ones, whose PVCs the garbage collector deletes.
    """
    owner = one.claim.metadata.controller
    if owner is None or not one.view.template or is_stale(one.claim, one.row.slot):
        return None
    ours = {("StatefulSet", case.view.name), ("Pod", one.row.name)}
    return None if (owner.kind, owner.name) in ours else one_line(f"{owner.kind} {owner.name}")


RULES: tuple[Rule, ...] = (claim_terminating, stale_claim, missed_after_scale_up, claim_owned_by_other)
