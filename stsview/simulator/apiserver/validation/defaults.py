"""Defaulting of fields that a client omits.

Source: kubernetes/pkg/apis/{core,apps,policy,storage}/v1/defaults.go. Limited to the defaults that appear in recorded
objects.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from stsview.simulator.apiserver import resources
from stsview.simulator.apiserver.resources import Resource
from stsview.simulator.apiserver.validation.cluster_state import ClusterState
from stsview.simulator.apiserver.wire import Object

_Spec = dict[str, Any]


def apply(cluster: ClusterState, resource: Resource, obj: Object) -> None:
    """Set defaults in place. Existing values stay, so it is idempotent."""
    fill = _BY_RESOURCE.get(resource)
    if fill is not None:
        fill(cluster, obj)


def _statefulset(cluster: ClusterState, obj: Object) -> None:
    spec = obj.setdefault("spec", {})
    _unless_set(spec, "replicas", 1)
    spec.setdefault("selector", None)
    spec.setdefault("template", {})
    _pod_template(spec["template"])
    for template in spec.get("volumeClaimTemplates") or []:
        template.update({"kind": "PersistentVolumeClaim", "apiVersion": "v1"})
        template.setdefault("metadata", {})
        _claim_spec(template.setdefault("spec", {}))
        template["status"] = {"phase": "Pending"}
    spec.setdefault("serviceName", "")
    _unless_set(spec, "podManagementPolicy", "OrderedReady")
    strategy = spec.get("updateStrategy") or {}
    if not strategy.get("type"):
        # only a missing type adds a rollingUpdate block; an explicit RollingUpdate stays without one
        strategy["type"] = "RollingUpdate"
        strategy.setdefault("rollingUpdate", {})
    rolling = strategy.get("rollingUpdate")
    if rolling is not None:
        _unless_set(rolling, "partition", 0)
        if not cluster.gates.max_unavailable_stateful_set:
            rolling.pop("maxUnavailable", None)
        else:
            _unless_set(rolling, "maxUnavailable", 1)
    spec["updateStrategy"] = strategy
    _unless_set(spec, "revisionHistoryLimit", 10)
    policy = spec.get("persistentVolumeClaimRetentionPolicy") or {}
    spec["persistentVolumeClaimRetentionPolicy"] = policy
    _unless_set(policy, "whenDeleted", "Retain")
    _unless_set(policy, "whenScaled", "Retain")
    status = obj.setdefault("status", {})
    _unless_set(status, "replicas", 0)
    _unless_set(status, "availableReplicas", 0)


def _pod_template(template: _Spec) -> None:
    metadata = template.setdefault("metadata", {})
    if not metadata.get("annotations"):
        metadata.pop("annotations", None)
    _pod_spec(template.setdefault("spec", {}))


def _pod(cluster: ClusterState, obj: Object) -> None:
    spec = obj.setdefault("spec", {})
    _pod_spec(spec)
    _unless_set(spec, "enableServiceLinks", True)
    status = obj.setdefault("status", {})
    _unless_set(status, "phase", "Pending")
    _unless_set(status, "qosClass", quality_of_service(spec))


def _pod_spec(spec: _Spec) -> None:
    for container in (spec.get("initContainers") or []) + (spec.get("containers") or []):
        _container(container)
    for volume in spec.get("volumes") or []:
        for source in ("configMap", "secret", "projected", "downwardAPI"):
            if isinstance(volume.get(source), dict):
                _unless_set(volume[source], "defaultMode", 420)
        template = (volume.get("ephemeral") or {}).get("volumeClaimTemplate")
        if template:
            _claim_spec(template.setdefault("spec", {}))
        if not set(volume) - {"name"}:
            volume["emptyDir"] = {}
    _unless_set(spec, "restartPolicy", "Always")
    _unless_set(spec, "terminationGracePeriodSeconds", 30)
    _unless_set(spec, "dnsPolicy", "ClusterFirst")
    if spec.get("serviceAccountName"):
        spec["serviceAccount"] = spec["serviceAccountName"]
    _unless_set(spec, "securityContext", {})
    _unless_set(spec, "schedulerName", "default-scheduler")


def _container(container: _Spec) -> None:
    _unless_set(container, "resources", {})
    limits = container["resources"].get("limits")
    if limits:
        requests = container["resources"].setdefault("requests", {})
        for name, amount in limits.items():
            requests.setdefault(name, amount)
    for port in container.get("ports") or []:
        _unless_set(port, "protocol", "TCP")
    for name in ("livenessProbe", "readinessProbe", "startupProbe"):
        probe = container.get(name)
        if probe:
            _probe(probe)
    for variable in container.get("env") or []:
        reference = (variable.get("valueFrom") or {}).get("fieldRef")
        if reference:
            _unless_set(reference, "apiVersion", "v1")
    _unless_set(container, "terminationMessagePath", "/dev/termination-log")
    _unless_set(container, "terminationMessagePolicy", "File")
    image = container.get("image", "")
    tag = image.rpartition("/")[2].partition(":")[2]
    latest = "@" not in image and tag in ("", "latest")
    _unless_set(container, "imagePullPolicy", "Always" if latest else "IfNotPresent")


def _probe(probe: _Spec) -> None:
    for name, seconds in (
        ("timeoutSeconds", 1),
        ("periodSeconds", 10),
        ("successThreshold", 1),
        ("failureThreshold", 3),
    ):
        if not probe.get(name):
            probe[name] = seconds
    request = probe.get("httpGet")
    if request:
        _unless_set(request, "path", "/")
        _unless_set(request, "scheme", "HTTP")


def quality_of_service(spec: _Spec) -> str:
    """The QoS class of a pod.

    BestEffort without requests, Guaranteed if every container's limits equal its requests, otherwise Burstable.
    """
    containers = (spec.get("containers") or []) + (spec.get("initContainers") or [])
    resources_ = [container.get("resources") or {} for container in containers]
    if not any(one.get("requests") or one.get("limits") for one in resources_):
        return "BestEffort"
    guaranteed = all(
        {"cpu", "memory"} <= set(one.get("limits") or {}) and one.get("limits") == one.get("requests")
        for one in resources_
    )
    return "Guaranteed" if guaranteed else "Burstable"


def _claim(cluster: ClusterState, obj: Object) -> None:
    _claim_spec(obj.setdefault("spec", {}))
    _unless_set(obj.setdefault("status", {}), "phase", "Pending")


def _claim_spec(spec: _Spec) -> None:
    _unless_set(spec, "volumeMode", "Filesystem")


def _volume(cluster: ClusterState, obj: Object) -> None:
    spec = obj.setdefault("spec", {})
    _unless_set(spec, "persistentVolumeReclaimPolicy", "Retain")
    _unless_set(spec, "volumeMode", "Filesystem")
    reference = spec.get("claimRef")
    if reference:
        _unless_set(reference, "kind", "PersistentVolumeClaim")
        _unless_set(reference, "apiVersion", "v1")
    status = obj.setdefault("status", {})
    if not status.get("phase"):
        status["phase"] = "Pending"
        status["lastPhaseTransitionTime"] = obj["metadata"]["creationTimestamp"]


def _service(cluster: ClusterState, obj: Object) -> None:
    spec = obj.setdefault("spec", {})
    for port in spec.get("ports") or []:
        _unless_set(port, "protocol", "TCP")
        _unless_set(port, "targetPort", port.get("port"))
    _unless_set(spec, "type", "ClusterIP")
    if spec["type"] != "ExternalName":
        _unless_set(spec, "internalTrafficPolicy", "Cluster")
    _unless_set(spec, "sessionAffinity", "None")
    if "status" not in obj:
        obj["status"] = {"loadBalancer": {}}


def _namespace(cluster: ClusterState, obj: Object) -> None:
    obj["metadata"].setdefault("labels", {})["kubernetes.io/metadata.name"] = obj["metadata"].get("name", "")
    if "deletionTimestamp" not in obj["metadata"]:
        _unless_set(obj.setdefault("spec", {}), "finalizers", ["kubernetes"])
        _unless_set(obj.setdefault("status", {}), "phase", "Active")


def _node(cluster: ClusterState, obj: Object) -> None:
    obj.setdefault("spec", {})
    obj.setdefault("status", {})


def _budget(cluster: ClusterState, obj: Object) -> None:
    obj.setdefault("spec", {})
    status = obj.setdefault("status", {})
    for name in ("disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"):
        _unless_set(status, name, 0)


def _storage_class(cluster: ClusterState, obj: Object) -> None:
    _unless_set(obj, "reclaimPolicy", "Delete")
    _unless_set(obj, "volumeBindingMode", "Immediate")


def _volume_attachment(cluster: ClusterState, obj: Object) -> None:
    _unless_set(obj.setdefault("status", {}), "attached", False)


def _endpoint_slice(cluster: ClusterState, obj: Object) -> None:
    obj.setdefault("endpoints", None)
    obj.setdefault("ports", None)


def _event(cluster: ClusterState, obj: Object) -> None:
    _unless_set(obj, "reportingComponent", "")
    _unless_set(obj, "reportingInstance", "")
    obj.setdefault("eventTime", None)


def _secret(cluster: ClusterState, obj: Object) -> None:
    _unless_set(obj, "type", "Opaque")
    if plain := obj.pop("stringData", None):
        # Convert_v1_Secret_To_core_Secret: overwrites data
        data = {key: base64.b64encode(text.encode()).decode() for key, text in plain.items()}
        obj["data"] = {**(obj.get("data") or {}), **data}


def _quota(cluster: ClusterState, obj: Object) -> None:
    obj.setdefault("spec", {})
    obj.setdefault("status", {})


def _limit_range(cluster: ClusterState, obj: Object) -> None:
    """SetDefaults_LimitRangeItem."""
    for item in obj.setdefault("spec", {}).get("limits") or ():
        if item.get("type") == "Container":
            default, request = item.setdefault("default", {}), item.setdefault("defaultRequest", {})
            for source, into in (("max", default), ("default", request), ("min", request)):
                for name, amount in (item.get(source) or {}).items():
                    into.setdefault(name, amount)


def _priority_class(cluster: ClusterState, obj: Object) -> None:
    _unless_set(obj, "preemptionPolicy", "PreemptLowerPriority")


def _autoscaler(cluster: ClusterState, obj: Object) -> None:
    _unless_set(obj.setdefault("spec", {}), "minReplicas", 1)
    status = obj.setdefault("status", {})
    _unless_set(status, "desiredReplicas", 0)
    status.setdefault("currentMetrics", None)


def _unless_set(fields: _Spec, name: str, value: Any) -> None:
    if fields.get(name) is None:
        fields[name] = value


_BY_RESOURCE: dict[Resource, Callable[[ClusterState, Object], None]] = {
    resources.STATEFUL_SETS: _statefulset,
    resources.PODS: _pod,
    resources.CLAIMS: _claim,
    resources.VOLUMES: _volume,
    resources.SERVICES: _service,
    resources.NAMESPACES: _namespace,
    resources.NODES: _node,
    resources.BUDGETS: _budget,
    resources.STORAGE_CLASSES: _storage_class,
    resources.VOLUME_ATTACHMENTS: _volume_attachment,
    resources.ENDPOINT_SLICES: _endpoint_slice,
    resources.EVENTS: _event,
    resources.SECRETS: _secret,
    resources.RESOURCE_QUOTAS: _quota,
    resources.AUTOSCALERS: _autoscaler,
    resources.LIMIT_RANGES: _limit_range,
    resources.PRIORITY_CLASSES: _priority_class,
}
