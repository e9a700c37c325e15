"""PVCs that are lost, being deleted, or gone while a pod uses them."""

from __future__ import annotations

import json
from collections.abc import Iterator

from stsview.model.action_id import ActionId
from stsview.model.explain.hazards import claim_gone_under_pod, claim_owned_by_pod, claimant, reserved_for_other
from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Danger, Evidence, Finding, Level, Reaches, Remedy
from stsview.model.names import listed, one_line
from stsview.model.ordinals.rows import Row
from stsview.model.states import ClaimStatus, VolumeStatus
from stsview.model.views import ClaimView
from stsview.objects.kinds import CLAIMS, PODS
from stsview.triage.rule import Rule, Situation, kubectl, kubectl_cluster, rule
from stsview.triage.support.events import timestamp
from stsview.triage.support.ordinal_claims import (
    OrdinalClaim,
    claim_label,
    claim_ref,
    ordinal_claims,
    ordinals,
    pods_of,
    wait_consequence,
)
from stsview.triage.support.pod_groups import quoted

_KIND = "PersistentVolumeClaim"

_RETAIN = '{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}'

_PROTECTION = "https://kubernetes.io/docs/concepts/storage/persistent-volumes/#storage-object-in-use-protection"


@rule(
    level=Level.ERROR,
    title="PVC has lost its volume",
    meaning="The PersistentVolume that the PVC was bound to is gone, or bound to another PVC. A running pod can use "
    "the volume until it restarts; a pod that is not running cannot start.",
    remedy="Find out what happened to the volume. Often its data is still in the storage system, and the "
    "PersistentVolume can be recreated for it. Do not delete the PVC before you know: it names the volume.",
    danger=Danger.LOSS,
    source="https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/"
    "persistent-volume-claim-v1/, ClaimLost; pkg/controller/volume/persistentvolume/pv_controller.go",
    reaches=Reaches.ORDINALS,
    keeps=True,
    needs=Situation.UNBOUND_CLAIM,
)
def claim_lost(case: RuleInput) -> Iterator[Finding]:
    for one in ordinal_claims(case, ClaimStatus.LOST):
        volume = one.claim.spec.volume_name
        state = one.view.volume_state
        gone = (
            [Evidence(f"PersistentVolume {volume}", "metadata", "absent")]
            if state.status is VolumeStatus.MISSING
            else []
        )
        yield claim_lost.finding(
            claim_ref(case, one.name, one.claim.metadata.uid),
            f"{one.row.name}: PVC {one.name} has lost its volume {volume}",
            None,
            (
                Evidence(f"{_KIND} {one.name}", "status.phase", "Lost"),
                Evidence(f"{_KIND} {one.name}", "spec.volumeName", volume or "absent"),
                *gone,
                *_reserved_for(one, case),
            ),
            (
                *([_keep_running(one.row)] if _runs(one.row) else []),
                Remedy(
                    f"find out what happened to {volume}, here and in the storage system",
                    Danger.READ_ONLY,
                    command=kubectl_cluster("get", "persistentvolume", volume)
                    if volume
                    else kubectl(case, "describe", "pvc", one.name),
                ),
                _volume_again(one, case),
                Remedy(
                    f"only if the data is lost for good or the other members hold all of it: delete PVC {one.name}, "
                    f"then {one.row.name}, which starts empty",
                    Danger.LOSS,
                    command=kubectl(case, "delete", "pvc", one.name, "--wait=false"),
                ),
            ),
            ordinals=(one.row.ordinal,),
            so=wait_consequence(case, (one,)),
            level=Level.WARNING if one.row.available else Level.ERROR,
        )


def _reserved_for(one: OrdinalClaim, case: RuleInput) -> Iterator[Evidence]:
    """The claimRef of a volume that exists: it names another PVC, or an earlier one of that name."""
    volume = case.facts.objects.volumes.get(one.claim.spec.volume_name)
    if volume is not None and volume.spec.claim_ref.name:
        ref = volume.spec.claim_ref
        named = f"{one_line(ref.namespace)}/{one_line(ref.name)} {ref.uid}".rstrip()
        yield Evidence(f"PersistentVolume {volume.metadata.name}", "spec.claimRef", named)
        yield Evidence(f"{_KIND} {one.name}", "metadata.uid", quoted(one.claim.metadata.uid))


