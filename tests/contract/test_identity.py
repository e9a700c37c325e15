"""The identity of a set's pods: names, labels, owners, claims, DNS names."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.contract.cluster import Object
from tests.contract.manifests import labels_of, selector_of
from tests.contract.namespace import Namespace
from tests.contract.states import all_ready, revision_of, settled, uids

Create = Callable[..., Object]

pytestmark = pytest.mark.usefixtures("running_pods")


def test_each_pod_carries_its_identity(namespace: Namespace, create_set: Create) -> None:
    sets, pods = (namespace.history_of(plural, selector_of("named")) for plural in ("statefulsets", "pods"))
    made = create_set("named", 2)
    status = sets.until(settled("named"), "the set is settled")["named"]["status"]
    found = pods.until(all_ready(2), "both pods are ready")
    assert sorted(found) == ["named-0", "named-1"]
    for ordinal in range(2):
        one = found[f"named-{ordinal}"]
        assert (
            one["metadata"]["labels"].items()
            >= {
                **labels_of("named"),
                "statefulset.kubernetes.io/pod-name": f"named-{ordinal}",
                "apps.kubernetes.io/pod-index": str(ordinal),
                "controller-revision-hash": status["updateRevision"],
            }.items()
        )
        assert one["metadata"]["generateName"] == "named-"
        assert one["metadata"]["ownerReferences"] == [_owner(made)]
        assert (one["spec"]["hostname"], one["spec"]["subdomain"]) == (f"named-{ordinal}", "named")
    assert status["currentRevision"] == status["updateRevision"]
    assert status["currentReplicas"] == 2
    revision = namespace.get("controllerrevisions", status["updateRevision"])
    assert revision["revision"] == 1
    assert revision["metadata"]["ownerReferences"] == [_owner(made)]
    assert revision["metadata"]["name"].startswith("named-")
    assert revision["data"]["spec"]["template"]["$patch"] == "replace"


def _owner(made: Object) -> Object:
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "name": made["metadata"]["name"],
        "uid": made["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def test_ordinals_begin_at_spec_ordinals_start(namespace: Namespace, create_set: Create) -> None:
    pods = namespace.history_of("pods", selector_of("shifted"))
    create_set("shifted", 2, ordinals={"start": 5})
    found = pods.until(all_ready(2), "both pods are ready")
    assert sorted(found) == ["shifted-5", "shifted-6"]


def test_the_headless_service_publishes_the_names_of_ready_pods(namespace: Namespace, create_set: Create) -> None:
    slices = namespace.history_of(
        "endpointslices", "kubernetes.io/service-name=published,service.kubernetes.io/headless"
    )
    create_set("published", 2)

    def published(found: dict[str, Object]) -> dict[str, bool]:
        endpoints = [endpoint for one in found.values() for endpoint in one.get("endpoints") or []]
        return {endpoint["hostname"]: endpoint["conditions"]["ready"] for endpoint in endpoints}

    both = {"published-0": True, "published-1": True}
    found = slices.until(lambda found: published(found) == both, "both host names are published")
    for one in found.values():
        assert one["metadata"]["labels"]["service.kubernetes.io/headless"] == ""
        for endpoint in one["endpoints"]:
            target = endpoint["targetRef"]
            assert (target["kind"], target["name"]) == ("Pod", endpoint["hostname"])
            assert endpoint["conditions"]["serving"] is True
            assert endpoint["conditions"]["terminating"] is False
    namespace.patch("statefulsets", "published", {"spec": {"replicas": 1}})
    slices.until(lambda found: published(found) == {"published-0": True}, "the name of the removed pod is gone")


def test_a_deleted_pod_is_recreated_with_its_identity(namespace: Namespace, create_set: Create) -> None:
    pods = namespace.history_of("pods", selector_of("returning"))
    create_set("returning", 2)
    before = pods.until(all_ready(2), "both pods are ready")
    namespace.delete("pods", "returning-0", preconditions={"uid": before["returning-0"]["metadata"]["uid"]})
    after = pods.until(
        lambda found: all_ready(2)(found) and uids(found)["returning-0"] != uids(before)["returning-0"],
        "another pod of the same name is ready",
    )
    assert uids(after)["returning-1"] == uids(before)["returning-1"]
    assert revision_of(after["returning-0"]) == revision_of(before["returning-0"])
    at_once = [event.type for event in pods.events if event.name == "returning-0" and event.type != "MODIFIED"]
    assert at_once == ["ADDED", "DELETED", "ADDED"]


def test_claims_are_matched_by_name_and_survive_their_pods(
    namespace: Namespace, storage_class: str, create_set: Create
) -> None:
    sets, pods, claims = (
        namespace.history_of(plural, selector_of("storing"))
        for plural in ("statefulsets", "pods", "persistentvolumeclaims")
    )
    create_set("storing", 2, storage=True)
    pods.until(all_ready(2), "both pods are ready")
    before = claims.until(
        lambda found: len(found) == 2 and all(one["status"]["phase"] == "Bound" for one in found.values()),
        "both claims are bound",
    )
    assert sorted(before) == ["data-storing-0", "data-storing-1"]
    for one in before.values():
        assert one["metadata"]["labels"].items() >= labels_of("storing").items()
        assert "ownerReferences" not in one["metadata"]
        assert one["spec"]["storageClassName"] == storage_class
        assert one["spec"]["volumeName"]
        assert "kubernetes.io/pvc-protection" in one["metadata"]["finalizers"]
    shrunk = namespace.patch("statefulsets", "storing", {"spec": {"replicas": 1}})
    pods.until(all_ready(1), "one pod is left")
    sets.until(settled("storing", shrunk["metadata"]["generation"]), "the set is settled at one")
    assert uids(namespace.listed("persistentvolumeclaims", selector_of("storing"))) == uids(before)
    namespace.patch("statefulsets", "storing", {"spec": {"replicas": 2}})
    again = pods.until(all_ready(2), "both pods are ready again")
    assert uids(namespace.listed("persistentvolumeclaims", selector_of("storing"))) == uids(before)
    volumes = [one for one in again["storing-1"]["spec"]["volumes"] if one["name"] == "data"]
    assert volumes[0]["persistentVolumeClaim"]["claimName"] == "data-storing-1"
    namespace.delete("statefulsets", "storing", propagationPolicy="Foreground")
    sets.until(lambda found: not found, "the set is gone")
    assert uids(namespace.listed("persistentvolumeclaims", selector_of("storing"))) == uids(before)


@pytest.mark.usefixtures("storage_class")
def test_claims_are_deleted_as_the_retention_policy_says(namespace: Namespace, create_set: Create) -> None:
    pods, claims = (
        namespace.history_of(plural, selector_of("passing")) for plural in ("pods", "persistentvolumeclaims")
    )
    policy = {"whenScaled": "Delete", "whenDeleted": "Delete"}
    made = create_set("passing", 2, storage=True, persistentVolumeClaimRetentionPolicy=policy)
    pods.until(all_ready(2), "both pods are ready")

    def owners(found: dict[str, Object]) -> set[str]:
        return {ref["uid"] for one in found.values() for ref in one["metadata"].get("ownerReferences") or []}

    owned = claims.until(
        lambda found: len(found) == 2 and all(one["metadata"].get("ownerReferences") for one in found.values()),
        "both claims are owned",
    )
    assert owners(owned) == {made["metadata"]["uid"]}
    namespace.patch("statefulsets", "passing", {"spec": {"replicas": 1}})
    claims.until(lambda found: sorted(found) == ["data-passing-0"], "the claim of the removed pod is gone")
    last = [event.object for event in claims.events if event.name == "data-passing-1"][-1]
    assert [ref["kind"] for ref in last["metadata"]["ownerReferences"]] == ["Pod"]
    namespace.delete("statefulsets", "passing", propagationPolicy="Background")
    claims.until(lambda found: not found, "the claims are gone with the set")
