"""Small objects that any cluster accepts.

Also under the restricted pod security standard.
"""

from __future__ import annotations

from typing import Any

from tests.contract.cluster import Object

IMAGE = "registry.k8s.io/pause:3.10"
GATE = "stsview.example/contract"
"""A readiness gate: a pod with it is ready once this condition is set."""
NOWHERE: Object = {"nodeSelector": {"stsview.example/contract": "no-node-has-this"}}
"""A pod that no scheduler places, so that no kubelet runs it."""


def labels_of(name: str) -> dict[str, str]:
    return {"contract": name}


def selector_of(name: str) -> str:
    return f"contract={name}"


def pod_spec(**fields: Any) -> Object:
    container = {
        "name": "main",
        "image": IMAGE,
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
        **fields.pop("container", {}),
    }
    return {
        "automountServiceAccountToken": False,
        "terminationGracePeriodSeconds": 5,
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [container],
        **fields,
    }


def pod(
    name: str,
    *,
    group: str = "",
    annotations: dict[str, str] | None = None,
    finalizers: tuple[str, ...] = (),
    **spec: Any,
) -> Object:
    """A single pod; `spec` goes into its spec.

    It is labelled as one of `group`, or by its own name.
    """
    metadata: Object = {"name": name, "labels": labels_of(group or name)}
    if annotations:
        metadata["annotations"] = annotations
    if finalizers:
        metadata["finalizers"] = list(finalizers)
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": pod_spec(**spec)}


def headless(name: str) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "labels": labels_of(name)},
        "spec": {"clusterIP": "None", "selector": labels_of(name), "ports": [{"name": "main", "port": 80}]},
    }


def stateful_set(name: str, replicas: int, *, pod: Object | None = None, storage: bool = False, **spec: Any) -> Object:
    """A set, with claims of the default storage class if `storage`.

    `pod` goes into the pod spec, `spec` into the set's spec.
    """
    fields = dict(pod or {})
    if storage:
        fields["container"] = {"volumeMounts": [{"name": "data", "mountPath": "/data"}]}
        claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
        spec["volumeClaimTemplates"] = [{"metadata": {"name": "data"}, "spec": claim}]
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": name, "labels": labels_of(name)},
        "spec": {
            "serviceName": name,
            "replicas": replicas,
            "selector": {"matchLabels": labels_of(name)},
            "template": {"metadata": {"labels": labels_of(name)}, "spec": pod_spec(**fields)},
            **spec,
        },
    }


def gated() -> Object:
    """The pod spec fields that leave readiness to the checks."""
    return {"readinessGates": [{"conditionType": GATE}]}


def template_annotation(value: str | None) -> Object:
    """A merge patch that only creates a new revision; None reverts it."""
    return {"spec": {"template": {"metadata": {"annotations": {"stsview.example/round": value}}}}}
