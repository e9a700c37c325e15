"""The preconditions of every write that stsview sends: they hold, or nothing changes."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from tests.contract.cluster import JSON_PATCH, Cluster, Object, Refused
from tests.contract.manifests import NOWHERE, pod, selector_of, stateful_set
from tests.contract.namespace import Namespace
from tests.contract.states import settled
from tests.contract.test_writes import FOREIGN_UID

ANNOTATION = "stsview.example/held"
ANNOTATION_PATH = "/metadata/annotations/stsview.example~1held"


@pytest.fixture
def fresh(namespace: Namespace) -> Object:
    """A set without pods or annotations, with its first status."""
    name = f"guarded-{secrets.token_hex(4)}"
    sets = namespace.history_of("statefulsets", selector_of(name))
    namespace.create(stateful_set(name, 0, updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}))
    return sets.until(settled(name), "the set has a status")[name]


def _at(pointer: str, value: Any) -> Object:
    return {"op": "test", "path": pointer, "value": value}


def _patch(namespace: Namespace, made: Object, *operations: Object) -> Object:
    guard = _at("/metadata/uid", made["metadata"]["uid"])
    return namespace.patch("statefulsets", made["metadata"]["name"], [guard, *operations], kind=JSON_PATCH)


def _refused(namespace: Namespace, made: Object, *operations: Object) -> None:
    """A patch whose test fails has no effect."""
    name = made["metadata"]["name"]
    before = namespace.get("statefulsets", name)
    with pytest.raises(Refused) as refused:
        _patch(namespace, made, *operations)
    assert (refused.value.code, refused.value.reason) == (422, "Invalid")
    assert refused.value.message == "the server rejected our request due to an error in our request"
    assert namespace.get("statefulsets", name) == before


def test_the_template_is_replaced_only_as_it_was_seen(namespace: Namespace, fresh: Object) -> None:
    template = fresh["spec"]["template"]
    image = {"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "main:2"}
    other = {**template, "metadata": {**template["metadata"], "annotations": {"other": "yes"}}}
    _refused(namespace, fresh, _at("/spec/template", other), image)
    _refused(namespace, fresh, _at("/status/updateRevision", "unknown-1"), image)
    seen = (_at("/status/updateRevision", fresh["status"]["updateRevision"]), _at("/spec/template", template))
    changed = _patch(namespace, fresh, *seen, image)
    assert changed["spec"]["template"]["spec"]["containers"][0]["image"] == "main:2"
    back = {"op": "replace", "path": "/spec/template", "value": template}
    _refused(namespace, fresh, *seen, back)
    returned = _patch(namespace, fresh, _at("/spec/template", changed["spec"]["template"]), back)
    assert returned["spec"]["template"] == template


def test_the_partition_is_set_only_where_the_strategy_is_as_seen(namespace: Namespace, fresh: Object) -> None:
    partition = {"op": "add", "path": "/spec/updateStrategy/rollingUpdate/partition", "value": 0}
    _refused(namespace, fresh, _at("/spec/updateStrategy", {"type": "OnDelete"}), partition)
    done = _patch(namespace, fresh, _at("/spec/updateStrategy", fresh["spec"]["updateStrategy"]), partition)
    assert done["spec"]["updateStrategy"]["rollingUpdate"]["partition"] == 0
    _refused(namespace, fresh, _at("/spec/updateStrategy", fresh["spec"]["updateStrategy"]), partition)


def test_the_first_annotation_is_added_to_the_version_that_was_seen(namespace: Namespace, fresh: Object) -> None:
    version = _at("/metadata/resourceVersion", fresh["metadata"]["resourceVersion"])
    first = {"op": "add", "path": "/metadata/annotations", "value": {ANNOTATION: "1"}}
    assert _patch(namespace, fresh, version, first)["metadata"]["annotations"] == {ANNOTATION: "1"}
    _refused(namespace, fresh, version, first)


def test_an_annotation_is_changed_and_removed_as_it_was_seen(namespace: Namespace, fresh: Object) -> None:
    namespace.patch(
        "statefulsets", fresh["metadata"]["name"], {"metadata": {"annotations": {ANNOTATION: "1", "x": "y"}}}
    )
    change = {"op": "replace", "path": ANNOTATION_PATH, "value": "2"}
    _refused(namespace, fresh, _at(ANNOTATION_PATH, "0"), change)
    assert _patch(namespace, fresh, _at(ANNOTATION_PATH, "1"), change)["metadata"]["annotations"][ANNOTATION] == "2"
    left = _patch(namespace, fresh, _at(ANNOTATION_PATH, "2"), {"op": "remove", "path": ANNOTATION_PATH})
    assert left["metadata"]["annotations"] == {"x": "y"}


def test_a_scale_of_zero_replicas_has_an_empty_spec(cluster: Cluster, namespace: Namespace, fresh: Object) -> None:
    path = namespace.path("statefulsets", fresh["metadata"]["name"], "scale")
    assert cluster.get(path)["spec"] == {}
    guard = _at("/metadata/uid", fresh["metadata"]["uid"])
    grow = {"op": "add", "path": "/spec/replicas", "value": 1}
    with pytest.raises(Refused) as refused:
        cluster.patch(path, [guard, _at("/spec/replicas", 0), grow], JSON_PATCH)
    assert (refused.value.code, refused.value.reason) == (422, "Invalid")
    scaled = cluster.patch(path, [guard, _at("/spec", {}), grow], JSON_PATCH, dryRun="All")
    assert scaled["spec"] == {"replicas": 1}


def test_an_eviction_ends_only_the_pod_that_was_seen(cluster: Cluster, namespace: Namespace) -> None:
    made = namespace.create_pod(pod("evicted", **NOWHERE))
    path = namespace.path("pods", "evicted", "eviction")

    def evict(uid: str, **options: Any) -> None:
        eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "evicted"}}
        cluster.post(path, {**eviction, "deleteOptions": {"preconditions": {"uid": uid}, **options}})

    with pytest.raises(Refused) as refused:
        evict(FOREIGN_UID)
    assert (refused.value.code, refused.value.reason) == (409, "Conflict")
    evict(made["metadata"]["uid"], dryRun=["All"])
    assert "deletionTimestamp" not in namespace.get("pods", "evicted")["metadata"]
    evict(made["metadata"]["uid"])
    assert "evicted" not in namespace.listed("pods")


def test_a_force_deletion_ends_only_the_pod_that_was_seen(namespace: Namespace) -> None:
    made = namespace.create_pod(pod("forced", **NOWHERE))
    with pytest.raises(Refused) as refused:
        namespace.delete("pods", "forced", preconditions={"uid": FOREIGN_UID}, gracePeriodSeconds=0)
    assert (refused.value.code, refused.value.reason) == (409, "Conflict")
    namespace.delete("pods", "forced", preconditions={"uid": made["metadata"]["uid"]}, gracePeriodSeconds=0)
    assert "forced" not in namespace.listed("pods")


def test_a_merge_patch_of_annotations_changes_only_the_set_that_was_seen(namespace: Namespace, fresh: Object) -> None:
    name, uid = fresh["metadata"]["name"], fresh["metadata"]["uid"]
    with pytest.raises(Refused) as refused:
        namespace.patch("statefulsets", name, {"metadata": {"uid": FOREIGN_UID, "annotations": {ANNOTATION: "1"}}})
    assert (refused.value.code, refused.value.reason) == (422, "Invalid")
    noted = namespace.patch("statefulsets", name, {"metadata": {"uid": uid, "annotations": {ANNOTATION: "1"}}})
    assert noted["metadata"]["annotations"] == {ANNOTATION: "1"}
    assert noted["metadata"]["generation"] == fresh["metadata"]["generation"], "the controller has nothing to update"
