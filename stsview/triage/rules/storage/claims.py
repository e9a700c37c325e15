"""Claims that are lost, on their way out, or gone, while a pod lives on them."""

from __future__ import annotations

from collections.abc import Iterator

from stsview.model.action_id import ActionId
from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Danger, Evidence, Finding, Level, Reaches, Remedy
from stsview.model.names import listed
from stsview.model.ordinals.rows import Row
from stsview.model.states import ClaimStatus, VolumeStatus
from stsview.model.views import ClaimView
from stsview.objects.kinds import CLAIMS, PODS
from stsview.triage.rule import Rule, kubectl, kubectl_cluster, rule
from stsview.triage.support.events import timestamp
from stsview.triage.support.ordinal_claims import OrdinalClaim, claim_ref, ordinal_claims, wait_consequence
from stsview.triage.support.pod_groups import quoted

_KIND = "PersistentVolumeClaim"

_RETAIN = '{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}'

_PROTECTION = "https://kubernetes.io/docs/concepts/storage/persistent-volumes/#storage-object-in-use-protection"


@rule(
    level=Level.ERROR,
    title="A claim has lost its volume",
    meaning="The PersistentVolume that the claim was bound to is gone, or bound to another claim. A pod that runs on "
    "it may do so until it is restarted; one that does not run cannot start.",
    remedy="Find out what became of the volume. Often its data is still in the storage system, and a PersistentVolume "
    "for it can be made anew. Do not delete the claim before you know: it names the volume.",
    danger=Danger.LOSS,
    source="https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/"
    "persistent-volume-claim-v1/, ClaimLost; pkg/controller/volume/persistentvolume/pv_controller.go",
    reaches=Reaches.ORDINALS,
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
            f"{one.row.name}: claim {one.name} has lost its volume {volume}",
            None,
            (
                Evidence(f"{_KIND} {one.name}", "status.phase", "Lost"),
                Evidence(f"{_KIND} {one.name}", "spec.volumeName", volume or "absent"),
                *gone,
            ),
            (
                Remedy(
                    f"find out what became of {volume}, here and in the storage system",
                    Danger.READ_ONLY,
                    command=kubectl_cluster("get", "persistentvolume", volume)
                    if volume
                    else kubectl(case, "describe", "pvc", one.name),
                ),
                Remedy(
                    f"make a PersistentVolume {volume} anew for the data that is still there, or for a backup of it, "
                    "with the claim in its claimRef",
                    Danger.DISRUPTIVE,
                ),
                Remedy(
                    f"only if the data is gone for good, or the other members hold all of it: delete claim {one.name} "
                    f"and then {one.row.name}, which starts empty",
                    Danger.LOSS,
                    command=kubectl(case, "delete", "pvc", one.name, "--wait=false"),
                ),
            ),
            ordinals=(one.row.ordinal,),
            so=wait_consequence(case, (one,)),
            level=Level.WARNING if one.row.available else Level.ERROR,
        )


@rule(
    level=Level.WARNING,
    title="A claim is being deleted under a running pod",
    meaning="Somebody deleted the claim. It is only kept because its pod still uses it: as soon as that pod ends, by a "
    "restart, an update or an eviction, the claim goes, and its successor starts on an empty volume. A deletion cannot "
    "be taken back.",
    remedy="Keep the pod running. Make its volume outlive the claim by reclaim policy Retain, and save its data, "
    "before anything restarts it.",
    danger=Danger.LOSS,
    source=_PROTECTION,
)
def claim_deleted_in_use(case: RuleInput) -> Iterator[Finding]:
    if case.facts.set.metadata.deletion_timestamp is not None:
        return
    for one in ordinal_claims(case, ClaimStatus.TERMINATING):
        since = one.claim.metadata.deletion_timestamp
        if not _lives(one.row) or not case.facts.overdue(since, case.facts.settings.sighting_grace):
            continue
        yield claim_deleted_in_use.finding(
            claim_ref(case, one.name, one.claim.metadata.uid),
            f"{one.row.name}: claim {one.name} is being deleted, and goes when the pod ends",
            since,
            (
                Evidence(f"{_KIND} {one.name}", "metadata.deletionTimestamp", timestamp(since) if since else "absent"),
                Evidence(f"{_KIND} {one.name}", "metadata.finalizers", quoted(listed(one.claim.metadata.finalizers))),
            ),
            _before_it_ends(one, case),
            ordinals=(one.row.ordinal,),
            so=_until_restarted(one, case),
        )


