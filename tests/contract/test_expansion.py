"""Larger requests of claims: which the API server accepts, and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.contract.cluster import MERGE_PATCH, Cluster, Object, Refused
from tests.contract.manifests import selector_of
from tests.contract.namespace import Namespace
from tests.contract.states import all_ready, uids

Create = Callable[..., Object]

NAME = "growing"
CLAIM = f"data-{NAME}-0"


def _size(size: str) -> Object:
    return {"spec": {"resources": {"requests": {"storage": size}}}}


def _refused(namespace: Namespace, size: str) -> tuple[int, str]:
    with pytest.raises(Refused) as refused:
        namespace.patch("persistentvolumeclaims", CLAIM, _size(size))
    return refused.value.code, refused.value.message


def _has_grown(claims: dict[str, Object]) -> bool:
    status = claims[CLAIM]["status"] if CLAIM in claims else {}
    return (status.get("capacity") or {}).get("storage") == "2Gi" and not status.get("conditions")


@pytest.fixture
def expandable(cluster: Cluster, storage_class: str) -> None:
    """Skips where the default class expands no volumes."""
    found = cluster.get(f"/apis/storage.k8s.io/v1/storageclasses/{storage_class}")
    if not found.get("allowVolumeExpansion"):
        pytest.skip("the default storage class of this cluster does not expand volumes")


@pytest.fixture
def storage_quota(namespace: Namespace) -> Iterator[str]:
    """A quota that only an absurd request exceeds."""
    quotas = namespace.history_of("resourcequotas")
    spec = {"hard": {"requests.storage": "100Ti"}}
    namespace.create(
        {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "contract-storage"}, "spec": spec}
    )
    quotas.until(lambda found: any(one.get("status", {}).get("used") for one in found.values()), "the quota is counted")
    yield "contract-storage"
    namespace.delete("resourcequotas", "contract-storage")


@pytest.mark.usefixtures("expandable")
def test_a_claim_grows_under_its_pod(
    cluster: Cluster, namespace: Namespace, create_set: Create, storage_quota: str
) -> None:
    pods, claims = (namespace.history_of(plural, selector_of(NAME)) for plural in ("pods", "persistentvolumeclaims"))
    create_set(NAME, 1, storage=True)
    before = pods.until(all_ready(1), "the pod is ready")
    why = "spec.resources.requests.storage: Forbidden: field can not be less than status.capacity"
    assert _refused(namespace, "512Mi") == (422, f'PersistentVolumeClaim "{CLAIM}" is invalid: {why}')
    code, message = _refused(namespace, "200Ti")
    assert code == 403
    assert f"exceeded quota: {storage_quota}, requested: requests.storage=" in message

    path = namespace.path("persistentvolumeclaims", CLAIM)
    dry = cluster.patch(path, _size("3Gi"), MERGE_PATCH, dryRun="All")
    assert dry["spec"]["resources"]["requests"] == {"storage": "3Gi"}
    assert namespace.get("persistentvolumeclaims", CLAIM)["spec"]["resources"]["requests"] == {"storage": "1Gi"}

    namespace.patch("persistentvolumeclaims", CLAIM, _size("2Gi"))
    grown = claims.until(_has_grown, "the claim has grown")[CLAIM]["status"]
    assert "allocatedResourceStatuses" not in grown
    types = [one["type"] for event in claims.events for one in event.object["status"].get("conditions") or ()]
    assert types[0] == "Resizing"
    assert uids(namespace.listed("pods", selector_of(NAME))) == uids(before)
    assert _refused(namespace, "1Gi")[0] == 422, "what has grown does not shrink"


def test_only_a_bound_claim_grows(namespace: Namespace) -> None:
    spec = {"accessModes": ["ReadWriteOnce"], "storageClassName": "", "resources": {"requests": {"storage": "1Gi"}}}
    metadata = {"name": "unbound", "labels": {"contract": "unbound"}}
    namespace.create({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": spec})
    with pytest.raises(Refused) as refused:
        namespace.patch("persistentvolumeclaims", "unbound", _size("2Gi"))
    assert refused.value.code == 422
    assert "spec is immutable after creation except resources.requests" in refused.value.message
    namespace.delete("persistentvolumeclaims", "unbound")
