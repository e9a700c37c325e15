"""PVCs that a pod cannot start with: missing, of an earlier pod, or naming a volume of another PVC."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime

from stsview.model.action_id import ActionId
from stsview.model.explain.hazards import claimant, reserved_for_other
from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Danger, Evidence, Finding, Level, Reaches, Remedy
from stsview.model.names import listed, one_line
from stsview.model.ordinals.rows import Row
from stsview.model.states import ClaimStatus
from stsview.objects.claim import PersistentVolumeClaim
from stsview.objects.kinds import CLAIMS
from stsview.objects.pod import Pod
from stsview.objects.volume import PersistentVolume
from stsview.triage.rule import Rule, Situation, kubectl, kubectl_cluster, row_ref, rule
from stsview.triage.support.events import event_evidence, last_warning
from stsview.triage.support.missing_pods import reconcile
from stsview.triage.support.ordinal_claims import OrdinalClaim, claim_ref, ordinal_claims, wait_consequence
from stsview.triage.support.pod_groups import condition_evidence, quoted
from stsview.triage.support.pod_groups import wait_consequence as wait_consequence_of_pods

_KIND = "PersistentVolumeClaim"


@rule(
    level=Level.ERROR,
    title="PVC of a Pending pod does not exist",
    meaning="The pod names a PVC that does not exist, and is not scheduled without it. The controller creates the PVCs "
    "of its claim templates before it creates a pod; only newer versions also create those of a pod that is Pending.",
    remedy="Trigger a reconcile. If the PVC is still missing, delete the pod: the controller then creates the PVC "
    "first. A PVC of no claim template must be created by hand.",
    danger=Danger.DISRUPTIVE,
    source="pkg/controller/statefulset/stateful_set_control.go, processReplica; "
    "https://github.com/kubernetes/kubernetes/issues/89910",
    reaches=Reaches.ORDINALS,
    needs=Situation.DOWN,
)
def claim_missing(case: RuleInput) -> Iterator[Finding]:
    if not case.facts.objects.complete(CLAIMS):
        return
    for row, pod in _not_started(case):
        views = [view for view in case.facts.claims.get(row.name, ()) if view.status is ClaimStatus.MISSING]
        if not views:
            continue
        made = [view.name for view in views if view.template]
        others = [view.name for view in views if not view.template]
        names, many = listed([view.name for view in views]), len(views) > 1
        yield claim_missing.finding(
            row_ref(case, row),
            f"{row.name}: {'PVCs' if many else 'PVC'} {names} {'do' if many else 'does'} not exist",
            row.state.since,
            (
                *(Evidence(f"{_KIND} {view.name}", "metadata", "absent") for view in views),
                condition_evidence(pod, "PodScheduled"),
            ),
            (
                Remedy(
                    "check whether a volume of the former PVC still exists: a new PVC is empty",
                    Danger.READ_ONLY,
                    command=kubectl_cluster("get", "persistentvolume"),
                ),
                *([Remedy(f"create {listed(others)}", Danger.REVERSIBLE)] if others else []),
                *(_make_controller_create(case, row, made) if made else ()),
            ),
            ordinals=(row.ordinal,),
            so=wait_consequence_of_pods(case, [row]),
        )


def _make_controller_create(case: RuleInput, row: Row, claims: list[str]) -> Iterator[Remedy]:
    text = f"trigger a reconcile: newer controllers then create {listed(claims)}"
    yield reconcile(case, row.state.since, text)
    yield Remedy(
        f"if {listed(claims)} {'is' if len(claims) == 1 else 'are'} still missing, delete {row.name}: the controller "
        "creates the PVC before it creates the pod",
        Danger.DISRUPTIVE,
        ActionId.DELETE_POD,
        kubectl(case, "delete", "pod", row.name),
        row.name,
    )


@rule(
    level=Level.ERROR,
    title="PVC of an ephemeral volume belongs to another pod",
    meaning="The PVC of a generic ephemeral volume is named after pod and volume, and must be owned by that very pod. "
    "One of an earlier pod, or one without an owner, is never used: the pod is not scheduled.",
    remedy="Delete the PVC of the earlier pod: the ephemeral volume controller then creates one for the pod. Rename "
    "the volume if the PVC is needed.",
    danger=Danger.LOSS,
    source="https://kubernetes.io/docs/concepts/storage/ephemeral-volumes/#persistentvolumeclaim-naming",
    reaches=Reaches.ORDINALS,
    needs=Situation.DOWN,
)
def ephemeral_claim_conflict(case: RuleInput) -> Iterator[Finding]:
    for row, pod in _not_started(case):
        for name in pod.ephemeral_claims:
            claim = case.facts.objects.claims.get(name)
            if claim is None or any(owner.uid == pod.metadata.uid for owner in claim.metadata.owner_references):
                continue
            former = _of_former_pod(claim, pod)
            yield ephemeral_claim_conflict.finding(
                claim_ref(case, name, claim.metadata.uid),
                f"{row.name}: PVC {name} belongs to an earlier {row.name}"
                if former
                else f"{row.name}: PVC {name} of its ephemeral volume is not owned by the pod",
                row.state.since,
                (
                    Evidence(f"{_KIND} {name}", "metadata.ownerReferences", _owners(claim)),
                    Evidence(f"Pod {row.name}", "metadata.uid", quoted(pod.metadata.uid)),
                    condition_evidence(pod, "PodScheduled"),
                ),
                (
                    Remedy(
                        f"check what else uses PVC {name}",
                        Danger.READ_ONLY,
                        command=kubectl(case, "describe", "pvc", name),
                    ),
                    Remedy(
                        f"delete PVC {name}, which the earlier pod left: a new one is then created for {row.name}"
                        if former
                        else f"only if its data is not needed: delete PVC {name}; a new one is then created",
                        Danger.DISRUPTIVE if former else Danger.LOSS,
                        command=kubectl(case, "delete", "pvc", name, "--wait=false"),
                    ),
                ),
                ordinals=(row.ordinal,),
                so=wait_consequence_of_pods(case, [row]),
            )


def _of_former_pod(claim: PersistentVolumeClaim, pod: Pod) -> bool:
    return any(owner.kind == "Pod" and owner.name == pod.metadata.name for owner in claim.metadata.owner_references)


def _owners(claim: PersistentVolumeClaim) -> str:
    owners = [f"{one_line(owner.kind)} {one_line(owner.name)} {owner.uid}" for owner in claim.metadata.owner_references]
    return ", ".join(owners) or "absent"


@rule(
    level=Level.ERROR,
    title="PVC names a volume that is reserved for another PVC",
    meaning="The PVC asks for one particular volume, whose claimRef names another PVC, or an earlier one of the same "
    "name with another uid. The volume controller binds neither, and the pod is not scheduled. This is common after a "
    "restore from a backup.",
    remedy="If the pod is to get the data of that volume, remove the uid from its claimRef. Otherwise delete the PVC, "
    "which is still empty.",
    danger=Danger.DISRUPTIVE,
    source="https://kubernetes.io/docs/concepts/storage/persistent-volumes/#reserving-a-persistentvolume; "
    "pkg/controller/volume/persistentvolume/pv_controller.go, syncUnboundClaim",
    reaches=Reaches.ORDINALS,
    needs=Situation.UNBOUND_CLAIM,
)
def volume_bound_to_other_claim(case: RuleInput) -> Iterator[Finding]:
    for one in ordinal_claims(case, ClaimStatus.PENDING):
        volume = case.facts.objects.volumes.get(one.claim.spec.volume_name)
        if volume is None or not reserved_for_other(volume, one.claim) or not _late(case, one):
            continue
        name, ref = volume.metadata.name, volume.spec.claim_ref
        event = last_warning(case, _KIND, one.name, "FailedBinding")
        phase = volume.status.phase or "absent"
        same = (ref.namespace, ref.name) == (case.view.namespace, one.name)
        yield volume_bound_to_other_claim.finding(
            claim_ref(case, one.name, one.claim.metadata.uid),
            f"{one.row.name}: volume {name} of PVC {one.name} is {phase}, and its claimRef names "
            f"{claimant(volume, one.claim)}",
            event.first_seen if event is not None else one.claim.metadata.creation_timestamp,
            (
                Evidence(f"{_KIND} {one.name}", "spec.volumeName", name),
                Evidence(f"{_KIND} {one.name}", "metadata.uid", quoted(one.claim.metadata.uid)),
                Evidence(f"PersistentVolume {name}", "status.phase", phase),
                Evidence(f"PersistentVolume {name}", "spec.claimRef.uid", quoted(ref.uid or None)),
                *([event_evidence(event)] if event is not None else []),
            ),
            _rebind(case, one, volume, same),
            ordinals=(one.row.ordinal,),
            so=wait_consequence(case, [one]),
        )


def _rebind(case: RuleInput, one: OrdinalClaim, volume: PersistentVolume, same: bool) -> Iterator[Remedy]:
    name, uid = volume.metadata.name, volume.spec.claim_ref.uid
    yield Remedy(
        f"check whether {one.row.name} is to get the data on {name}",
        Danger.READ_ONLY,
        command=kubectl_cluster("describe", "persistentvolume", name),
    )
    if same and volume.status.phase != "Bound":
        path = "/spec/claimRef/uid"
        patch = [{"op": "test", "path": path, "value": uid}, {"op": "remove", "path": path}]
        yield Remedy(
            f"if so, remove the uid from the claimRef of {name}: it is then bound to PVC {one.name}",
            Danger.REVERSIBLE,
            command=kubectl_cluster("patch", "persistentvolume", name, "--type=json", "-p", json.dumps(patch)),
        )
    yield Remedy(
        f"if not, delete PVC {one.name}, which is bound to no volume, then {one.row.name}: both are recreated",
        Danger.DISRUPTIVE,
        command=kubectl(case, "delete", "pvc", one.name, "--wait=false"),
    )


def _late(case: RuleInput, one: OrdinalClaim) -> bool:
    created: datetime | None = one.claim.metadata.creation_timestamp
    return case.facts.overdue(created, case.facts.settings.provision_grace)


def _not_started(case: RuleInput) -> Iterator[tuple[Row, Pod]]:
    """Pods that no node runs, and that do not start by themselves."""
    for row in case.down:
        pod = row.slot.pod
        if pod is not None and row.broken and not row.terminating and pod.status.phase in ("Pending", ""):
            yield row, pod


RULES: tuple[Rule, ...] = (claim_missing, ephemeral_claim_conflict, volume_bound_to_other_claim)
