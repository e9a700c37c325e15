"""Admission plug-ins: changes and refusals after defaulting.

Sources: kubernetes/plugin/pkg/admission/{defaulttolerationseconds,storage,serviceaccount,namespace}, and those that the
other modules here name.

ResourceQuota is elsewhere: its controller adds itself to `Storage.admitters`.
"""

from __future__ import annotations

from typing import Any

from stsview.objects.quantity import parse_bytes
from stsview.simulator.apiserver import resources
from stsview.simulator.apiserver.admission import limit_ranges, pod_security, priorities
from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.resources import Resource
from stsview.simulator.apiserver.validation.cluster_state import ClusterState
from stsview.simulator.apiserver.validation.defaults import quality_of_service
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.storage_classes import class_of

CLAIM_PROTECTION = "kubernetes.io/pvc-protection"
VOLUME_PROTECTION = "kubernetes.io/pv-protection"
DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
BETA_DEFAULT_CLASS = "storageclass.beta.kubernetes.io/is-default-class"
_TOLERATED_SECONDS = 300


def admit_create(cluster: ClusterState, resource: Resource, obj: Object) -> None:
    """Change `obj` in place as the plug-ins do. Raises `ApiError` when one refuses."""
    if resource.namespaced:
        _check_namespace(cluster, resource, obj)
    if resource is resources.PODS:
        _pod(cluster, obj)
        limit_ranges.check(cluster, resource, obj)
    elif resource is resources.CLAIMS:
        limit_ranges.check(cluster, resource, obj)
        _add_finalizer(obj, CLAIM_PROTECTION)
        _choose_class(cluster, obj)
    elif resource is resources.VOLUMES:
        _add_finalizer(obj, VOLUME_PROTECTION)
    elif resource is resources.SERVICES and obj["spec"].get("type") != "ExternalName":
        _allocate_addresses(cluster, obj["spec"])


def admit_update(cluster: ClusterState, resource: Resource, old: Object, new: Object) -> None:
    """Raise `ApiError` when a plug-in refuses an update."""
    if resource is resources.CLAIMS and _requested_bytes(new) > _requested_bytes(old):
        _check_expandable(cluster, old)


def _check_expandable(cluster: ClusterState, claim: Object) -> None:
    """PersistentVolumeClaimResize; validation refuses PVCs that are not bound."""
    if claim.get("status", {}).get("phase") != "Bound":
        return
    class_ = cluster.find(resources.STORAGE_CLASSES, "", class_of(claim) or "")
    if class_ is None or not class_.get("allowVolumeExpansion"):
        why = (
            "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support "
            "resize"
        )
        raise ApiError.forbidden(resources.CLAIMS, claim["metadata"]["name"], why)


def _requested_bytes(claim: Object) -> int:
    requests = (claim["spec"].get("resources") or {}).get("requests") or {}
    return parse_bytes(requests.get("storage", "")) or 0


def _check_namespace(cluster: ClusterState, resource: Resource, obj: Object) -> None:
    name = obj["metadata"].get("namespace", "")
    namespace = cluster.get(resources.NAMESPACES, "", name)
    if "deletionTimestamp" in namespace["metadata"]:
        error = ApiError.forbidden(
            resource,
            obj["metadata"].get("name", ""),
            f"unable to create new content in namespace {name} because it is being terminated",
        )
        error.status["details"]["causes"] = [
            {
                "reason": "NamespaceTerminating",
                "message": f"namespace {name} is being terminated",
                "field": "metadata.namespace",
            }
        ]
        raise error


def _pod(cluster: ClusterState, pod: Object) -> None:
    spec = pod["spec"]
    if limit_ranges.set_defaults(cluster, pod):
        pod["status"]["qosClass"] = quality_of_service(spec)
    if not spec.get("serviceAccountName"):
        spec["serviceAccountName"] = spec["serviceAccount"] = "default"
    _check_service_account(cluster, pod, spec["serviceAccountName"])
    if spec.get("automountServiceAccountToken") is not False:
        _mount_token(cluster, spec)
    tolerations = spec.get("tolerations") or []
    for key in ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"):
        if not any(_tolerates_execution(toleration, key) for toleration in tolerations):
            tolerations.append(
                {"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": _TOLERATED_SECONDS}
            )
    spec["tolerations"] = tolerations
    priorities.resolve(cluster, pod)
    pod_security.check(cluster, pod)


def _check_service_account(cluster: ClusterState, pod: Object, name: str) -> None:
    """Raise `ApiError` 403 without the ServiceAccount; `default` exists in every namespace (or will in a moment)."""
    namespace = pod["metadata"]["namespace"]
    if name == "default" or cluster.find(resources.SERVICE_ACCOUNTS, namespace, name) is not None:
        return
    why = f'error looking up service account {namespace}/{name}: serviceaccount "{name}" not found'
    raise ApiError.forbidden(resources.PODS, pod["metadata"].get("name", ""), why)


def _mount_token(cluster: ClusterState, spec: dict[str, Any]) -> None:
    path = "/var/run/secrets/kubernetes.io/serviceaccount"
    name = f"kube-api-access-{cluster.random_suffix()}"
    needed = False
    for container in (spec.get("initContainers") or []) + (spec.get("containers") or []):
        mounts = container.setdefault("volumeMounts", [])
        if not any(mount.get("mountPath") == path for mount in mounts):
            mounts.append({"name": name, "readOnly": True, "mountPath": path})
            needed = True
    if not needed:
        return
    field = {"apiVersion": "v1", "fieldPath": "metadata.namespace"}
    sources = [
        {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
        {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": field}]}},
    ]
    spec.setdefault("volumes", []).append({"name": name, "projected": {"sources": sources, "defaultMode": 420}})


def _allocate_addresses(cluster: ClusterState, spec: dict[str, Any]) -> None:
    """Allocate cluster IPs, after the field manager is recorded.

    In the real server this is the registry's part (pkg/registry/core/service/storage/alloc.go), not a plug-in.
    """
    taken = {service["spec"].get("clusterIP") for service in cluster.list(resources.SERVICES)}
    while not spec.get("clusterIP"):
        address = f"10.96.{cluster.random.randrange(256)}.{cluster.random.randrange(1, 255)}"
        spec.update({} if address in taken else {"clusterIP": address})
    spec["clusterIPs"] = [spec["clusterIP"]]
    spec.setdefault("ipFamilies", ["IPv4"])
    spec.setdefault("ipFamilyPolicy", "SingleStack")


def _tolerates_execution(toleration: dict[str, Any], key: str) -> bool:
    return toleration.get("key") in (key, None, "") and toleration.get("effect") in ("NoExecute", None, "")


def _choose_class(cluster: ClusterState, claim: Object) -> None:
    """Set the newest default class, if the PVC has no class.

    An empty class name counts as one.
    """
    if class_of(claim) is not None:
        return
    default_classes = [
        (one["metadata"]["creationTimestamp"], one["metadata"]["name"])
        for one in cluster.list(resources.STORAGE_CLASSES)
        if "true" in (one["metadata"].get("annotations", {}).get(name) for name in (DEFAULT_CLASS, BETA_DEFAULT_CLASS))
    ]
    if default_classes:
        claim["spec"]["storageClassName"] = max(default_classes)[1]


def _add_finalizer(obj: Object, name: str) -> None:
    finalizers = obj["metadata"].setdefault("finalizers", [])
    if name not in finalizers:
        finalizers.append(name)
