"""`/openapi/v3`: the schemas that `kubectl apply` and `kubectl explain` request.

Generated from `schema`, so it has names and types but no descriptions. Declaring `fieldValidation` for PATCH makes
kubectl leave validation to the server. `/openapi/v2` has no kinds: kubectl only looks there for kinds that v3 lacks.
"""

from __future__ import annotations

import functools
import hashlib
from typing import Any

from stsview.simulator.apiserver.resources import Resource
from stsview.simulator.apiserver.validation.schema import definitions
from stsview.simulator.apiserver.wire import Object, encode

_PLAIN: dict[str, dict[str, Any]] = {
    "string": {"type": "string"},
    "int": {"type": "integer", "format": "int32"},
    "bool": {"type": "boolean"},
    "float": {"type": "number"},
    "time": {"type": "string", "format": "date-time"},
    "quantity": {"oneOf": [{"type": "string"}, {"type": "number"}]},
    "int-or-string": {"format": "int-or-string", "oneOf": [{"type": "integer"}, {"type": "string"}]},
    "any": {"type": "object"},
}


V2_MEDIA_TYPE = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
V2_ACCEPTED = "proto-openapi.spec.v2"
"""Part of what clients accept: kubectl writes `v2@v1.0`, newer clients `v2.v1.0`."""
_TITLE = b"\x0a\x0aKubernetes\x12\x0bunversioned"
V2_DOCUMENT = b"\x0a\x032.0\x12" + bytes([len(_TITLE)]) + _TITLE + b"\x42\x00"
"""`/openapi/v2` as protobuf: `swagger`, `info` and empty `paths` (github.com/google/gnostic openapiv2.Document)."""


def document(path: str, kinds: tuple[Resource, ...]) -> bytes | None:
    """The document at a path below `/openapi/v3`, or None."""
    rest = path.removeprefix("/openapi/v3").strip("/")
    if not path.startswith("/openapi/v3"):
        return None
    if not rest:
        return _index(kinds)
    return _group_version(_of(rest, kinds)) if rest in _paths(kinds) else None


def _paths(kinds: tuple[Resource, ...]) -> list[str]:
    return sorted({_path(resource) for resource in kinds})


def _of(path: str, kinds: tuple[Resource, ...]) -> tuple[Resource, ...]:
    return tuple(resource for resource in kinds if _path(resource) == path)


def _path(resource: Resource) -> str:
    return f"apis/{resource.group}/{resource.version}" if resource.group else f"api/{resource.version}"


@functools.lru_cache(maxsize=4)
def _index(kinds: tuple[Resource, ...]) -> bytes:
    listed = {}
    for path in _paths(kinds):
        digest = hashlib.sha256(_group_version(_of(path, kinds))).hexdigest().upper()
        listed[path] = {"serverRelativeURL": f"/openapi/v3/{path}?hash={digest}"}
    return encode({"paths": listed})


@functools.lru_cache(maxsize=128)
def _group_version(served: tuple[Resource, ...]) -> bytes:
    schemas = {name: _schema(name) for name in _reachable([resource.definition for resource in served])}
    for resource in served:
        schemas[resource.kind] = _schema(resource.definition)
        schemas[resource.kind]["x-kubernetes-group-version-kind"] = [_gvk(resource)]
    return encode(
        {
            "openapi": "3.0.0",
            "info": {"title": "Kubernetes", "version": "unversioned"},
            "paths": {place: item for resource in served for place, item in _operations(resource).items()},
            "components": {"schemas": schemas},
        }
    )


def _gvk(resource: Resource) -> dict[str, str]:
    return {"group": resource.group, "version": resource.version, "kind": resource.kind}


def _operations(resource: Resource) -> dict[str, Any]:
    scope = "/namespaces/{namespace}" if resource.namespaced else ""
    collection = f"/{_path(resource)}{scope}/{resource.plural}"
    parameters = [
        {"name": name, "in": "query", "schema": {"type": "string", "uniqueItems": True}}
        for name in ("dryRun", "fieldManager", "fieldValidation", "force")
    ]
    answer = {"200": {"description": "OK", "content": {"application/json": {"schema": _reference(resource.kind)}}}}

    def operation(action: str) -> dict[str, Any]:
        return {
            "x-kubernetes-action": action,
            "x-kubernetes-group-version-kind": _gvk(resource),
            "parameters": parameters,
            "responses": answer,
        }

    return {
        collection: {"get": operation("list"), "post": operation("post")},
        f"{collection}/{{name}}": {
            "get": operation("get"),
            "put": operation("put"),
            "patch": operation("patch"),
            "delete": operation("delete"),
        },
    }


def _reachable(names: list[str]) -> list[str]:
    found: dict[str, None] = {}
    while names:
        name = names.pop()
        if name in found:
            continue
        found[name] = None
        bare = (type_.removeprefix("[]").removeprefix("{}") for type_ in definitions()[name].values())
        names.extend(type_ for type_ in bare if type_ in definitions())
    return sorted(found)


def _schema(name: str) -> Object:
    fields = {field: _type(type_) for field, type_ in definitions()[name].items()}
    others = {"x-kubernetes-preserve-unknown-fields": True} if fields.pop("*", None) else {}
    return {"type": "object", "properties": fields, **others}


def _type(type_: str) -> dict[str, Any]:
    if type_.startswith("[]"):
        return {"type": "array", "items": _type(type_[2:])}
    if type_.startswith("{}"):
        return {"type": "object", "additionalProperties": _type(type_[2:])}
    return dict(_PLAIN[type_]) if type_ in _PLAIN else _reference(type_)


def _reference(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}
