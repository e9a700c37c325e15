"""POST, PUT, PATCH and DELETE on stored objects.

Source: k8s.io/apiserver/pkg/endpoints/handlers/{create,update,patch,delete}.go.
"""

from __future__ import annotations

from typing import Any

from stsview.simulator.apiserver.errors import ApiError, FieldProblem
from stsview.simulator.apiserver.handlers import patches
from stsview.simulator.apiserver.http import request_bodies
from stsview.simulator.apiserver.http.resource_request import Call
from stsview.simulator.apiserver.storage.listing import page
from stsview.simulator.apiserver.storage.storage import Storage
from stsview.simulator.apiserver.validation import schema
from stsview.simulator.apiserver.wire import Object, encode


def create(storage: Storage, call: Call) -> Object:
    obj = _fitted(call)
    request_bodies.check_place(call.resource, obj, call.namespace, "")
    return storage.create(call.resource, obj, manager=call.manager, dry_run=call.dry_run)


def update(storage: Storage, call: Call) -> Object:
    obj = _fitted(call)
    request_bodies.check_place(call.resource, obj, call.namespace, call.name)
    return storage.update(
        call.resource, obj, subresource=call.target.subresource, manager=call.manager, dry_run=call.dry_run
    )


def patch(storage: Storage, call: Call) -> tuple[Object, int]:
    """The outcome, and the HTTP code: 201 where an apply created the object."""
    current = storage.get(call.resource, call.namespace, call.name)
    obj = patches.patched(current, call.content_type, call.body)
    obj = fit_patched(call, call.resource.kind, obj)
    check_patched_identity(call, current, obj)
    updated = storage.update(
        call.resource, obj, subresource=call.target.subresource, manager=call.manager, dry_run=call.dry_run
    )
    return updated, 200


def fit_patched(call: Call, definition: str, obj: Object) -> Object:
    """What a patch made, as the server decodes it; raises `ApiError` 422."""
    try:
        fitted = schema.fit(definition, obj)
    except schema.Misfit as error:
        raise patches.does_not_fit(encode(obj).decode(), str(error)) from error
    if fitted.unknown and call.strict:
        raise patches.does_not_fit(encode(obj).decode(), f"strict decoding error: {fitted.problem()}")
    call.warn_of(fitted)
    return fitted.object


def _fitted(call: Call) -> Object:
    """The body, as the server decodes it; raises `ApiError` 400 or 415."""
    obj = call.object()
    request_bodies.check_kind(call.resource, obj)
    try:
        fitted = schema.fit(call.resource.kind, obj)
    except schema.Misfit as error:
        version = f'{call.resource.kind} in version "{call.resource.version}"'
        raise ApiError.bad_request(f"{version} cannot be handled as a {call.resource.kind}: {error}") from error
    if fitted.unknown and call.strict:
        raise ApiError.bad_request(f"strict decoding error: {fitted.problem()}")
    call.warn_of(fitted)
    return fitted.object


def check_patched_identity(call: Call, current: Object, obj: Object) -> None:
    """Raises `ApiError` when a patch changes what names the object; a foreign uid is 422 here and 409 in a PUT."""
    metadata = obj.get("metadata")
    if not isinstance(metadata, dict):
        raise ApiError.bad_request("error decoding patch: metadata is no object")
    request_bodies.check_kind(call.resource, obj)
    request_bodies.check_place(call.resource, obj, call.namespace, call.name)
    uid = metadata.get("uid")
    if uid and uid != current["metadata"]["uid"]:
        problem = FieldProblem.invalid("metadata.uid", f'"{uid}"', "field is immutable")
        raise ApiError.invalid(call.resource, call.name, [problem, problem])


def delete(storage: Storage, call: Call) -> tuple[Object, bool]:
    """Delete one object; the result is its last state (or a Status), and whether it is the object itself."""
    options = delete_options(call)
    obj = storage.delete(call.resource, call.namespace, call.name, **options)
    gone = options["dry_run"] or storage.find(call.resource, call.namespace, call.name) is None
    if gone and not call.resource.returns_deleted:
        return deleted_status(call, obj), False
    return obj, True


def delete_collection(storage: Storage, call: Call) -> list[Object]:
    """Delete everything that the selectors match, in the order of the list."""
    options = delete_options(call)
    matching = page(storage, call.resource, call.namespace, call.selector(), {}).objects
    deleted = []
    for obj in matching:
        metadata = obj["metadata"]
        deleted.append(storage.delete(call.resource, metadata.get("namespace", ""), metadata["name"], **options))
    return deleted


def deleted_status(call: Call, obj: Object) -> Object:
    details = {
        "name": obj["metadata"]["name"],
        **({"group": call.resource.group} if call.resource.group else {}),
        "kind": call.resource.plural,
        "uid": obj["metadata"]["uid"],
    }
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}


def delete_options(call: Call) -> dict[str, Any]:
    """Keyword arguments for `Storage.delete`, from the body or, without one, from the query.

    Beside a body the query counts for nothing, its `dryRun` neither: what is only a trial by its query is carried out
    (staging/src/k8s.io/apiserver/pkg/endpoints/handlers/delete.go, DeleteResource).
    """
    if call.body:
        return parse_delete_options(call.object(), dry_run=False)
    return parse_delete_options(dict(call.query), call.dry_run)


def parse_delete_options(given: dict[str, Any], dry_run: bool) -> dict[str, Any]:
    """Keyword arguments for `Storage.delete`; raises `ApiError` 400 or 422."""
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
