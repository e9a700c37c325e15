"""POST, PUT, PATCH and DELETE on stored objects.

Source: k8s.io/apiserver/pkg/endpoints/handlers/{create,update,patch,delete}.go.
"""

from __future__ import annotations

from typing import Any

from stsview.simulator.apiserver.errors import ApiError, FieldProblem
from stsview.simulator.apiserver.handlers import patches
from stsview.simulator.apiserver.http import request_bodies
from stsview.simulator.apiserver.http.resource_request import ResourceRequest
from stsview.simulator.apiserver.storage.listing import page
from stsview.simulator.apiserver.storage.storage import Storage
from stsview.simulator.apiserver.validation import schema
from stsview.simulator.apiserver.wire import Object, encode


def create(storage: Storage, request: ResourceRequest) -> Object:
    """Create the object in the body."""
    obj = _decoded_body(request)
    request_bodies.check_place(request.resource, obj, request.namespace, "")
    return storage.create(request.resource, obj, manager=request.manager, dry_run=request.dry_run)


def update(storage: Storage, request: ResourceRequest) -> Object:
    """Replace an object, or one of its subresources, by the body."""
    obj = _decoded_body(request)
    request_bodies.check_place(request.resource, obj, request.namespace, request.name)
    return storage.update(
        request.resource, obj, subresource=request.info.subresource, manager=request.manager, dry_run=request.dry_run
    )


def patch(storage: Storage, request: ResourceRequest) -> tuple[Object, int]:
    """Apply a patch; returns the object and the HTTP status code."""
    current = storage.get(request.resource, request.namespace, request.name)
    obj = patches.patched(current, request.content_type, request.body)
    obj = decode_patched(request, request.resource.definition, obj)
    check_patched_identity(request, current, obj)
    updated = storage.update(
        request.resource, obj, subresource=request.info.subresource, manager=request.manager, dry_run=request.dry_run
    )
    return updated, 200


def decode_patched(request: ResourceRequest, definition: str, obj: Object) -> Object:
    """A patched object as the server decodes it. Raises `ApiError` 422."""
    try:
        decoded = schema.decode(definition, obj)
    except schema.SchemaError as error:
        raise patches.does_not_fit(encode(obj).decode(), str(error)) from error
    if decoded.unknown and request.strict:
        raise patches.does_not_fit(encode(obj).decode(), f"strict decoding error: {decoded.problem()}")
    request.add_warnings(decoded)
    return decoded.object


def _decoded_body(request: ResourceRequest) -> Object:
    """The body as the server decodes it. Raises `ApiError` 400 or 415."""
    obj = request.object()
    request_bodies.check_kind(request.resource, obj)
    try:
        decoded = schema.decode(request.resource.definition, obj)
    except schema.SchemaError as error:
        version = f'{request.resource.kind} in version "{request.resource.version}"'
        raise ApiError.bad_request(f"{version} cannot be handled as a {request.resource.kind}: {error}") from error
    if decoded.unknown and request.strict:
        raise ApiError.bad_request(f"strict decoding error: {decoded.problem()}")
    request.add_warnings(decoded)
    return decoded.object


def check_patched_identity(request: ResourceRequest, current: Object, obj: Object) -> None:
    """Raise `ApiError` when a patch changes the identity of the object.

    A different uid is 422 here, and 409 in a PUT.
    """
    metadata = obj.get("metadata")
    if not isinstance(metadata, dict):
        raise ApiError.bad_request("error decoding patch: metadata is no object")
    request_bodies.check_kind(request.resource, obj)
    request_bodies.check_place(request.resource, obj, request.namespace, request.name)
    uid = metadata.get("uid")
    if uid and uid != current["metadata"]["uid"]:
        problem = FieldProblem.invalid("metadata.uid", f'"{uid}"', "field is immutable")
        raise ApiError.invalid(request.resource, request.name, [problem, problem])


def delete(storage: Storage, request: ResourceRequest) -> tuple[Object, bool]:
    """Delete one object; returns its last state, or a Status.

    Also returns whether the result is the object itself.
    """
    options = delete_options(request)
    obj = storage.delete(request.resource, request.namespace, request.name, **options)
    gone = options["dry_run"] or storage.find(request.resource, request.namespace, request.name) is None
    if gone and not request.resource.returns_deleted:
        return deleted_status(request, obj), False
    return obj, True


def delete_collection(storage: Storage, request: ResourceRequest) -> list[Object]:
    """Delete all objects that match the selectors, in list order."""
    options = delete_options(request)
    matching = page(storage, request.resource, request.namespace, request.selector(), {}).objects
    deleted = []
    for obj in matching:
        metadata = obj["metadata"]
        deleted.append(storage.delete(request.resource, metadata.get("namespace", ""), metadata["name"], **options))
    return deleted


def deleted_status(request: ResourceRequest, obj: Object) -> Object:
    """The Status that DELETE returns for most kinds."""
    details = {
        "name": obj["metadata"]["name"],
        **({"group": request.resource.group} if request.resource.group else {}),
        "kind": request.resource.plural,
        "uid": obj["metadata"]["uid"],
    }
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}


def delete_options(request: ResourceRequest) -> dict[str, Any]:
    """Keyword arguments for `Storage.delete`, from the body or else from the query.

    With a body the query is ignored, including its `dryRun`: the deletion is carried out
    (staging/src/k8s.io/apiserver/pkg/endpoints/handlers/delete.go, DeleteResource).
    """
    if request.body:
        return parse_delete_options(request.object(), dry_run=False)
    return parse_delete_options(dict(request.query), request.dry_run)


def parse_delete_options(given: dict[str, Any], dry_run: bool) -> dict[str, Any]:
    """Keyword arguments for `Storage.delete`. Raises `ApiError` 400 or 422."""
    grace = given.get("gracePeriodSeconds")
    try:
        grace_seconds = None if grace is None else int(grace)
    except (TypeError, ValueError):
        raise ApiError.bad_request(f'strconv.ParseInt: parsing "{grace}": invalid syntax') from None
    propagation = given.get("propagationPolicy")
    orphan = given.get("orphanDependents")
    if propagation is None and orphan is not None:
        propagation = "Orphan" if orphan in (True, "true", "1") else "Background"
    if propagation not in (None, "Background", "Foreground", "Orphan"):
        message = (
            f'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "{propagation}": '
            'supported values: "Foreground", "Background", "Orphan", "nil"'
        )
        raise ApiError(422, "Invalid", message, {"group": "meta.k8s.io", "kind": "DeleteOptions"})
    dry = given.get("dryRun") or []
    if isinstance(dry, list) and any(value != "All" for value in dry):
        raise ApiError.bad_request(f"Invalid value: dryRun: {dry}")
    preconditions = given.get("preconditions") or {}
    return {
        "grace_seconds": grace_seconds,
        "uid": preconditions.get("uid"),
        "resource_version": preconditions.get("resourceVersion"),
        "propagation": propagation,
        "dry_run": dry_run or bool(dry),
    }
