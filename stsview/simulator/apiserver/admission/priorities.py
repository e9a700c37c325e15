"""PriorityClasses: the priority of a pod.

Source: kubernetes/plugin/pkg/admission/priority/admission.go.
"""

from __future__ import annotations

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.resources import PODS, PRIORITY_CLASSES
from stsview.simulator.apiserver.validation.cluster_state import ClusterState
from stsview.simulator.apiserver.wire import Object

_SYSTEM = {"system-cluster-critical": 2_000_000_000, "system-node-critical": 2_000_001_000}
"""Classes that every cluster has."""
_PREEMPTS = "PreemptLowerPriority"


def resolve(cluster: ClusterState, pod: Object) -> None:
    """Set the priority of a new pod. Raises `ApiError` 403 for an unknown class."""
    spec = pod["spec"]
    name = spec.get("priorityClassName") or ""
    if name in _SYSTEM:
        spec["priority"] = _SYSTEM[name]
        spec.setdefault("preemptionPolicy", _PREEMPTS)
        return
    found = cluster.find(PRIORITY_CLASSES, "", name) if name else _default(cluster)
    if found is None and name:
        why = f"no PriorityClass with name {name} was found"
        raise ApiError.forbidden(PODS, pod["metadata"].get("name", ""), why)
    if found is not None:
        spec["priorityClassName"] = found["metadata"]["name"]
        spec["priority"] = found.get("value", 0)
        spec.setdefault("preemptionPolicy", found.get("preemptionPolicy") or _PREEMPTS)
    spec.setdefault("priority", 0)
    spec.setdefault("preemptionPolicy", _PREEMPTS)


def _default(cluster: ClusterState) -> Object | None:
    """The global default: of several, the one with the lowest priority."""
    marked = [one for one in cluster.list(PRIORITY_CLASSES) if one.get("globalDefault")]
    return min(marked, key=lambda one: one.get("value", 0)) if marked else None