def _volume_again(one: OrdinalClaim, case: RuleInput) -> Remedy:
    """The step that gives the PVC its volume back.

    A volume that exists is bound again once its claimRef has the uid of the PVC (pv_controller.go, syncBoundClaim).
    """
    name = one.claim.spec.volume_name
    volume = case.facts.objects.volumes.get(name)
    if volume is None:
        text = f"recreate PersistentVolume {name} for the remaining data or a backup, with claimRef {one.name}"
        return Remedy(text, Danger.DISRUPTIVE)
    uid, path = volume.spec.claim_ref.uid, "/spec/claimRef/uid"
    patch = [
        {"op": "test", "path": path, "value": uid},
        {"op": "replace", "path": path, "value": one.claim.metadata.uid},
    ]
    same = (volume.spec.claim_ref.namespace, volume.spec.claim_ref.name) == (case.view.namespace, one.name)
    return Remedy(
        f"if no other PVC uses {name}: set its claimRef to PVC {one.name} and its uid; it is then bound again",
        Danger.DISRUPTIVE,
        command=kubectl_cluster("patch", "persistentvolume", name, "--type=json", "-p", json.dumps(patch))
        if same and uid
        else "",
    )


@rule(
    level=Level.WARNING,
    title="PVC is being deleted while a pod uses it",
    meaning="The PVC was deleted and is kept only because its pod still uses it. As soon as that pod terminates, by a "
    "restart, an update or an eviction, the PVC is removed and the new pod starts with an empty volume. A deletion "
    "cannot be undone.",
    remedy="Keep the pod running. Before anything restarts it, set the reclaim policy of the volume to Retain and back "
    "up its data.",
    danger=Danger.LOSS,
    source=_PROTECTION,
    keeps=True,
    needs=Situation.UNBOUND_CLAIM,
)
def claim_deleted_in_use(case: RuleInput) -> Iterator[Finding]:
    if case.facts.set.metadata.deletion_timestamp is not None:
        return
    for one in ordinal_claims(case, ClaimStatus.TERMINATING):
        since = one.claim.metadata.deletion_timestamp
        if not _in_use(one.row) or not case.facts.overdue(since, case.facts.settings.sighting_grace):
            continue
        yield claim_deleted_in_use.finding(
            claim_ref(case, one.name, one.claim.metadata.uid),
            f"{one.row.name}: PVC {one.name} is being deleted and will be removed when the pod terminates",
            since,
            (
                Evidence(f"{_KIND} {one.name}", "metadata.deletionTimestamp", timestamp(since) if since else "absent"),
                Evidence(f"{_KIND} {one.name}", "metadata.finalizers", quoted(listed(one.claim.metadata.finalizers))),
            ),
            _steps_before_restart(one, case),
            ordinals=(one.row.ordinal,),
            so=_effect_of_restart(one, case),
        )


@rule(
    level=Level.WARNING,
    title="PVC of a running pod is gone",
    meaning="The pod runs on a volume whose PVC no longer exists, or is not the one the pod was started with. A new "
    "pod would get a new, empty volume.",
    remedy="Back up the data of the pod before anything restarts it, and find out what happened to the volume.",
    danger=Danger.READ_ONLY,
    source=_PROTECTION,
    keeps=True,
    needs=Situation.UNBOUND_CLAIM,
)
def claim_gone(case: RuleInput) -> Iterator[Finding]:
    facts = case.facts
    if not (facts.objects.complete(CLAIMS) and facts.objects.complete(PODS)):
        return
    for row in facts.rows.expected:
        for view in facts.claims.get(row.name, ()):
            if not claim_gone_under_pod(view) or not _runs(row):
                continue
            since = facts.sightings.since("no claim", view.name, view.uid)
            if not facts.overdue(since, facts.settings.sighting_grace):
                continue
            yield claim_gone.finding(
                claim_ref(case, view.name, view.uid),
                f"{row.name}: running, but its PVC {view.name} is {_problem(view)}",
                since,
                (
                    Evidence(f"Pod {row.name}", "status.phase", "Running"),
                    Evidence(f"{_KIND} {view.name}", *_observed(view)),
                ),
                (
                    Remedy(f"back up the data of {row.name}, and do not restart the pod before that", Danger.READ_ONLY),
                    Remedy(
                        f"find out which volume {row.name} uses",
                        Danger.READ_ONLY,
                        command=kubectl(case, "describe", "pod", row.name),
                    ),
                ),
                ordinals=(row.ordinal,),
            )


