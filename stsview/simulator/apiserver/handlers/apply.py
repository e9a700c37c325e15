"""Server-side apply: merge declared fields, and record the manager as their owner.

Source: KEP-555, sigs.k8s.io/structured-merge-diff/merge/update.go. Ownership is by field set (`field_sets`); lists are
merged by the keys that the API types declare.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import msgspec

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.http import request_bodies
from stsview.simulator.apiserver.http.resource_request import ResourceRequest
from stsview.simulator.apiserver.request_info import truth
from stsview.simulator.apiserver.storage.field_sets import (
    FieldSet,
    children,
    difference,
    fields_of,
    intersect,
    is_member,
    keys_of_list,
    list_key,
    members,
    subtract,
    union,
)
from stsview.simulator.apiserver.storage.managed_fields import entry_key, ignored_fields
from stsview.simulator.apiserver.storage.storage import Storage
from stsview.simulator.apiserver.validation import schema
from stsview.simulator.apiserver.wire import Object, copy, copy_object, encode


def apply(storage: Storage, request: ResourceRequest) -> tuple[Object, int]:
    """Execute an apply patch; returns the object and the HTTP status code.

    Raises `ApiError`, 409 for a conflict unless forced.
    """
    if not request.http.query.get("fieldManager"):
        problem = "fieldManager: Required value: is required for apply patch"
        raise ApiError(422, "Invalid", f'PatchOptions.meta.k8s.io "" is invalid: {problem}', {})
    config = _config(request)
    applied = fields_of(config, ignored=ignored_fields(request.resource, request.info.subresource))
    current = storage.find(request.resource, request.namespace, request.name)
    if current is None:
        if request.info.subresource:
            raise ApiError.not_found(request.resource, request.name)
        created = storage.create(
            request.resource, config, manager=request.manager, dry_run=request.dry_run, applied=applied
        )
        return created, 201
    if not truth(request.http.query.get("force", "")):
        _check_conflicts(request, current, config, applied)
    merged = _merge(copy_object(current), config, ())
    dropped, kept = _no_longer_applied(request, current, applied)
    _remove(merged, dropped, kept, ())
    if rv := config["metadata"].get("resourceVersion"):
        merged["metadata"]["resourceVersion"] = rv
    updated = storage.update(
        request.resource,
        merged,
        subresource=request.info.subresource,
        manager=request.manager,
        dry_run=request.dry_run,
        applied=applied,
    )
    return updated, 200


def _config(request: ResourceRequest) -> Object:
    given = request_bodies.decode("application/apply-patch+yaml", request.body)
    if "managedFields" in (given.get("metadata") or {}):
        raise ApiError.bad_request("metadata.managedFields must be nil")
    request_bodies.check_kind(request.resource, given)
    request_bodies.check_place(request.resource, given, request.namespace, request.name)
    try:
        decoded = schema.decode(request.resource.definition, given)
    except schema.SchemaError as error:
        raise ApiError.bad_request(f"failed to create typed patch object: {error}") from error
    if decoded.unknown:
        message = "; ".join(f".{path}: field not declared in schema" for path in decoded.unknown)
        raise ApiError(500, "InternalError", f"failed to create typed patch object: errors:\n  {message}", {})
    return decoded.object


def _check_conflicts(request: ResourceRequest, current: Object, config: Object, applied: FieldSet) -> None:
    """Raise `ApiError` 409 when a field owned by another manager would change."""
    merged = _merge(copy_object(current), config, ())
    changed = difference(current, merged, ignored=frozenset({"kind", "apiVersion"}))[0]
    mine = (request.manager, "Apply", request.resource.api_version, request.info.subresource)
    by_owner: dict[str, list[str]] = defaultdict(list)
    for entry in current["metadata"].get("managedFields") or ():
        if entry_key(entry) == mine:
            continue
        contested = intersect(intersect(entry["fieldsV1"], applied), changed)
        for path in members(contested):
            by_owner[_owner(entry)].append(_path_text(path))
    if by_owner:
        raise _conflict(by_owner)


def _conflict(by_owner: dict[str, list[str]]) -> ApiError:
    count = sum(len(paths) for paths in by_owner.values())
    if count == 1:
        ((owner, (path,)),) = by_owner.items()
        text = f"conflict with {owner}: {path}"
    else:
        lines = []
        for owner, paths in sorted(by_owner.items()):
            lines.append(f"conflicts with {owner}:")
            lines += [f"- {path}" for path in paths]
        text = "\n".join(lines)
    causes = [
        {"reason": "FieldManagerConflict", "message": f"conflict with {owner}", "field": path}
        for owner, paths in sorted(by_owner.items())
        for path in paths
    ]
    plural = "" if count == 1 else "s"
    return ApiError(409, "Conflict", f"Apply failed with {count} conflict{plural}: {text}", {"causes": causes})


def _owner(entry: dict[str, Any]) -> str:
    through = f' with subresource "{entry["subresource"]}"' if entry.get("subresource") else ""
    return f'"{entry["manager"]}"{through} using {entry["apiVersion"]}'


def _path_text(path: tuple[str, ...]) -> str:
    text = ""
    for step in path:
        kind, _, name = step.partition(":")
        if kind == "f":
            text += f".{name}"
        elif kind == "v":
            text += f"[={name}]"
        else:
            keys = msgspec.json.decode(name)
            keys_text = ",".join(f"{key}={encode(value).decode()}" for key, value in keys.items())
            text += f"[{keys_text}]"
    return text


def _no_longer_applied(request: ResourceRequest, current: Object, applied: FieldSet) -> tuple[FieldSet, FieldSet]:
    """Fields that the manager applied before and omits now, and fields to keep."""
    mine = (request.manager, "Apply", request.resource.api_version, request.info.subresource)
    before: FieldSet = {}
    kept = applied
    for entry in current["metadata"].get("managedFields") or ():
        if entry_key(entry) == mine:
            before = entry["fieldsV1"]
        else:
            kept = union(kept, entry["fieldsV1"])
    return subtract(before, applied), kept


def _merge(live: Any, config: Any, path: tuple[str, ...]) -> Any:
    if isinstance(config, dict) and isinstance(live, dict):
        for name, value in config.items():
            live[name] = _merge(live.get(name), value, (*path, name))
        return live
    keys = keys_of_list(path) if path else None
    if not isinstance(config, list) or not isinstance(live, list) or keys is None:
        return copy(config)
    if not keys:
        return [*live, *(one for one in config if one not in live)]
    merged = list(live)
    for item in config:
        wanted = list_key(item, keys)
        index = next((i for i, one in enumerate(merged) if list_key(one, keys) == wanted), None)
        if index is None:
            merged.append(copy(item))
        else:
            merged[index] = _merge(merged[index], item, (*path, "[]"))
    return merged


def _remove(value: Any, dropped: FieldSet, kept: FieldSet, path: tuple[str, ...]) -> None:
    """Remove the fields of `dropped` from `value`, in place.

    Fields below them that are in `kept` stay.
    """
    for key, below in dropped.items():
        if key == ".":
            continue
        found = _child(value, key, path)
        if found is None:
            continue
        index, child = found
        if is_member(below) and key not in kept:
            del value[index]
        else:
            name = key[2:] if key.startswith("f:") else "[]"
            _remove(child, children(below), children(kept.get(key, {})), (*path, name))


def _child(value: Any, key: str, path: tuple[str, ...]) -> tuple[Any, Any] | None:
    """The index and value in `value` of one step of a field set, or None."""
    if isinstance(value, dict):
        return (key[2:], value[key[2:]]) if key[2:] in value else None
    if isinstance(value, list):
        keys = keys_of_list(path)
        for index, item in enumerate(value):
            if (list_key(item, keys) if keys else f"v:{encode(item).decode()}") == key:
                return index, item
    return None
