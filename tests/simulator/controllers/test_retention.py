"""persistentVolumeClaimRetentionPolicy: owners of PVCs, and their deletion."""

from __future__ import annotations

import pytest

from stsview.simulator.apiserver.resources import CLAIMS, PODS, STATEFUL_SETS
from stsview.simulator.apiserver.wire import Object
from tests.support.simulator.clusters import (
    NAMESPACE,
    claims,
    delete_pod,
    edit_spec,
    pods,
    stateful_set,
    status,
    with_set,
)


def policy(scaled: str, deleted: str) -> dict[str, str]:
    return {"whenScaled": scaled, "whenDeleted": deleted}


def owners(claim: Object) -> list[str]:
    return [one["kind"] for one in claim["metadata"].get("ownerReferences") or ()]


@pytest.mark.parametrize(
    ("scaled", "deleted", "inside", "surplus"),
    [
        ("Retain", "Retain", [], []),
        ("Retain", "Delete", ["StatefulSet"], ["StatefulSet"]),
        ("Delete", "Retain", [], ["Pod"]),
        ("Delete", "Delete", ["StatefulSet"], ["Pod"]),
    ],
)
def test_owners_of_claims_by_policy(scaled: str, deleted: str, inside: list[str], surplus: list[str]) -> None:
    cluster = with_set(replicas=2, persistentVolumeClaimRetentionPolicy=policy(scaled, deleted))
    assert [owners(claim) for claim in claims(cluster).values()] == [inside, inside]

    cluster.scale(NAMESPACE, "web", 1)
    cluster.advance(0.1)

    assert owners(claims(cluster)["data-web-0"]) == inside
    assert owners(claims(cluster)["data-web-1"]) == surplus


def test_the_owner_is_written_before_the_surplus_pod_is_deleted() -> None:
    cluster = with_set(replicas=2, persistentVolumeClaimRetentionPolicy=policy("Delete", "Retain"))
    since = cluster.storage.resource_version
    cluster.scale(NAMESPACE, "web", 1)
    cluster.advance(0.1)

    changes = [
        event.object["metadata"]["name"]
        for event in cluster.storage.history.after(since)
        if event.resource in (PODS, CLAIMS)
    ]
    assert changes[:2] == ["data-web-1", "web-1"]


def test_claims_are_kept_by_default() -> None:
    cluster = with_set()
    uids = {name: claim["metadata"]["uid"] for name, claim in claims(cluster).items()}

    delete_pod(cluster, "web-1")
    delete_pod(cluster, "web-2", grace_seconds=0)
    cluster.advance(60)
    cluster.scale(NAMESPACE, "web", 0)
    cluster.advance(60)
    cluster.storage.delete(STATEFUL_SETS, NAMESPACE, "web")
    cluster.advance(60)

    assert {name: claim["metadata"]["uid"] for name, claim in claims(cluster).items()} == uids


def test_scale_down_deletes_claims_if_the_policy_says_so() -> None:
    cluster = with_set(persistentVolumeClaimRetentionPolicy=policy("Delete", "Retain"))
    delete_pod(cluster, "web-2")
    cluster.advance(60)
    assert len(claims(cluster)) == 3

    cluster.scale(NAMESPACE, "web", 1)
    cluster.advance(60)

    assert sorted(claims(cluster)) == ["data-web-0"]


def test_deleting_the_set_deletes_claims_unless_it_orphans() -> None:
    cluster = with_set(replicas=1, persistentVolumeClaimRetentionPolicy=policy("Retain", "Delete"))
    cluster.storage.delete(STATEFUL_SETS, NAMESPACE, "web", propagation="Orphan")
    cluster.advance(10)
    assert [owners(claim) for claim in claims(cluster).values()] == [[]]

    gone = with_set(replicas=1, persistentVolumeClaimRetentionPolicy=policy("Retain", "Delete"))
    gone.storage.delete(STATEFUL_SETS, NAMESPACE, "web")
    gone.advance(60)
    assert claims(gone) == {}
    assert pods(gone) == {}


def test_a_changed_policy_is_applied_and_reverted() -> None:
    cluster = with_set(replicas=1)
    edit_spec(cluster, persistentVolumeClaimRetentionPolicy=policy("Retain", "Delete"))
    cluster.advance(5)
    assert owners(claims(cluster)["data-web-0"]) == ["StatefulSet"]

    edit_spec(cluster, persistentVolumeClaimRetentionPolicy=policy("Retain", "Retain"))
    cluster.advance(5)
    assert owners(claims(cluster)["data-web-0"]) == []


def test_a_stale_claim_blocks_the_sync_without_an_event() -> None:
    """Scale to 3, 1, 3 within seconds.

    The stale PVC stops the sync without an event, and its deletion triggers no sync.
    """
    cluster = with_set(persistentVolumeClaimRetentionPolicy=policy("Delete", "Retain"))
    cluster.scale(NAMESPACE, "web", 1)
    cluster.run_until(lambda: len(pods(cluster)) == 2 and "deletionTimestamp" in pods(cluster)["web-1"]["metadata"])
    cluster.scale(NAMESPACE, "web", 3)
    cluster.advance(3 * 3600)

    wedged = status(cluster)
    assert (wedged["replicas"], wedged["observedGeneration"]) == (1, stateful_set(cluster)["metadata"]["generation"])
    assert sorted(claims(cluster)) == ["data-web-0"]

    cluster.edit(STATEFUL_SETS, NAMESPACE, "web", lambda one: one["metadata"].update(annotations={"nudge": "1"}))
    cluster.advance(60)
    assert status(cluster)["readyReplicas"] == 3


def test_a_claim_with_another_controller_is_not_changed() -> None:
    cluster = with_set(replicas=1)
    other = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "name": "backup",
        "uid": cluster.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "backup"}})[0]["metadata"][
            "uid"
        ],
        "controller": True,
    }
    cluster.edit(CLAIMS, NAMESPACE, "data-web-0", lambda one: one["metadata"].update(ownerReferences=[other]))
    edit_spec(cluster, persistentVolumeClaimRetentionPolicy=policy("Delete", "Delete"))
    cluster.advance(5)

    assert owners(claims(cluster)["data-web-0"]) == ["ConfigMap"]