@rule(
    level=Level.WARNING,
    title="Volume of a running pod is reserved for another PVC",
    meaning="The PVC is bound to a volume whose claimRef names another PVC, or an earlier one of the same name with "
    "another uid. The volume controller marks such a PVC as Lost. A running pod can use the volume until it restarts.",
    remedy="Find out which PVC the volume belongs to. If no other PVC uses it, correct its claimRef before anything "
    "restarts the pod.",
    danger=Danger.DISRUPTIVE,
    source="pkg/controller/volume/persistentvolume/pv_controller.go, syncBoundClaim; "
    "https://github.com/vmware-tanzu/velero/issues/5141",
    keeps=True,
    needs=Situation.UNUSUAL_CLAIM,
)
def volume_of_other_claim(case: RuleInput) -> Iterator[Finding]:
    volumes = case.facts.objects.volumes
    for one in ordinal_claims(case, ClaimStatus.BOUND):
        volume = volumes.get(one.claim.spec.volume_name)
        if volume is None or not reserved_for_other(volume, one.claim) or one.row.missing:
            continue
        since = case.facts.sightings.since("other claim", one.name, volume.spec.claim_ref.uid)
        if not case.facts.overdue(since, case.facts.settings.sighting_grace):
            continue
        name = volume.metadata.name
        yield volume_of_other_claim.finding(
            claim_ref(case, one.name, one.claim.metadata.uid),
            f"{one.row.name}: volume {name} of PVC {one.name} is reserved for {claimant(volume, one.claim)}",
            None,
            (Evidence(f"{_KIND} {one.name}", "spec.volumeName", name), *_reserved_for(one, case)),
            (
                *([_keep_running(one.row)] if _runs(one.row) else []),
                Remedy(
                    f"find out which PVC {name} belongs to",
                    Danger.READ_ONLY,
                    command=kubectl_cluster("describe", "persistentvolume", name),
                ),
                _volume_again(one, case),
            ),
            ordinals=(one.row.ordinal,),
            so=f"{one.row.name} will not start again once it terminates",
        )


@rule(
    level=Level.WARNING,
    title="PVC is owned by its pod",
    meaning="The PVC has the pod as an owner: the garbage collector deletes it as soon as the pod is gone, also after "
    "a restart, and the new pod starts with an empty volume. The controller sets this owner only for pods that are "
    "scaled away with whenScaled: Delete.",
    remedy="Keep the pod running. Remove the owner reference before anything restarts the pod.",
    danger=Danger.REVERSIBLE,
    source="https://kubernetes.io/docs/concepts/architecture/garbage-collection/#owners-dependents; KEP-1847",
    keeps=True,
    needs=Situation.UNUSUAL_CLAIM,
)
def claim_owned_by_its_pod(case: RuleInput) -> Iterator[Finding]:
    for one in ordinal_claims(case, ClaimStatus.BOUND, ClaimStatus.PENDING):
        pod = one.row.slot.pod
        if not one.claim.metadata.owner_references:
            continue
        if pod is None or not _in_use(one.row) or not claim_owned_by_pod(one.name, pod, case.facts.objects):
            continue
        since = case.facts.sightings.since("owned by pod", one.name, pod.metadata.uid)
        if not case.facts.overdue(since, case.facts.settings.act_grace):
            continue  # after a scale-up the controller removes the reference that the scale-down had set
        at = next(i for i, owner in enumerate(one.claim.metadata.owner_references) if owner.uid == pod.metadata.uid)
        path = f"/metadata/ownerReferences/{at}"
        patch = [
            {"op": "test", "path": f"{path}/uid", "value": pod.metadata.uid},
            {"op": "remove", "path": path},
        ]
        yield claim_owned_by_its_pod.finding(
            claim_ref(case, one.name, one.claim.metadata.uid),
            f"{one.row.name}: PVC {one.name} is owned by the pod and will be deleted with it",
            None,
            (
                Evidence(f"{_KIND} {one.name}", f"metadata.ownerReferences[{at}].uid", quoted(pod.metadata.uid)),
                Evidence(f"Pod {one.row.name}", "metadata.uid", quoted(pod.metadata.uid)),
            ),
            (
                _keep_running(one.row),
                Remedy(
                    f"remove {one.row.name} from the owners of PVC {one.name}",
                    Danger.REVERSIBLE,
                    command=kubectl(case, "patch", "pvc", one.name, "--type=json", "-p", json.dumps(patch)),
                ),
            ),
            ordinals=(one.row.ordinal,),
            so=_effect_of_restart(one, case),
        )


