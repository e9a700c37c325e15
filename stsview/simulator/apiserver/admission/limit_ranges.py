"""LimitRanges: default requests and limits, and their bounds.

Source: kubernetes/plugin/pkg/admission/limitranger/admission.go. The bound maxLimitRequestRatio is not simulated.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.resources import CLAIMS, LIMIT_RANGES, PODS, Resource
from stsview.simulator.apiserver.validation.cluster_state import ClusterState
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.quantities import in_bytes, in_millicpus

ANNOTATION = "kubernetes.io/limit-ranger"

_Amounts = dict[str, Any]
"""Quantities by resource name."""


def set_defaults(cluster: ClusterState, pod: Object) -> bool:
    """Set the requests and limits that a pod's containers omit. Returns whether any was set."""
    told = []
    for item in _items(cluster, pod, "Container"):
        for what, container in _containers(pod):
            told += _complete(container, item, what)
    if told:
        annotations = pod["metadata"].setdefault("annotations", {})
        annotations[ANNOTATION] = "LimitRanger plugin set: " + "; ".join(told)
    return bool(told)


def check(cluster: ClusterState, resource: Resource, obj: Object) -> None:
    """Raise `ApiError` 403 for a pod or a PVC outside of the bounds."""
    problems: list[str] = []
    if resource is PODS:
        for item in _items(cluster, obj, "Container"):
            for _, container in _containers(obj):
                resources = container.get("resources") or {}
                problems += _bounds("Container", item, resources.get("requests") or {}, resources.get("limits") or {})
        for item in _items(cluster, obj, "Pod"):
            problems += _bounds("Pod", item, _sum(obj, "requests"), _sum(obj, "limits"))
    elif resource is CLAIMS:
        requests = (obj["spec"].get("resources") or {}).get("requests") or {}
        for item in _items(cluster, obj, "PersistentVolumeClaim"):
            problems += _bounds("PersistentVolumeClaim", item, requests, None)
    if problems:
        why = problems[0] if len(problems) == 1 else f"[{', '.join(problems)}]"
        raise ApiError.forbidden(resource, obj["metadata"].get("name", ""), why)


def _items(cluster: ClusterState, obj: Object, type_: str) -> Iterator[_Amounts]:
    for one in cluster.list(LIMIT_RANGES, obj["metadata"]["namespace"]):
        for item in one["spec"].get("limits") or ():
            if item.get("type") == type_:
                yield item


def _containers(pod: Object) -> list[tuple[str, Object]]:
    spec = pod["spec"]
    ordinary = [("container", one) for one in spec.get("containers") or ()]
    return ordinary + [("init container", one) for one in spec.get("initContainers") or ()]


def _complete(container: Object, item: _Amounts, what: str) -> list[str]:
    resources = container.setdefault("resources", {})
    told = []
    for field, source in (("requests", "defaultRequest"), ("limits", "default")):
        missing = {
            name: amount for name, amount in (item.get(source) or {}).items() if name not in resources.get(field, {})
        }
        if missing:
            resources.setdefault(field, {}).update(missing)
            told.append(f"{', '.join(sorted(missing))} {field[:-1]} for {what} {container['name']}")
    return told


def _bounds(type_: str, item: _Amounts, requests: _Amounts, limits: _Amounts | None) -> list[str]:
    """What is out of bounds. `limits` of None: of this type only requests are compared."""
    problems = []
    for name, bound in (item.get("min") or {}).items():
        usage, least = f"minimum {name} usage per {type_} is {bound}", _number(name, bound)
        if name not in requests:
            problems.append(f"{usage}.  No request is specified")
        elif _number(name, requests[name]) < least:
            problems.append(f"{usage}, but request is {requests[name]}")
        elif limits and name in limits and _number(name, limits[name]) < least:
            problems.append(f"{usage}, but limit is {limits[name]}")
    for name, bound in (item.get("max") or {}).items():
        usage, most = f"maximum {name} usage per {type_} is {bound}", _number(name, bound)
        if limits is not None and name not in limits:
            problems.append(f"{usage}.  No limit is specified")
        elif limits is not None and _number(name, limits[name]) > most:
            problems.append(f"{usage}, but limit is {limits[name]}")
        elif limits is None and name not in requests:
            problems.append(f"{usage}.  No request is specified")
        elif name in requests and _number(name, requests[name]) > most:
            problems.append(f"{usage}, but request is {requests[name]}")
    return problems


def _sum(pod: Object, field: str) -> _Amounts:
    """The sum over a pod's containers; without a resource that one of them omits only where all do."""
    total: dict[str, int] = {}
    for container in pod["spec"].get("containers") or ():
        for name, amount in ((container.get("resources") or {}).get(field) or {}).items():
            total[name] = total.get(name, 0) + _number(name, amount)
    return {name: f"{number}m" if name == "cpu" else str(number) for name, number in total.items()}


def _number(name: str, quantity: Any) -> int:
    return in_millicpus(str(quantity)) if name == "cpu" else in_bytes(str(quantity))