@rule(
    level=Level.WARNING,
    title="A running pod's claim is gone",
    meaning="The pod runs on a volume whose claim does not exist any more, or is not the one that it was started with. "
    "Its successor would get a new and empty volume.",
    remedy="Save the pod's data before anything restarts it, and find out what became of the volume.",
    danger=Danger.READ_ONLY,
    source=_PROTECTION,
)
def claim_gone(case: RuleInput) -> Iterator[Finding]:
    facts = case.facts
    if not (facts.objects.complete(CLAIMS) and facts.objects.complete(PODS)):
        return
    for row in facts.rows.expected:
        for view in facts.claims.get(row.name, ()):
            if view.status not in (ClaimStatus.MISSING, ClaimStatus.PENDING) or not _runs(row):
                continue
            since = facts.sightings.since("no claim", view.name, view.uid)
            if not facts.overdue(since, facts.settings.sighting_grace):
                continue
            yield claim_gone.finding(
                claim_ref(case, view.name, view.uid),
                f"{row.name} runs, and its claim {view.name} is {_how(view)}",
                since,
                (
                    Evidence(f"Pod {row.name}", "status.phase", "Running"),
                    Evidence(f"{_KIND} {view.name}", *_seen(view)),
                ),
                (
                    Remedy(f"save the data of {row.name}, and do not restart it before that", Danger.READ_ONLY),
                    Remedy(
                        "find out which volume it runs on",
                        Danger.READ_ONLY,
                        command=kubectl(case, "describe", "pod", row.name),
                    ),
                ),
                ordinals=(row.ordinal,),
            )


def _lives(row: Row) -> bool:
    """Whether a pod holds the claim that nobody has asked to end."""
    pod = row.slot.pod
    return pod is not None and not row.terminating and pod.status.phase not in ("Failed", "Succeeded")


def _runs(row: Row) -> bool:
    return row.slot.pod is not None and not row.terminating and row.slot.pod.status.phase == "Running"


def _how(view: ClaimView) -> str:
    return "gone" if view.status is ClaimStatus.MISSING else "bound to no volume"


def _seen(view: ClaimView) -> tuple[str, str]:
    return ("metadata", "absent") if view.status is ClaimStatus.MISSING else ("status.phase", view.status)


def _before_it_ends(one: OrdinalClaim, case: RuleInput) -> Iterator[Remedy]:
    volume, reclaim = one.claim.spec.volume_name, one.view.volume_state.reclaim
    yield Remedy(f"do not restart, delete or scale away {one.row.name} before its data is safe", Danger.READ_ONLY)
    if volume and reclaim != "Retain":
        told = f"keep {volume} when the claim goes, by reclaim policy Retain"
        command = kubectl_cluster("patch", "persistentvolume", volume, "--type=merge", "-p", _RETAIN)
        yield Remedy(told, Danger.REVERSIBLE, command=command)
    yield Remedy(f"save the data of {one.row.name}, or see that other members hold all of it", Danger.READ_ONLY)
    yield Remedy(
        f"only then delete {one.row.name}: its successor starts on a new and empty claim",
        Danger.LOSS,
        ActionId.DELETE_POD,
        kubectl(case, "delete", "pod", one.row.name),
        one.row.name,
    )


def _until_restarted(one: OrdinalClaim, case: RuleInput) -> str:
    reclaim = one.view.volume_state.reclaim
    kept = f", {one.claim.spec.volume_name} itself is kept" if reclaim == "Retain" else ""
    if one.row.outdated and case.facts.rolling and case.facts.partition_reaches(one.row):
        return f"the update that is under way ends {one.row.name}, and its successor starts empty{kept}"
    return f"when {one.row.name} ends, its successor starts empty{kept}"


RULES: tuple[Rule, ...] = (claim_lost, claim_deleted_in_use, claim_gone)
