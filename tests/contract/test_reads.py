"""Lists and single objects: pages, versions, selectors, media types."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.cluster import METADATA_LIST_ONLY, METADATA_ONLY, Cluster, Object, Refused
from tests.contract.manifests import labels_of, stateful_set
from tests.contract.namespace import Namespace


def _config_map(name: str, **labels: str) -> Object:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "labels": labels}, "data": {"a": "1"}}


def _lease(number: int) -> Object:
    return {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": f"page-{number}"}, "spec": {}}


@pytest.fixture
def leases(namespace: Namespace) -> Iterator[str]:
    """The path of five leases, a kind that no controller creates in a new namespace."""
    for number in range(5):
        namespace.create(_lease(number))
    yield namespace.path("leases")
    for name in namespace.listed("leases"):
        namespace.delete("leases", name)


def _names(answer: Object) -> list[str]:
    return [one["metadata"]["name"] for one in answer["items"]]


def test_all_pages_have_the_same_resource_version(cluster: Cluster, namespace: Namespace, leases: str) -> None:
    first = cluster.get(leases, limit=2)
    assert _names(first) == ["page-0", "page-1"]
    assert first["metadata"]["remainingItemCount"] == 3
    namespace.create(_lease(5))
    second = cluster.get(leases, limit=2, **{"continue": first["metadata"]["continue"]})
    last = cluster.get(leases, limit=2, **{"continue": second["metadata"]["continue"]})
    assert _names(second) + _names(last) == ["page-2", "page-3", "page-4"]
    versions = {page["metadata"]["resourceVersion"] for page in (first, second, last)}
    assert len(versions) == 1
    assert not last["metadata"].get("continue")
    assert len(_names(cluster.get(leases))) == 6


def test_a_compacted_page_is_expired_and_returns_a_new_continue_token(cluster: Cluster, leases: str) -> None:
    token = cluster.get(leases, limit=2)["metadata"]["continue"]
    said = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    aged = base64.urlsafe_b64encode(json.dumps({**said, "rv": 1}).encode()).decode().rstrip("=")
    refused = _expired(cluster, leases, limit=2, **{"continue": aged})
    fresh = refused.status["metadata"]["continue"]
    assert _names(cluster.get(leases, **{"continue": fresh})) == ["page-2", "page-3", "page-4"]


def test_a_compacted_version_is_expired(cluster: Cluster, namespace: Namespace) -> None:
    refused = _expired(cluster, namespace.path("pods"), resourceVersion=1, resourceVersionMatch="Exact")
    assert refused.message == "The resourceVersion for the provided list is too old."


def _expired(cluster: Cluster, path: str, **query: Any) -> Refused:
    refusals = []
    try:
        cluster.get(path, **query)
    except Refused as refused:
        refusals.append(refused)
    if not refusals and not cluster.simulated:
        pytest.skip("this cluster has not compacted any history yet")
    assert [(one.code, one.reason) for one in refusals] == [(410, "Expired")]
    return refusals[0]


def test_a_future_version_times_out_with_retry_after(cluster: Cluster, namespace: Namespace) -> None:
    with pytest.raises(Refused) as refused:
        cluster.get(namespace.path("pods"), resourceVersion=2**62)
    assert (refused.value.code, refused.value.reason) == (504, "Timeout")
    assert refused.value.details["retryAfterSeconds"] == 1
    assert refused.value.causes[0]["reason"] == "ResourceVersionTooLarge"


@pytest.mark.parametrize(
    ("selector", "selected"),
    [
        ("group=select", ["select-a", "select-b", "select-c"]),
        ("group=select,tier", ["select-a", "select-b"]),
        ("group=select,!tier", ["select-c"]),
        ("group=select,tier!=front", ["select-b", "select-c"]),
        ("tier in (front, back),group=select", ["select-a", "select-b"]),
        ("tier notin (front),group=select", ["select-b", "select-c"]),
    ],
)
def test_label_selectors_filter_lists(
    cluster: Cluster, namespace: Namespace, select: None, selector: str, selected: list[str]
) -> None:
    assert _names(cluster.get(namespace.path("configmaps"), labelSelector=selector)) == selected


def test_field_selectors_filter_lists(cluster: Cluster, namespace: Namespace, select: None) -> None:
    path = namespace.path("configmaps")
    assert _names(cluster.get(path, fieldSelector="metadata.name=select-b")) == ["select-b"]
    with pytest.raises(Refused) as refused:
        cluster.get(path, fieldSelector="data.a=1")
    assert (refused.value.code, refused.value.reason) == (400, "BadRequest")


@pytest.fixture(scope="session")
def select(namespace: Namespace) -> None:
    namespace.create(_config_map("select-a", group="select", tier="front"))
    namespace.create(_config_map("select-b", group="select", tier="back"))
    namespace.create(_config_map("select-c", group="select"))


def test_an_invalid_selector_is_refused(cluster: Cluster, namespace: Namespace) -> None:
    with pytest.raises(Refused) as refused:
        cluster.get(namespace.path("pods"), labelSelector="a==b==c")
    assert (refused.value.code, refused.value.reason) == (400, "BadRequest")


def test_metadata_only_lists(cluster: Cluster, namespace: Namespace) -> None:
    made = namespace.create(stateful_set("partial", 0))
    one = cluster.get(namespace.path("statefulsets", "partial"), accept=METADATA_ONLY)
    assert (one["kind"], one["apiVersion"]) == ("PartialObjectMetadata", "meta.k8s.io/v1")
    assert one["metadata"]["uid"] == made["metadata"]["uid"]
    assert "spec" not in one
    listed = cluster.get(namespace.path("statefulsets"), accept=METADATA_LIST_ONLY, labelSelector="contract=partial")
    assert (listed["kind"], listed["apiVersion"]) == ("PartialObjectMetadataList", "meta.k8s.io/v1")
    (item,) = listed["items"]
    assert item["metadata"]["labels"] == labels_of("partial")
    assert not {"spec", "status"} & item.keys()


@pytest.mark.parametrize(
    ("plural", "group"), [("statefulsets", "apps"), ("pods", ""), ("poddisruptionbudgets", "policy")]
)
def test_not_found_names_the_object(cluster: Cluster, namespace: Namespace, plural: str, group: str) -> None:
    for method in (cluster.get, cluster.delete):
        with pytest.raises(Refused) as refused:
            method(namespace.path(plural, "absent"))
        assert (refused.value.code, refused.value.reason) == (404, "NotFound")
        assert refused.value.details == {"name": "absent", "kind": plural, **({"group": group} if group else {})}
        assert refused.value.message == f'{plural}{"." + group if group else ""} "absent" not found'


def test_access_reviews(cluster: Cluster, namespace: Namespace) -> None:
    attributes = {"namespace": namespace.name, "verb": "patch", "group": "apps", "resource": "statefulsets"}
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": {**attributes, "subresource": "scale"}},
    }
    answer = cluster.post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review)
    assert answer["status"]["allowed"] is True
