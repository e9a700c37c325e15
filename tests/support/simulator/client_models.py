"""The field types of the served kinds, from the official client's models.

`python -m tests.support.simulator.client_models` prints the contents of
`stsview/simulator/apiserver/validation/schema.json`: run it after an upgrade of the `kubernetes` package.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
import types
import typing
from typing import Any

import pydantic
from kubernetes.client import models

from stsview.simulator.apiserver.resources import REGISTRY

_EXTRA = ("V1Scale", "V1Eviction", "V1DeleteOptions", "V1Binding")
_RENAMED = {"CoreV1Event": "Event"}
_QUANTITIES = {
    "allocatable",
    "allocatedResources",
    "averageValue",
    "capacity",
    "default",
    "defaultRequest",
    "divisor",
    "hard",
    "limits",
    "maximumVolumeSize",
    "minimumVolumeSize",
    "overhead",
    "requests",
    "sizeLimit",
    "used",
}
"""Fields that are strings in the client, and that the server also accepts as numbers (resource.Quantity)."""


def schema() -> dict[str, dict[str, str]]:
    """Definition to field to type.

    A type is `string`, `int`, `bool`, `float`, `time`, `quantity`, `int-or-string`, `any`, or the name of another
    definition; the prefix `[]` makes it a list, `{}` a map.
    """
    found: dict[str, dict[str, str]] = {}
    for resource in REGISTRY:
        if resource.open_schema:
            continue
        _walk(_model(resource.version, resource.kind), found)
    for name in _EXTRA:
        _walk(getattr(models, name), found)
    return dict(sorted(found.items()))


def _model(version: str, kind: str) -> type[pydantic.BaseModel]:
    for prefix in (version.upper(), "Core" + version.upper()):
        model: Any = getattr(models, f"{prefix}{kind}", None)
        if model is not None:
            return typing.cast("type[pydantic.BaseModel]", model)
    raise LookupError(kind)


def _walk(model: type[pydantic.BaseModel], found: dict[str, dict[str, str]]) -> None:
    name = _name(model)
    if name in found:
        return
    found[name] = {}
    fields = {field.serialization_alias or attribute: field for attribute, field in model.model_fields.items()}
    found[name] = {field: _type(field, fields[field].annotation, found) for field in sorted(fields)}


def _name(model: type[pydantic.BaseModel]) -> str:
    name = model.__name__
    if name in _RENAMED:
        return _RENAMED[name]
    for prefix in ("CoreV1", "V1", "V2"):
        if name.startswith(prefix):
            return name.removeprefix(prefix)
    return name


def _type(field: str, annotation: Any, found: dict[str, dict[str, str]]) -> str:
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _type(field, arguments[0], found)
    if origin in (typing.Union, types.UnionType):
        kinds = {_type(field, one, found) for one in arguments if one is not type(None)}
        if kinds == {"int", "string"}:
            return "int-or-string"
        (kind,) = kinds
        return kind
    if origin is list:
        return "[]" + _type(field, arguments[0], found)
    if origin is dict:
        return "{}" + _type(field, arguments[1], found)
    if annotation is bytes:
        # base64 on the wire
        return "string"
    if annotation is str:
        return "quantity" if field in _QUANTITIES else "string"
    if isinstance(annotation, type) and issubclass(annotation, pydantic.BaseModel):
        _walk(annotation, found)
        return _name(annotation)
    plain = {int: "int", bool: "bool", float: "float", dt.datetime: "time"}
    return plain.get(annotation, "any")


if __name__ == "__main__":
    lines = (f" {json.dumps(name)}: {json.dumps(fields)}" for name, fields in schema().items())
    sys.stdout.write("{\n" + ",\n".join(lines) + "\n}\n")
