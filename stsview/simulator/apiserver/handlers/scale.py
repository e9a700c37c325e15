"""The scale subresource: a set's replicas as an autoscaling/v1 Scale.

Source: kubernetes/pkg/registry/apps/statefulset/storage/storage.go (ScaleREST).
"""

from __future__ import annotations

from stsview.simulator.apiserver.errors import ApiError, FieldProblem
from stsview.simulator.apiserver.handlers import patches, writes
from stsview.simulator.apiserver.http import request_bodies
from stsview.simulator.apiserver.http.resource_request import Call
from stsview.simulator.apiserver.resources import Resource
from stsview.simulator.apiserver.selectors import selector_text
from stsview.simulator.apiserver.storage.storage import Storage
from stsview.simulator.apiserver.wire import Object, copy_object

_SCALE = Resource("autoscaling", "v1", "scales", "Scale", True)


def answer(storage: Storage, call: Call) -> Object:
    """GET, PUT or PATCH of a Scale; raises `ApiError`."""
    current = storage.get(call.resource, call.namespace, call.name)
    scale = scale_of(current)
    if call.target.verb == "get":
        return scale
    if call.target.verb == "patch":
        wanted = patches.patched(scale, call.content_type, call.body)
        wanted = writes.fit_patched(call, "Scale", wanted)
    else:
        wanted = call.object()
        request_bodies.check_kind(_SCALE, wanted)
    request_bodies.check_place(call.resource, wanted, call.namespace, call.name)
    return scale_of(_apply(storage, call, current, wanted))


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


def _apply(storage: Storage, call: Call, current: Object, wanted: Object) -> Object:
    metadata = wanted["metadata"]
    replicas = (wanted.get("spec") or {}).get("replicas", 0)
    if replicas < 0:
        problem = FieldProblem.invalid("spec.replicas", str(replicas), "must be greater than or equal to 0")
        raise ApiError.invalid(_SCALE, call.name, [problem])
    changed = copy_object(current)
    changed["spec"]["replicas"] = replicas
    for name in ("uid", "resourceVersion"):
        if metadata.get(name):
            changed["metadata"][name] = metadata[name]
        else:
            changed["metadata"].pop(name, None)
    return storage.update(call.resource, changed, subresource="scale", manager=call.manager, dry_run=call.dry_run)
