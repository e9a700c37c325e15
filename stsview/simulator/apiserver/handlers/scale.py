"""The scale subresource: a set's replicas as an autoscaling/v1 Scale.

Source: kubernetes/pkg/registry/apps/statefulset/storage/storage.go (ScaleREST).
"""

from __future__ import annotations

from stsview.simulator.apiserver.errors import ApiError, FieldProblem
from stsview.simulator.apiserver.handlers import patches, writes
from stsview.simulator.apiserver.http import request_bodies
from stsview.simulator.apiserver.http.resource_request import ResourceRequest
from stsview.simulator.apiserver.resources import Resource
from stsview.simulator.apiserver.selectors import selector_text
from stsview.simulator.apiserver.storage.storage import Storage
from stsview.simulator.apiserver.wire import Object, copy_object

_SCALE = Resource("autoscaling", "v1", "scales", "Scale", True)


def answer(storage: Storage, request: ResourceRequest) -> Object:
    """Handle GET, PUT or PATCH of a Scale. Raises `ApiError`."""
    current = storage.get(request.resource, request.namespace, request.name)
    scale = scale_of(current)
    if request.info.verb == "get":
        return scale
    if request.info.verb == "patch":
        wanted = patches.patched(scale, request.content_type, request.body)
        wanted = writes.decode_patched(request, "Scale", wanted)
    else:
        wanted = request.object()
        request_bodies.check_kind(_SCALE, wanted)
    request_bodies.check_place(request.resource, wanted, request.namespace, request.name)
    return scale_of(_apply(storage, request, current, wanted))


def scale_of(obj: Object) -> Object:
    """The Scale of an object with `spec.replicas`."""
    metadata = {
        name: obj["metadata"][name]
        for name in ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
        if name in obj["metadata"]
    }
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": metadata,
        "spec": {"replicas": obj["spec"]["replicas"]} if obj["spec"].get("replicas") else {},
        "status": {
            "replicas": obj.get("status", {}).get("replicas", 0),
            "selector": selector_text(obj["spec"].get("selector") or {}),
        },
    }


def _apply(storage: Storage, request: ResourceRequest, current: Object, wanted: Object) -> Object:
    metadata = wanted["metadata"]
    replicas = (wanted.get("spec") or {}).get("replicas", 0)
    if replicas < 0:
        problem = FieldProblem.invalid("spec.replicas", str(replicas), "must be greater than or equal to 0")
        raise ApiError.invalid(_SCALE, request.name, [problem])
    changed = copy_object(current)
    changed["spec"]["replicas"] = replicas
    for name in ("uid", "resourceVersion"):
        if metadata.get(name):
            changed["metadata"][name] = metadata[name]
        else:
            changed["metadata"].pop(name, None)
    return storage.update(
        request.resource, changed, subresource="scale", manager=request.manager, dry_run=request.dry_run
    )
