"""Creation and changes of a set without pods: patches, dry runs, errors."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from tests.contract.cluster import JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, Cluster, Object, Refused
from tests.contract.manifests import stateful_set
from tests.contract.namespace import Namespace

FOREIGN_UID = "00000000-0000-0000-0000-000000000000"
IMMUTABLE = "updates to statefulset spec for fields other than"


@pytest.fixture(scope="session")
def web(namespace: Namespace) -> str:
    """The path of a set that no check changes."""
    namespace.create(stateful_set("web", 0, storage=True))
    return namespace.path("statefulsets", "web")


@pytest.fixture
def scratch(namespace: Namespace) -> str:
    """The name of a set for one check."""
    name = f"scratch-{secrets.token_hex(4)}"
    namespace.create(stateful_set(name, 0))
    return name


def test_an_unchanged_spec_keeps_its_generation(namespace: Namespace, scratch: str) -> None:
    made = namespace.get("statefulsets", scratch)
    assert made["metadata"]["generation"] == 1
    noted = namespace.patch("statefulsets", scratch, {"metadata": {"annotations": {"noted": "yes"}}})
    assert noted["metadata"]["generation"] == 1
    assert noted["metadata"]["resourceVersion"] != made["metadata"]["resourceVersion"]
    changed = namespace.patch("statefulsets", scratch, {"spec": {"minReadySeconds": 1}})
    assert changed["metadata"]["generation"] == 2


def test_defaults_are_set(namespace: Namespace, scratch: str) -> None:
    spec = namespace.get("statefulsets", scratch)["spec"]
    assert spec["podManagementPolicy"] == "OrderedReady"
    assert spec["updateStrategy"]["type"] == "RollingUpdate"
    assert spec["updateStrategy"]["rollingUpdate"]["partition"] == 0
    assert spec["revisionHistoryLimit"] == 10
    assert spec["persistentVolumeClaimRetentionPolicy"] == {"whenDeleted": "Retain", "whenScaled": "Retain"}


def test_a_merge_patch_merges_and_null_removes(namespace: Namespace, scratch: str) -> None:
    namespace.patch("statefulsets", scratch, {"metadata": {"annotations": {"one": "1", "two": "2"}}})
    left = namespace.patch("statefulsets", scratch, {"metadata": {"annotations": {"one": None}}})
    assert left["metadata"]["annotations"] == {"two": "2"}


def test_a_strategic_patch_finds_containers_by_name_and_a_merge_patch_replaces_them(
    namespace: Namespace, scratch: str
) -> None:
    def change(*containers: Object) -> Object:
        return {"spec": {"template": {"spec": {"containers": list(containers)}}}}

    both = namespace.patch(
        "statefulsets", scratch, change({"name": "second", "image": "second:1"}), kind=STRATEGIC_PATCH
    )
    assert {one["name"] for one in _containers(both)} == {"main", "second"}
    changed = namespace.patch(
        "statefulsets", scratch, change({"name": "main", "image": "main:2"}), kind=STRATEGIC_PATCH
    )
    assert {one["name"]: one["image"] for one in _containers(changed)} == {"main": "main:2", "second": "second:1"}
    left = namespace.patch("statefulsets", scratch, change({"name": "only", "image": "only:1"}), kind=MERGE_PATCH)
    assert [one["name"] for one in _containers(left)] == ["only"]


def _containers(obj: Object) -> list[Object]:
    containers: list[Object] = obj["spec"]["template"]["spec"]["containers"]
    return containers


def test_a_json_patch_applies_its_tests_first(namespace: Namespace, scratch: str) -> None:
    uid = namespace.get("statefulsets", scratch)["metadata"]["uid"]
    guard = {"op": "test", "path": "/metadata/uid", "value": uid}
    change = {"op": "replace", "path": "/spec/revisionHistoryLimit", "value": 3}
    done = namespace.patch("statefulsets", scratch, [guard, change], kind=JSON_PATCH)
    assert done["spec"]["revisionHistoryLimit"] == 3
    wrong = {**guard, "value": FOREIGN_UID}
    with pytest.raises(Refused) as refused:
        namespace.patch("statefulsets", scratch, [wrong, {**change, "value": 4}], kind=JSON_PATCH)
    assert (refused.value.code, refused.value.reason) == (422, "Invalid")
    assert refused.value.message == "the server rejected our request due to an error in our request"
    assert namespace.get("statefulsets", scratch)["spec"]["revisionHistoryLimit"] == 3


@pytest.mark.parametrize(
    "change",
    [
        {"serviceName": "other"},
        {"podManagementPolicy": "Parallel"},
        {"selector": {"matchLabels": {"contract": "other"}}},
        {"volumeClaimTemplates": []},
    ],
    ids=lambda change: next(iter(change)),
)
def test_immutable_fields_are_refused(cluster: Cluster, web: str, change: Object) -> None:
    with pytest.raises(Refused) as refused:
        cluster.patch(web, {"spec": change})
    assert (refused.value.code, refused.value.reason) == (422, "Invalid")
    assert refused.value.details["kind"] == "StatefulSet"
    forbidden = [one for one in refused.value.causes if one["reason"] == "FieldValueForbidden"]
    assert [one["field"] for one in forbidden] == ["spec"]
    assert forbidden[0]["message"].startswith(f"Forbidden: {IMMUTABLE}")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"replicas": -1}, "spec.replicas"),
        (
            {"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": -1}}},
            "spec.updateStrategy.rollingUpdate.partition",
        ),
    ],
    ids=["replicas", "partition"],
)
def test_negative_replicas_are_refused(cluster: Cluster, web: str, change: Object, field: str) -> None:
    with pytest.raises(Refused) as refused:
        cluster.patch(web, {"spec": change})
    assert (refused.value.code, refused.value.reason) == (422, "Invalid")
    assert field in [one["field"] for one in refused.value.causes]
    assert "must be greater than or equal to 0" in refused.value.message


@pytest.mark.parametrize("kind", [MERGE_PATCH, STRATEGIC_PATCH])
def test_a_patch_with_an_old_version_conflicts(cluster: Cluster, web: str, kind: str) -> None:
    with pytest.raises(Refused) as refused:
        cluster.patch(web, {"metadata": {"resourceVersion": "1", "annotations": {"x": "y"}}}, kind)
    _conflicts(refused.value)


def test_a_put_with_an_old_version_conflicts(cluster: Cluster, web: str) -> None:
    past = cluster.get(web)
    past["metadata"]["resourceVersion"] = "1"
    with pytest.raises(Refused) as refused:
        cluster.put(web, past)
    _conflicts(refused.value)


def _conflicts(refused: Refused) -> None:
    assert (refused.code, refused.reason) == (409, "Conflict")
    assert refused.details == {"name": "web", "group": "apps", "kind": "statefulsets"}
    assert "the object has been modified" in refused.message


def test_a_patch_with_another_uid_is_invalid(cluster: Cluster, web: str) -> None:
    with pytest.raises(Refused) as refused:
        cluster.patch(web, {"metadata": {"uid": FOREIGN_UID}})
    assert (refused.value.code, refused.value.reason) == (422, "Invalid")
    assert "metadata.uid" in [one["field"] for one in refused.value.causes]


def test_an_existing_name_is_refused(namespace: Namespace, web: str) -> None:
    for query in ({}, {"dryRun": "All"}):
        with pytest.raises(Refused) as refused:
            namespace.create(stateful_set("web", 0), **query)
        assert (refused.value.code, refused.value.reason) == (409, "AlreadyExists")
        assert refused.value.details == {"name": "web", "group": "apps", "kind": "statefulsets"}
        assert refused.value.message == 'statefulsets.apps "web" already exists'


def test_a_dry_run_validates_and_defaults_but_stores_nothing(cluster: Cluster, namespace: Namespace, web: str) -> None:
    dry: dict[str, Any] = {"dryRun": "All"}
    tried = namespace.create(stateful_set("tried", 0), **dry)
    assert tried["metadata"]["uid"]
    assert tried["spec"]["podManagementPolicy"] == "OrderedReady"
    assert "tried" not in namespace.listed("statefulsets")
    before = cluster.get(web)
    assert cluster.patch(web, {"spec": {"minReadySeconds": 9}}, **dry)["spec"]["minReadySeconds"] == 9
    cluster.delete(web, **dry)
    after = cluster.get(web)
    assert after["metadata"].get("generation") == before["metadata"]["generation"]
    assert "minReadySeconds" not in after["spec"]
    assert "deletionTimestamp" not in after["metadata"]
    with pytest.raises(Refused) as refused:
        cluster.patch(web, {"spec": {"serviceName": "other"}}, **dry)
    assert refused.value.code == 422


def test_a_selector_that_does_not_match_its_template_is_invalid(namespace: Namespace) -> None:
    wrong = stateful_set("wrong", 0)
    wrong["spec"]["selector"] = {"matchLabels": {"contract": "other"}}
    with pytest.raises(Refused) as refused:
        namespace.create(wrong)
    assert (refused.value.code, refused.value.reason) == (422, "Invalid")
    assert [one["field"] for one in refused.value.causes] == ["spec.template.metadata.labels"]
