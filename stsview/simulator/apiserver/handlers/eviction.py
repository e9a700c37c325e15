"""Eviction: deletion of a pod, if its PodDisruptionBudget allows.

Source: kubernetes/pkg/registry/core/pod/storage/eviction.go. The budget is used before the preconditions are checked,
so an eviction that returns 409 has used it.
"""

from __future__ import annotations

from typing import Any

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.handlers.writes import parse_delete_options
from stsview.simulator.apiserver.http.resource_request import ResourceRequest
from stsview.simulator.apiserver.resources import BUDGETS, PODS
from stsview.simulator.apiserver.selectors import matches_selector
from stsview.simulator.apiserver.storage import deletion
from stsview.simulator.apiserver.storage.storage import Storage
from stsview.simulator.apiserver.wire import Object, timestamp

_VIOLATED = "Cannot evict pod as it would violate the pod's disruption budget."
_TWO_BUDGETS = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."
_MOST_DISRUPTED = 2000


def evict_by_request(storage: Storage, request: ResourceRequest) -> Object:
    """Handle POST pods/NAME/eviction; returns the Status for the 201 response."""
    body = request.object() if request.body else {}
    named = (body.get("metadata") or {}).get("name")
    if named and named != request.name:
        raise ApiError.bad_request("name in URL does not match name in Eviction object")
    options = parse_delete_options(body.get("deleteOptions") or {}, request.dry_run)
    evict(storage, request.namespace, request.name, options)
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}


def evict(storage: Storage, namespace: str, name: str, options: dict[str, Any] | None = None) -> None:
    """Evict a pod; `options` are keyword arguments of `Storage.delete`.

    Raises `ApiError`: 404, 429 while a budget forbids it, 500 when two budgets match, 409 for a precondition.
    """
    options = options or {}
    pod = storage.get(PODS, namespace, name)
    if not _needs_no_budget(pod):
        _spend(storage, pod, dry_run=bool(options.get("dry_run")))
    deletion.check_preconditions(PODS, pod, options.get("uid"), options.get("resource_version"))
    if not options.get("dry_run"):
        pod = storage.modify(
            PODS,
            namespace,
            name,
            lambda one: _mark(one, timestamp(storage.clock.now())),
            subresource="status",
            manager="kube-apiserver",
        )
        if options.get("resource_version"):
            options = {**options, "resource_version": pod["metadata"]["resourceVersion"]}
    storage.delete(PODS, namespace, name, **options)


def _needs_no_budget(pod: Object) -> bool:
    phase = pod.get("status", {}).get("phase")
    return phase in ("Succeeded", "Failed", "Pending") or "deletionTimestamp" in pod["metadata"]


def _spend(storage: Storage, pod: Object, *, dry_run: bool) -> None:
    metadata = pod["metadata"]
    labels = metadata.get("labels") or {}
    budgets = [
        budget
        for budget in storage.list(BUDGETS, metadata["namespace"])
        if matches_selector(budget["spec"].get("selector"), labels)
    ]
    if len(budgets) > 1:
        raise ApiError(500, "", _TWO_BUDGETS)
    if not budgets:
        return
    budget = budgets[0]
    status = budget["status"]
    if not _is_ready(pod):
        if budget["spec"].get("unhealthyPodEvictionPolicy") == "AlwaysAllow":
            return
        if status["currentHealthy"] >= status["desiredHealthy"] > 0:
            return
    _check(budget)
    if not dry_run:
        storage.modify(
            BUDGETS,
            metadata["namespace"],
            budget["metadata"]["name"],
            lambda one: _take_one(one, metadata["name"], timestamp(storage.clock.now())),
            subresource="status",
            manager="kube-apiserver",
        )


def _check(budget: Object) -> None:
    status, name = budget["status"], budget["metadata"]["name"]
    if status.get("observedGeneration", 0) < budget["metadata"].get("generation", 0):
        cause = f"The disruption budget {name} is still being processed by the server."
        raise _too_many(cause)
    if len(status.get("disruptedPods") or {}) > _MOST_DISRUPTED:
        raise ApiError.forbidden(
            BUDGETS, name, "DisruptedPods map too big - too many evictions not confirmed by PDB controller"
        )
    if status["disruptionsAllowed"] <= 0:
        needs, has = status["desiredHealthy"], status["currentHealthy"]
        raise _too_many(f"The disruption budget {name} needs {needs} healthy pods and has {has} currently")


def _too_many(cause: str) -> ApiError:
    return ApiError(429, "TooManyRequests", _VIOLATED, {"causes": [{"reason": "DisruptionBudget", "message": cause}]})


def _take_one(budget: Object, pod_name: str, now: str) -> None:
    status = budget["status"]
    status["disruptionsAllowed"] -= 1
    status.setdefault("disruptedPods", {})[pod_name] = now
    if status["disruptionsAllowed"] == 0:
        for condition in status.get("conditions") or []:
            if condition["type"] == "DisruptionAllowed" and condition["status"] != "False":
                condition |= {"status": "False", "reason": "InsufficientPods", "lastTransitionTime": now}


def _mark(pod: Object, now: str) -> None:
    conditions = pod["status"].setdefault("conditions", [])
    if any(one["type"] == "DisruptionTarget" and one["status"] == "True" for one in conditions):
        return
    conditions[:] = [one for one in conditions if one["type"] != "DisruptionTarget"]
    conditions.append(
        {
            "type": "DisruptionTarget",
            "status": "True",
            "lastProbeTime": None,
            "lastTransitionTime": now,
            "reason": "EvictionByEvictionAPI",
            "message": "Eviction API: evicting",
        }
    )


def _is_ready(pod: Object) -> bool:
    conditions = pod.get("status", {}).get("conditions") or []
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)
