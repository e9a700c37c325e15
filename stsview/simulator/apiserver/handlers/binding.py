"""The `binding` subresource of pods, for schedulers that use HTTP."""

from __future__ import annotations

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.http.resource_request import ResourceRequest
from stsview.simulator.apiserver.storage.binding import bind
from stsview.simulator.apiserver.storage.storage import Storage
from stsview.simulator.apiserver.wire import Object


def bind_by_request(storage: Storage, request: ResourceRequest) -> Object:
    """Handle POST pods/NAME/binding."""
    target = request.object().get("target") or {}
    if target.get("kind", "Node") not in ("", "Node") or not target.get("name"):
        raise ApiError.bad_request("target.name: Required value")
    if not request.dry_run:
        bind(storage, request.namespace, request.name, target["name"], manager=request.manager)
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}
