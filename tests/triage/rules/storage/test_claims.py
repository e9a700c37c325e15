"""Rules about PVCs that are lost, being deleted, or gone while a pod uses them."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from stsview.model.finding import Danger, Level
from stsview.model.views import Severity
from stsview.objects.kinds import CLAIMS
from stsview.objects.pod import Pod
from stsview.objects.volume import ClaimReference
from stsview.triage.rules.storage.claims import claim_deleted_in_use, claim_gone, claim_lost
from tests.support.model.build import OLD, around, at, claim, pod, stateful_set, terminating, volume, without
from tests.support.triage.claims import claimed, unscheduled
from tests.support.triage.judge import found, judged


@pytest.mark.parametrize(
    ("member", "level", "severity"),
    [(pod(0), Level.WARNING, Severity.AT_RISK), (unscheduled(0), Level.ERROR, Severity.STUCK)],
)
def test_a_claim_that_lost_its_volume(member: Pod, level: Level, severity: Severity) -> None:
    objects = around(stateful_set(1), [member], claims=[claim("data-web-0", phase="Lost")], volumes={})
    (finding,) = found(claim_lost, objects, 200, first_seen=0)
    assert (finding.level, finding.object.kind, finding.ordinals) == (level, "PersistentVolumeClaim", (0,))
    assert finding.headline == "web-0: PVC data-web-0 has lost its volume pv-data-web-0"
    assert ("PersistentVolume pv-data-web-0", "metadata", "absent") in [
        (one.object, one.field, one.value) for one in finding.evidence
    ]
    keep = [Danger.READ_ONLY] if member.status.phase == "Running" else []
    assert [one.danger for one in finding.remedies] == [*keep, Danger.READ_ONLY, Danger.DISRUPTIVE, Danger.LOSS]
    assert finding.remedies[len(keep)].command == "kubectl get persistentvolume pv-data-web-0"
    assert judged(objects, 200, first_seen=0).severity is severity


def being_deleted(**meta: Any) -> dict[str, Any]:
    held = claim("data-web-0", deletion_timestamp=at(50), finalizers=("kubernetes.io/pvc-protection",), **meta)
    return {"claims": [held]}


def test_a_claim_that_is_removed_with_its_pod() -> None:
    objects = around(stateful_set(1), [pod(0)], **being_deleted())
    (finding,) = found(claim_deleted_in_use, objects)
    assert (finding.level, finding.since, finding.ordinals) == (Level.WARNING, at(50), (0,))
    assert finding.headline == "web-0: PVC data-web-0 is being deleted and will be removed when the pod terminates"
    assert finding.so == "when web-0 terminates, the new pod starts empty"
    assert [remedy.danger for remedy in finding.remedies] == [
        Danger.READ_ONLY,
        Danger.REVERSIBLE,
        Danger.READ_ONLY,
        Danger.LOSS,
    ]
    assert finding.remedies[1].command == (
        "kubectl patch persistentvolume pv-data-web-0 --type=merge"
        ' -p \'{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}\''
    )
    assert judged(objects).severity is Severity.AT_RISK


def test_a_rollout_would_replace_the_pod_soon() -> None:
    objects = around(stateful_set(1, current=OLD), [pod(0, revision=OLD)], **being_deleted())
    (finding,) = found(claim_deleted_in_use, objects)
    assert finding.so == "the rollout in progress replaces web-0, and the new pod starts empty"


def test_a_retained_volume_needs_no_backup_first() -> None:
    kept = volume("pv-data-web-0")
    retained = {
        "pv-data-web-0": kept.__class__(kept.metadata, type(kept.spec)(persistent_volume_reclaim_policy="Retain"))
    }
    (finding,) = found(claim_deleted_in_use, around(stateful_set(1), [pod(0)], volumes=retained, **being_deleted()))
    assert finding.so.endswith("pv-data-web-0 is kept")
    assert not any("reclaim policy" in remedy.text for remedy in finding.remedies)


@pytest.mark.parametrize(
    ("members", "meta", "now"),
    [
        ([pod(0)], {}, 55),
        ([terminating(0, asked=45)], {}, 60),
        ([pod(0, phase="Succeeded", ready="False")], {}, 60),
        ([], {}, 60),
        ([pod(0)], {"deletion_timestamp": at(40)}, 60),
    ],
)
def test_a_claim_deleted_while_unused(members: list[Pod], meta: dict[str, Any], now: float) -> None:
    assert found(claim_deleted_in_use, around(stateful_set(1, **meta), members, **being_deleted()), now) == ()


@pytest.mark.parametrize(
    ("claims", "how"),
    [([], "gone"), ([claim("data-web-0", phase="Pending")], "not bound to a volume")],
)
def test_a_pod_that_runs_without_its_claim(claims: list[Any], how: str) -> None:
    objects = around(stateful_set(1), [pod(0)], claims=claims)
    (finding,) = found(claim_gone, objects, 90, first_seen=80)
    assert (finding.headline, finding.since) == (f"web-0: running, but its PVC data-web-0 is {how}", at(80))
    assert found(claim_gone, objects, 85, first_seen=80) == ()


@pytest.mark.parametrize(
    ("member", "parts"),
    [
        (unscheduled(0), {}),
        (terminating(0, asked=0), {}),
        (pod(0), {"coverage": without(CLAIMS)}),
    ],
)
def test_a_missing_claim_without_consequence(member: Pod, parts: dict[str, Any]) -> None:
    assert found(claim_gone, around(stateful_set(1), [member], claims=[], **parts), 90, first_seen=0) == ()


def test_hostile_names_stay_on_one_line() -> None:
    hostile = claimed(phase="Lost", volume_name="pv\n\x1b[31m; rm -rf ~")
    (finding,) = found(claim_lost, around(stateful_set(1), [pod(0)], claims=[hostile], volumes={}))
    assert "\n" not in finding.headline
    assert finding.remedies[1].command.startswith("kubectl get persistentvolume 'pv\n")


def test_a_lost_volume_that_exists_is_bound_again_and_not_recreated() -> None:
    held = volume("pv-data-web-0", phase="Released")
    ref = ClaimReference(namespace="default", name="data-web-0", uid="older")
    held = replace(held, spec=replace(held.spec, claim_ref=ref))
    objects = around(
        stateful_set(1), [pod(0)], claims=[claim("data-web-0", phase="Lost")], volumes={"pv-data-web-0": held}
    )
    (finding,) = found(claim_lost, objects)
    assert ("spec.claimRef", "default/data-web-0 older") in [(one.field, one.value) for one in finding.evidence]
    assert not any("recreate" in one.text for one in finding.remedies)
    assert '"value": "data-web-0-uid"' in finding.remedies[2].command
