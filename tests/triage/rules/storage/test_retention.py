"""Rules about PVCs that block pod creation, and about their owners."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from stsview.model.cache.set_objects import SetObjects
from stsview.model.finding import Certainty, Danger, Level
from stsview.objects.claim import PersistentVolumeClaim
from stsview.objects.kinds import CLAIMS
from stsview.objects.meta import OwnerReference
from stsview.objects.pod import Pod
from stsview.objects.statefulset import ClaimRetentionPolicy
from stsview.triage.rules.storage.retention import (
    claim_owned_by_other,
    claim_terminating,
    missed_after_scale_up,
    stale_claim,
)
from tests.support.model.build import around, at, claim, owned_by, pod, stateful_set, without
from tests.support.simulator.clusters import edit_spec, states, with_set
from tests.support.triage.judge import found, judged
from tests.support.triage.simulated import ObservedCluster

DELETE = ClaimRetentionPolicy(when_scaled="Delete")


def retaining(
    policy: ClaimRetentionPolicy, *claims: PersistentVolumeClaim, pods: Any = None, **parts: Any
) -> SetObjects:
    """A set of two whose second pod is missing, unless other pods are given."""
    stateful = stateful_set(2)
    stateful = replace(stateful, spec=replace(stateful.spec, persistent_volume_claim_retention_policy=policy))
    members: list[Pod] = [pod(0)] if pods is None else pods
    return around(stateful, members, claims=[claim("data-web-0"), *claims], **parts)


@pytest.mark.parametrize(
    ("finalizers", "headline", "dangers"),
    [
        (("kubernetes.io/pvc-protection",), "still in use by a pod", [0]),
        (("example.com/backup",), "finalizer example.com/backup not removed", [0, 0, 3]),
        ((), "not gone yet", [0]),
    ],
)
def test_a_claim_being_deleted_blocks_pod_creation(
    finalizers: tuple[str, ...], headline: str, dangers: list[int]
) -> None:
    going = claim("data-web-1", deletion_timestamp=at(50), finalizers=finalizers)
    objects = retaining(ClaimRetentionPolicy(), going)
    (finding,) = found(claim_terminating, objects, 90, first_seen=50)
    assert (finding.level, finding.since, finding.ordinals) == (Level.ERROR, at(50), (1,))
    assert finding.headline == f"web-1: waits for the deletion of PVC data-web-1: {headline}"
    assert [remedy.danger for remedy in finding.remedies] == dangers
    assert found(claim_terminating, objects, 70, first_seen=50) == ()
    assert found(claim_terminating, retaining(ClaimRetentionPolicy(), going, pods=[pod(0), pod(1)]), 90) == ()


def test_the_last_resort_removes_only_that_finalizer() -> None:
    going = claim("data-web-1", deletion_timestamp=at(50), finalizers=("example.com/backup",))
    (finding,) = found(claim_terminating, retaining(ClaimRetentionPolicy(), going), 90, first_seen=50)
    assert (
        '"op": "test", "path": "/metadata/finalizers/0", "value": "example.com/backup"' in finding.remedies[-1].command
    )


def former(ordinal: int) -> PersistentVolumeClaim:
    owner = OwnerReference(kind="Pod", name=f"web-{ordinal}", uid="of-before", controller=True)
    return claim(f"data-web-{ordinal}", owner_references=(owner,))


def test_a_claim_of_the_previous_pod() -> None:
    objects = retaining(DELETE, former(1))
    (finding,) = found(stale_claim, objects, 90, first_seen=50)
    assert (finding.level, finding.since, finding.ordinals) == (Level.ERROR, at(50), (1,))
    assert finding.headline == "web-1: PVC data-web-1 still belongs to the previous pod and must be deleted first"
    assert finding.evidence[1].value == "of-before"
    assert [(remedy.danger, remedy.action) for remedy in finding.remedies] == [
        (Danger.READ_ONLY, None),
        (Danger.REVERSIBLE, "reconcile"),
    ]
    assert found(stale_claim, objects, 70, first_seen=50) == ()


def test_a_pod_that_is_not_recreated_after_its_old_claim_is_gone() -> None:
    objects = retaining(DELETE)
    (finding,) = found(missed_after_scale_up, objects, 90, first_seen=50)
    assert (finding.certainty, finding.since) == (Certainty.LIKELY, at(50))
    assert [(remedy.danger, remedy.action) for remedy in finding.remedies] == [(Danger.REVERSIBLE, "reconcile")]
    view = judged(objects, 90, first_seen=50)
    assert view.why.headline == "web-1: not created: the controller has not synced since the old PVC was deleted"


@pytest.mark.parametrize(
    ("objects", "now"),
    [
        (retaining(DELETE), 70),
        (retaining(ClaimRetentionPolicy()), 90),
        (retaining(DELETE, claim("data-web-1")), 90),
        (retaining(DELETE, coverage=without(CLAIMS)), 90),
    ],
)
def test_a_missing_pod_that_is_missing_for_other_reasons(objects: SetObjects, now: float) -> None:
    assert found(missed_after_scale_up, objects, now, first_seen=50) == ()


def test_the_missed_scale_up_in_a_simulated_cluster() -> None:
    policy = {"whenScaled": "Delete", "whenDeleted": "Retain"}
    cluster = with_set(replicas=3, persistentVolumeClaimRetentionPolicy=policy)
    observed = ObservedCluster(cluster)
    assert observed.view().findings == ()
    edit_spec(cluster, replicas=1)
    observed.advance(3.5)
    edit_spec(cluster, replicas=3)
    view = observed.advance(60)
    assert states(cluster) == {"web-0": "ready"}
    (finding,) = view.findings
    assert (finding.rule, finding.ordinals) == (missed_after_scale_up.id, (1,))
    edit_spec(cluster, minReadySeconds=1)
    assert observed.advance(60).findings == ()


def owned(owner: OwnerReference) -> list[PersistentVolumeClaim]:
    return [claim("data-web-1", owner_references=(owner,))]


BACKUP = OwnerReference(kind="Backup", name="nightly", uid="b", controller=True)


def test_the_policy_does_not_apply_to_a_claim_of_another_controller() -> None:
    objects = retaining(DELETE, *owned(BACKUP), pods=[pod(0), pod(1)])
    (finding,) = found(claim_owned_by_other, objects)
    assert finding.headline == "web-1: retention policy does not apply to PVC data-web-1, owned by Backup nightly"
    assert [remedy.danger for remedy in finding.remedies] == [Danger.READ_ONLY, Danger.REVERSIBLE]


@pytest.mark.parametrize(
    ("policy", "owner"),
    [
        (ClaimRetentionPolicy(), BACKUP),
        (DELETE, OwnerReference(kind="Backup", name="nightly", uid="b")),
        (DELETE, *owned_by("set-uid")),
        (DELETE, *owned_by("of-an-earlier-set")),
        (DELETE, *owned_by("web-1-uid", "Pod", "web-1")),
        (DELETE, *owned_by("of-before", "Pod", "web-1")),
    ],
)
def test_expected_owners(policy: ClaimRetentionPolicy, owner: OwnerReference) -> None:
    objects = retaining(policy, *owned(owner), pods=[pod(0), pod(1)])
    assert found(claim_owned_by_other, objects) == ()
