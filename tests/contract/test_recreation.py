"""A set that is deleted without its pods, and created again with another claim template."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from tests.contract.cluster import Object, Refused
from tests.contract.manifests import selector_of, stateful_set
from tests.contract.namespace import Namespace, ObjectHistory
from tests.contract.states import all_at, all_ready, is_ready, revision_of, settled, uids
from tests.contract.test_writes import FOREIGN_UID

Create = Callable[..., Object]

NAME = "renewed"


def _owners(found: dict[str, Object]) -> set[str]:
    return {ref["uid"] for one in found.values() for ref in one["metadata"].get("ownerReferences") or []}


def _manifest(made: Object) -> Object:
    """The set as it is created again, with twice the storage."""
    kept = {key: value for key, value in made["metadata"].items() if key in ("name", "labels")}
    spec = deepcopy(made["spec"])
    spec["volumeClaimTemplates"][0]["spec"]["resources"]["requests"]["storage"] = "2Gi"
    spec["volumeClaimTemplates"][0].pop("status", None)
    return {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": kept, "spec": spec}


def _revisions(namespace: Namespace) -> dict[str, Object]:
    return namespace.listed("controllerrevisions", selector_of(NAME))


def _restarts(pods: dict[str, Object]) -> list[int]:
    return [container["restartCount"] for one in pods.values() for container in one["status"]["containerStatuses"]]


@pytest.mark.usefixtures("storage_class")
def test_everything_is_adopted_and_nothing_restarts(namespace: Namespace, create_set: Create) -> None:
    """The claims are owned by the set (whenDeleted), and the pods have two revisions behind them."""
    sets, pods, claims = (
        namespace.history_of(plural, selector_of(NAME)) for plural in ("statefulsets", "pods", "persistentvolumeclaims")
    )
    create_set(NAME, 2, storage=True, persistentVolumeClaimRetentionPolicy={"whenDeleted": "Delete"})
    pods.until(all_ready(2), "both pods are ready")
    namespace.patch(
        "statefulsets", NAME, {"spec": {"template": {"metadata": {"annotations": {"stsview.example/round": "2"}}}}}
    )
    made = sets.until(settled(NAME, 2), "the second revision is rolled out")[NAME]
    before = pods.until(all_at(made["status"]["updateRevision"], 2), "both pods are ready at the second revision")
    history = _revisions(namespace)
    assert len(history) == 2
    claims.until(lambda found: _owners(found) == {made["metadata"]["uid"]}, "the set owns the claims")

    _is_orphaned(namespace, made, sets, pods)
    orphans, kept = (namespace.listed(plural, selector_of(NAME)) for plural in ("pods", "persistentvolumeclaims"))
    assert not _owners(orphans) | _owners(_revisions(namespace)) | _owners(kept)
    assert uids(orphans) == uids(before)
    assert all(is_ready(one) for one in orphans.values())

    again = namespace.create(_manifest(made))
    assert again["metadata"]["uid"] != made["metadata"]["uid"]
    adopted = pods.until(lambda found: _owners(found) == {again["metadata"]["uid"]}, "the new set owns the pods")
    status = sets.until(settled(NAME), "the new set is settled")[NAME]["status"]
    assert (uids(adopted), _restarts(adopted)) == (uids(before), _restarts(before))
    assert status["currentRevision"] == status["updateRevision"] == revision_of(before[f"{NAME}-0"])
    assert uids(_revisions(namespace)) == uids(history), "no revision is new"
    assert _owners(_revisions(namespace)) == {again["metadata"]["uid"]}
    left = claims.until(lambda found: _owners(found) == {again["metadata"]["uid"]}, "the new set owns the claims")
    assert (sorted(left), uids(left)) == ([f"data-{NAME}-0", f"data-{NAME}-1"], uids(kept))
    assert {one["spec"]["resources"]["requests"]["storage"] for one in left.values()} == {"1Gi"}


def _is_orphaned(namespace: Namespace, made: Object, sets: ObjectHistory, pods: ObjectHistory) -> None:
    """The deletion takes only the set that was seen, and waits until its dependents are released."""
    with pytest.raises(Refused) as refused:
        namespace.delete("statefulsets", NAME, propagationPolicy="Orphan", preconditions={"uid": FOREIGN_UID})
    assert (refused.value.code, refused.value.reason) == (409, "Conflict")
    options: dict[str, Any] = {"propagationPolicy": "Orphan", "preconditions": {"uid": made["metadata"]["uid"]}}
    namespace.delete("statefulsets", NAME, dryRun=["All"], **options)
    assert "deletionTimestamp" not in namespace.get("statefulsets", NAME)["metadata"]

    last = namespace.delete("statefulsets", NAME, **options)
    assert last["metadata"]["finalizers"] == ["orphan"]
    assert last["metadata"]["deletionTimestamp"]
    sets.until(lambda found: not found, "the set is gone")
    shown = [event for event in sets.events if event.object["metadata"].get("deletionTimestamp")]
    assert [event.type for event in shown][-1] == "DELETED"
    # Pods are released before the set goes, so that no collection of garbage can take them.
    assert not _owners(pods.until(lambda found: not _owners(found), "no controller owns the pods"))


def test_a_dry_run_of_a_creation_is_validated_before_the_name_is_found_taken(
    namespace: Namespace, create_set: Create
) -> None:
    create_set("taken", 0)
    with pytest.raises(Refused) as refused:
        namespace.create(stateful_set("taken", 0), dryRun="All")
    assert (refused.value.code, refused.value.reason) == (409, "AlreadyExists")
    wrong = stateful_set("taken", 0)
    wrong["spec"]["selector"] = {"matchLabels": {"contract": "other"}}
    with pytest.raises(Refused) as refused:
        namespace.create(wrong, dryRun="All")
    assert (refused.value.code, refused.value.reason) == (422, "Invalid")
