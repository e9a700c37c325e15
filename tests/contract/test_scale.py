"""The scale subresource, as guarded scaling uses it."""

from __future__ import annotations

import pytest

from tests.contract.cluster import JSON_PATCH, Cluster, Object, Refused
from tests.contract.manifests import NOWHERE, selector_of, stateful_set
from tests.contract.namespace import Namespace
from tests.contract.test_writes import FOREIGN_UID


@pytest.fixture(scope="session")
def made(namespace: Namespace) -> Object:
    """A set whose pods are never scheduled, so that nothing runs at any size."""
    return namespace.create(stateful_set("scaled", 0, pod=NOWHERE))


@pytest.fixture
def path(cluster: Cluster, namespace: Namespace, made: Object) -> str:
    """The path of its scale, which is 2."""
    path = namespace.path("statefulsets", "scaled", "scale")
    cluster.patch(path, {"spec": {"replicas": 2}})
    return path


def test_scale_shows_replicas_and_selector(cluster: Cluster, namespace: Namespace, made: Object, path: str) -> None:
    scale = cluster.get(path)
    assert (scale["kind"], scale["apiVersion"]) == ("Scale", "autoscaling/v1")
    assert scale["metadata"]["uid"] == made["metadata"]["uid"]
    assert scale["spec"] == {"replicas": 2}
    assert scale["status"]["selector"] == selector_of("scaled")


def test_a_guarded_patch_scales_and_increases_the_generation(
    cluster: Cluster, namespace: Namespace, made: Object, path: str
) -> None:
    before = namespace.get("statefulsets", "scaled")["metadata"]["generation"]
    scaled = cluster.patch(path, _guarded(made["metadata"]["uid"], 2, 1), JSON_PATCH)
    assert scaled["spec"]["replicas"] == 1
    after = namespace.get("statefulsets", "scaled")
    assert (after["spec"]["replicas"], after["metadata"]["generation"]) == (1, before + 1)


def test_a_failed_json_patch_test_changes_nothing(cluster: Cluster, made: Object, path: str) -> None:
    for uid, replicas in ((FOREIGN_UID, 2), (made["metadata"]["uid"], 7)):
        with pytest.raises(Refused) as refused:
            cluster.patch(path, _guarded(uid, replicas, 1), JSON_PATCH)
        assert (refused.value.code, refused.value.reason) == (422, "Invalid")
        assert refused.value.message == "the server rejected our request due to an error in our request"
    assert cluster.get(path)["spec"]["replicas"] == 2


def _guarded(uid: str, replicas: int, wanted: int) -> list[Object]:
    return [
        {"op": "test", "path": "/metadata/uid", "value": uid},
        {"op": "test", "path": "/spec/replicas", "value": replicas},
        {"op": "replace", "path": "/spec/replicas", "value": wanted},
    ]


def test_another_uid_or_an_old_version_conflicts(cluster: Cluster, path: str) -> None:
    for metadata in ({"uid": FOREIGN_UID}, {"resourceVersion": "1"}):
        with pytest.raises(Refused) as refused:
            cluster.patch(path, {"metadata": metadata, "spec": {"replicas": 1}})
        assert (refused.value.code, refused.value.reason) == (409, "Conflict")
    assert cluster.get(path)["spec"]["replicas"] == 2


def test_negative_replicas_are_invalid(cluster: Cluster, path: str) -> None:
    with pytest.raises(Refused) as refused:
        cluster.patch(path, {"spec": {"replicas": -1}})
    assert (refused.value.code, refused.value.reason) == (422, "Invalid")
    assert refused.value.details["kind"] == "Scale"
    assert [one["field"] for one in refused.value.causes] == ["spec.replicas"]


def test_a_dry_run_scales_nothing(cluster: Cluster, path: str) -> None:
    assert cluster.patch(path, {"spec": {"replicas": 5}}, dryRun="All")["spec"]["replicas"] == 5
    assert cluster.get(path)["spec"]["replicas"] == 2


def test_the_last_writer_of_replicas_owns_them_and_scaling_writes_no_time(
    cluster: Cluster, namespace: Namespace, path: str
) -> None:
    cluster.patch(path, {"spec": {"replicas": 3}}, fieldManager="contract-scaler")
    assert _owners(namespace) == [("contract-scaler", "scale", False)]
    cluster.patch(namespace.path("statefulsets", "scaled"), {"spec": {"replicas": 2}}, fieldManager="contract-declarer")
    assert _owners(namespace) == [("contract-declarer", "", True)]
    cluster.patch(path, {"spec": {"replicas": 3}}, fieldManager="contract-scaler")
    assert _owners(namespace) == [("contract-scaler", "scale", False)], "a second time as well"


def _owners(namespace: Namespace) -> list[tuple[str, str, bool]]:
    """Manager and subresource of each owner of `spec.replicas`, and whether its entry has a time."""
    return [
        (entry["manager"], entry.get("subresource", ""), "time" in entry)
        for entry in namespace.get("statefulsets", "scaled")["metadata"]["managedFields"]
        if "f:replicas" in entry["fieldsV1"].get("f:spec", {})
    ]