@rule(
    level=Level.WARNING,
    title="Volume is being deleted while its PVC uses it",
    meaning="The PersistentVolume was deleted and is kept only because it is bound to its PVC. As soon as that PVC is "
    "deleted, the PersistentVolume is removed, and with reclaim policy Delete the data too. Pods can be restarted "
    "until then. A deletion cannot be undone.",
    remedy="Keep the PVC, and back up the data. With reclaim policy Retain the PersistentVolume can be created again "
    "for the same storage.",
    danger=Danger.REVERSIBLE,
    source=f"{_PROTECTION}; https://github.com/Azure/AKS/issues/3226",
    needs=Situation.UNUSUAL_CLAIM,
)
def volume_deleted_in_use(case: RuleInput) -> Iterator[Finding]:
    found: dict[str, OrdinalClaim] = {}
    held = case.facts.objects.volumes
    for one in ordinal_claims(case, ClaimStatus.BOUND):
        volume = held.get(one.claim.spec.volume_name)
        since = volume.metadata.deletion_timestamp if volume is not None else None
        if since is not None and case.facts.overdue(since, case.facts.settings.sighting_grace):
            found[one.claim.spec.volume_name] = one
    if not found:
        return
    volumes, claims = list(found), list(found.values())
    dates = {name: case.facts.objects.volumes[name].metadata.deletion_timestamp for name in volumes}
    exposed = [name for name, one in found.items() if one.view.volume_state.reclaim != "Retain"]
    many = len(volumes) > 1
    yield volume_deleted_in_use.finding(
        claim_ref(case, claims[0].name, claims[0].claim.metadata.uid),
        f"{pods_of(claims)}: {'volumes' if many else 'volume'} of {claim_label(claims)} "
        f"{'are' if many else 'is'} being deleted",
        min((at for at in dates.values() if at is not None), default=None),
        (
            Evidence(f"PersistentVolume {name}", "metadata.deletionTimestamp", timestamp(at))
            for name, at in dates.items()
            if at is not None
        ),
        (
            Remedy(f"back up the data of {pods_of(claims)}", Danger.READ_ONLY),
            *(
                Remedy(
                    f"set the reclaim policy of {name} to Retain: the data then outlives the PersistentVolume",
                    Danger.REVERSIBLE,
                    command=kubectl_cluster("patch", "persistentvolume", name, "--type=merge", "-p", _RETAIN),
                )
                for name in exposed
            ),
        ),
        ordinals=ordinals(claims),
        so=f"when {claim_label(claims)} {'are' if many else 'is'} deleted, "
        f"{'the data is deleted too' if exposed else 'the PersistentVolume is removed; its data stays (Retain)'}",
    )


def _keep_running(row: Row) -> Remedy:
    return Remedy(f"do not restart, delete or scale away {row.name} before that is resolved", Danger.READ_ONLY)


def _in_use(row: Row) -> bool:
    """Whether a live pod that is not being deleted uses the PVC."""
    pod = row.slot.pod
    return pod is not None and not row.terminating and pod.status.phase not in ("Failed", "Succeeded")


def _runs(row: Row) -> bool:
    return row.slot.pod is not None and not row.terminating and row.slot.pod.status.phase == "Running"


def _problem(view: ClaimView) -> str:
    return "gone" if view.status is ClaimStatus.MISSING else "not bound to a volume"


def _observed(view: ClaimView) -> tuple[str, str]:
    return ("metadata", "absent") if view.status is ClaimStatus.MISSING else ("status.phase", view.status)


def _steps_before_restart(one: OrdinalClaim, case: RuleInput) -> Iterator[Remedy]:
    volume, reclaim = one.claim.spec.volume_name, one.view.volume_state.reclaim
    yield Remedy(f"do not restart, delete or scale away {one.row.name} before its data is safe", Danger.READ_ONLY)
    if volume and reclaim != "Retain":
        retain = f"set the reclaim policy of {volume} to Retain: the volume then outlives the PVC"
        command = kubectl_cluster("patch", "persistentvolume", volume, "--type=merge", "-p", _RETAIN)
        yield Remedy(retain, Danger.REVERSIBLE, command=command)
    check = f"back up the data of {one.row.name}, or check that other members hold all of it"
    yield Remedy(check, Danger.READ_ONLY)
    yield Remedy(
        f"only then delete {one.row.name}: the new pod starts with a new, empty PVC",
        Danger.LOSS,
        ActionId.DELETE_POD,
        kubectl(case, "delete", "pod", one.row.name),
        one.row.name,
    )


def _effect_of_restart(one: OrdinalClaim, case: RuleInput) -> str:
    reclaim = one.view.volume_state.reclaim
    kept = f"; {one.claim.spec.volume_name} is kept" if reclaim == "Retain" else ""
    if one.row.outdated and case.facts.rolling and case.facts.partition_reaches(one.row):
        return f"the rollout in progress replaces {one.row.name}, and the new pod starts empty{kept}"
    return f"when {one.row.name} terminates, the new pod starts empty{kept}"


RULES: tuple[Rule, ...] = (
    claim_lost,
    claim_deleted_in_use,
    claim_gone,
    volume_of_other_claim,
    claim_owned_by_its_pod,
    volume_deleted_in_use,
)
