"""Manifests as operators write them, for the scenarios."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from stsview.simulator.apiserver.wire import Object
from stsview.simulator.fault_annotations import PREFIX

ZOOKEEPER = """
apiVersion: v1
kind: Service
metadata: {name: zk-hs}
spec:
  clusterIP: None
  selector: {app: zookeeper}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: zookeeper}
spec:
  serviceName: "zk-hs"
  replicas: 3
  selector: {matchLabels: {app: zookeeper}}
  template:
    metadata: {labels: {app: zookeeper}}
    spec:
      containers:
      - name: zk
        image: zookeeper:3.8.1
        volumeMounts: [{name: data, mountPath: /var/lib/zookeeper}]
  volumeClaimTemplates:
  - metadata: {name: data}
    spec:
      accessModes: ["ReadWriteOnce"]
      storageClassName: "my-fast-storage"
      resources: {requests: {storage: 10Gi}}
"""
"""A ZooKeeper ensemble, as an operator would apply it."""


def fault_annotations(**annotations: str) -> dict[str, str]:
    """Annotations that make pods fail.

    As in `fault_annotations(crash="1", crash_ordinals="3")`.
    """
    return {PREFIX + name.replace("_", "-"): value for name, value in annotations.items()}


def headless(name: str, app: str, *, port: int | None = None) -> Object:
    """A headless Service for the pods of an app."""
    result: Object = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "labels": {"app": app}},
        "spec": {"clusterIP": "None", "selector": {"app": app}},
    }
    if port is not None:
        result["spec"]["ports"] = [{"name": "main", "port": port}]
    return result


def service(name: str, app: str, *, port: int) -> Object:
    """A Service with a cluster IP."""
    result = headless(name, app, port=port)
    del result["spec"]["clusterIP"]
    return result


def budget(app: str, max_unavailable: int | str = 1) -> Object:
    """A PodDisruptionBudget for the pods of an app."""
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": app, "labels": {"app": app}},
        "spec": {"maxUnavailable": max_unavailable, "selector": {"matchLabels": {"app": app}}},
    }


def in_pool(pool: str) -> Object:
    """The node selector and toleration for the nodes of a pool."""
    tolerated = {"key": "pool", "operator": "Equal", "value": pool, "effect": "NoSchedule"}
    return {"nodeSelector": {"pool": pool}, "tolerations": [tolerated]}


def with_service(name: str, image: str, replicas: int, *, port: int | None = None, **more: Any) -> list[Object]:
    """A set and its governing headless Service; `more` as for `stateful_set`."""
    return [headless(f"{name}-hs", name, port=port), stateful_set(name, image, replicas, port=port, **more)]


def stateful_set(
    name: str,
    image: str,
    replicas: int,
    *,
    service: str | None = None,
    storage: str | None = "10Gi",
    storage_class: str = "my-fast-storage",
    annotations: dict[str, str] | None = None,
    labels: dict[str, str] | None = None,
    cpu: str = "",
    memory: str = "",
    port: int | None = None,
    pod: Object | None = None,
    sidecars: Sequence[Object] = (),
    **spec: Any,
) -> Object:
    """A set with one claim template named `data`, unless `storage` is None.

    The main container declares `port` under the name `main`, requests `cpu`, and requests `memory` up to a limit, as in
    `1Gi/2Gi`. `annotations` and `pod` go into the pod template, `spec`
    into the set's spec; `sidecars` are further containers.
    """
    container = _main_container(name, image, cpu=cpu, memory=memory, port=port, mounted=storage is not None)
    template: Object = {
        "metadata": {"labels": {"app": name, **(labels or {})}},
        "spec": {"containers": [container, *sidecars], **(pod or {})},
    }
    if annotations:
        template["metadata"]["annotations"] = annotations
    result: Object = {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": name, "labels": {"app": name, **(labels or {})}},
        "spec": {
            "serviceName": f"{name}-hs" if service is None else service,
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": template,
            **spec,
        },
    }
    if storage is not None:
        result["spec"]["volumeClaimTemplates"] = [_claim_template(storage, storage_class)]
    return result


def _main_container(name: str, image: str, *, cpu: str, memory: str, port: int | None, mounted: bool) -> Object:
    container: Object = {"name": name, "image": image}
    if port is not None:
        container["ports"] = [{"name": "main", "containerPort": port}]
    request, _, limit = memory.partition("/")
    requests = {name: amount for name, amount in (("cpu", cpu), ("memory", request)) if amount}
    if requests:
        container["resources"] = {"requests": requests, **({"limits": {"memory": limit}} if limit else {})}
    if mounted:
        container["volumeMounts"] = [{"name": "data", "mountPath": "/data"}]
    return container


def _claim_template(storage: str, storage_class: str) -> Object:
    return {
        "metadata": {"name": "data"},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": storage_class,
            "resources": {"requests": {"storage": storage}},
        },
    }
