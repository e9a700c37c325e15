"""Rules about PVCs that a pod cannot start with."""

from __future__ import annotations

import msgspec
import pytest

from stsview.model.cache.set_objects import SetObjects
from stsview.model.finding import Danger, Level
from stsview.objects.claim import PersistentVolumeClaim
from stsview.objects.kinds import CLAIMS
from stsview.objects.meta import OwnerReference, Present
from stsview.objects.pod import Pod, Volume
from stsview.objects.volume import ClaimReference, PersistentVolume
from stsview.triage.rules.storage.unusable_claims import (
    claim_missing,
    ephemeral_claim_conflict,
    volume_bound_to_other_claim,
)
from tests.support.model.build import around, claim, event, pod, stateful_set, volume, without
from tests.support.triage.claims import unscheduled
from tests.support.triage.judge import found, judged

PV = "pv-data-web-0"


def waiting(*claims: PersistentVolumeClaim, member: Pod | None = None, **parts: object) -> SetObjects:
    return around(stateful_set(1), [member or unscheduled(0)], claims=claims, **parts)


def test_a_missing_pvc_of_a_pending_pod() -> None:
    member = unscheduled(0, 'persistentvolumeclaim "data-web-0" not found.')
    view = judged(waiting(member=member), 300)
    (finding,) = view.findings
    assert (finding.rule, finding.level, finding.ordinals) == (claim_missing.id, Level.ERROR, (0,))
    assert finding.headline == "web-0: PVC data-web-0 does not exist"
    assert [one.danger for one in finding.remedies] == [Danger.READ_ONLY, Danger.REVERSIBLE, Danger.DISRUPTIVE]
    assert finding.remedies[-1].command == "kubectl -n default delete pod web-0"


def test_a_missing_pvc_of_no_template_is_created_by_hand() -> None:
    member = pod(0, phase="Pending", node="", containers=(), claims=["data-web-0", "shared"])
    member = msgspec.structs.replace(member, status=unscheduled(0, 'persistentvolumeclaim "shared" not found').status)
    (finding,) = found(claim_missing, waiting(claim("data-web-0"), member=member), 300)
    assert finding.headline == "web-0: PVC shared does not exist"
    assert [one.text for one in finding.remedies[1:]] == ["create shared"]


@pytest.mark.parametrize("objects", [waiting(), waiting(coverage=without(CLAIMS)), waiting(member=pod(0))])
def test_no_pvc_is_missing_before_the_scheduler_says_so_or_under_a_running_pod(objects: SetObjects) -> None:
    assert not found(claim_missing, objects, 60)
    if objects.pods["web-0"].spec.node_name or not objects.complete(CLAIMS):
        assert not found(claim_missing, objects, 900)


def with_scratch(*owners: OwnerReference) -> SetObjects:
    """A pod whose ephemeral volume finds a claim of that name."""
    member = unscheduled(0, 'PVC "web-0-scratch" was not created for pod default/web-0 (pod is not owner).')
    volumes = (*member.spec.volumes, Volume(name="scratch", ephemeral=Present()))
    member = msgspec.structs.replace(member, spec=msgspec.structs.replace(member.spec, volumes=volumes))
    return waiting(claim("data-web-0"), claim("web-0-scratch", owner_references=owners), member=member)


def test_an_ephemeral_pvc_of_an_earlier_pod() -> None:
    view = judged(with_scratch(OwnerReference(kind="Pod", name="web-0", uid="former", controller=True)), 300)
    (finding,) = view.findings
    assert (finding.rule, finding.level) == (ephemeral_claim_conflict.id, Level.ERROR)
    assert finding.headline == "web-0: PVC web-0-scratch belongs to an earlier web-0"
    assert finding.remedies[-1].command == "kubectl -n default delete pvc web-0-scratch --wait=false"
    assert not any("template" in one.text for one in finding.remedies)


def test_an_ephemeral_pvc_of_another_owner_may_be_needed() -> None:
    (finding,) = found(ephemeral_claim_conflict, with_scratch(), 300)
    assert finding.headline == "web-0: PVC web-0-scratch of its ephemeral volume is not owned by the pod"
    assert finding.remedies[-1].danger is Danger.LOSS


def test_the_pods_own_ephemeral_pvc_is_no_conflict() -> None:
    owner = OwnerReference(kind="Pod", name="web-0", uid="web-0-uid", controller=True)
    assert not found(ephemeral_claim_conflict, with_scratch(owner), 300)


def reserved(name: str = "data-web-0", uid: str = "older", phase: str = "Released") -> PersistentVolume:
    held = volume(PV, phase=phase)
    ref = ClaimReference(namespace="default", name=name, uid=uid)
    return msgspec.structs.replace(held, spec=msgspec.structs.replace(held.spec, claim_ref=ref))


def misbound(held: PersistentVolume) -> SetObjects:
    asking = claim("data-web-0", phase="Pending")
    asking = msgspec.structs.replace(asking, spec=msgspec.structs.replace(asking.spec, volume_name=PV))
    message = f'volume "{PV}" already bound to a different claim.'
    refused = event("data-web-0", "FailedBinding", message, kind="PersistentVolumeClaim", first=10)
    return waiting(asking, volumes={PV: held}, events=(refused,))


def test_a_volume_that_is_reserved_for_an_earlier_pvc_of_that_name() -> None:
    view = judged(misbound(reserved()), 300)
    (finding,) = view.findings
    assert (finding.rule, finding.level) == (volume_bound_to_other_claim.id, Level.ERROR)
    assert finding.headline == (
        f"web-0: volume {PV} of PVC data-web-0 is Released, and its claimRef names an earlier PVC data-web-0"
    )
    values = [one.value for one in finding.evidence]
    assert {"older", "data-web-0-uid", "Released"} <= set(values)
    assert "already bound" in values[-1]
    assert "/spec/claimRef/uid" in finding.remedies[1].command


def test_a_volume_of_another_pvc_is_not_taken_from_it() -> None:
    (finding,) = found(volume_bound_to_other_claim, misbound(reserved("data-db-0", "db", "Bound")), 300)
    assert finding.headline.endswith("is Bound, and its claimRef names PVC default/data-db-0")
    assert not any("claimRef" in one.text for one in finding.remedies)


@pytest.mark.parametrize("uid", ["", "data-web-0-uid"])
def test_a_volume_that_is_reserved_for_this_very_pvc(uid: str) -> None:
    assert not found(volume_bound_to_other_claim, misbound(reserved(uid=uid, phase="Available")), 300)
