"""The fields of the served kinds: which are dropped, warned about, or refused.

`schema.json` holds them by definition. Its notation is described in tests/support/simulator/client_models.py, which
generates it and compares it with the official client.
"""

from __future__ import annotations

import functools
import importlib.resources
import re
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import msgspec

from stsview.simulator.apiserver.resources import CUSTOM_DEFINITION, REGISTRY
from stsview.simulator.apiserver.wire import Object, instant

Definition: TypeAlias = dict[str, str]

_OTHERS = "*"
"""Stands for all other fields of a definition (x-kubernetes-preserve-unknown-fields)."""

_QUANTITY = re.compile(r"^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$")
_NO_QUANTITY = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
_OPEN: Definition = {"apiVersion": "string", "kind": "string", "metadata": "ObjectMeta", _OTHERS: "any"}
_INT64 = frozenset(
    {
        "activeDeadlineSeconds",
        "deletionGracePeriodSeconds",
        "expirationSeconds",
        "generation",
        "gracePeriodSeconds",
        "observedGeneration",
        "revision",
        "terminationGracePeriodSeconds",
        "tolerationSeconds",
    }
)


class SchemaError(ValueError):
    """A value of the wrong type, in the words of Go's decoder."""


@dataclass
class Decoded:
    """An object as the server would decode it."""

    object: Object
    unknown: list[str] = field(default_factory=list)
    """Paths of unknown fields, which are dropped."""

    def problem(self) -> str:
        """The error of strict validation about the unknown fields."""
        return ", ".join(f'unknown field "{path}"' for path in self.unknown)


@functools.cache
def definitions() -> dict[str, Definition]:
    """All definitions; read once, on first use."""
    data = importlib.resources.files(__package__).joinpath("schema.json").read_bytes()
    found = msgspec.json.decode(data, type=dict[str, Definition])
    open_ = {resource.kind: dict(_OPEN) for resource in REGISTRY if resource.open_schema}
    return {**found, **open_, CUSTOM_DEFINITION: dict(_OPEN)}


def decode(definition: str, obj: Object) -> Decoded:
    """A new object without nulls, empty lists and maps, and unknown fields.

    Numbers become quantities where the type is one. Raises `SchemaError`.
    """
    decoded = Decoded({})
    decoded.object = _struct(definition, obj, "", decoded.unknown)
    return decoded


def _struct(definition: str, value: Object, path: str, unknown: list[str]) -> Object:
    fields = definitions()[definition]
    result: Object = {}
    for name, item in value.items():
        below = f"{path}.{name}" if path else name
        type_ = fields.get(name) or fields.get(_OTHERS)
        if type_ is None:
            unknown.append(below)
        elif item is not None:
            decoded = _value(type_, item, below, unknown, definition)
            if decoded or not type_.startswith(("[]", "{}")):
                # Go omits empty lists and maps (omitempty), but not empty structs
                result[name] = decoded
    return result


def _value(type_: str, value: Any, path: str, unknown: list[str], owner: str) -> Any:
    match type_:
        case "string" if isinstance(value, str):
            return value
        case "int" if isinstance(value, int) and not isinstance(value, bool):
            return value
        case "bool" if isinstance(value, bool):
            return value
        case "float" if isinstance(value, int | float) and not isinstance(value, bool):
            return value
        case "int-or-string" if isinstance(value, int | str) and not isinstance(value, bool):
            return value
        case "quantity" if isinstance(value, int | float | str) and not isinstance(value, bool):
            return _quantity(value)
        case "time" if isinstance(value, str):
            return _time(value)
        case "any":
            return value
    if type_.startswith("[]") and isinstance(value, list):
        return [_value(type_[2:], item, path, unknown, owner) for item in value]
    if type_.startswith("{}") and isinstance(value, dict):
        below = ((name, item) for name, item in value.items() if item is not None or type_ == "{}any")
        return {name: _value(type_[2:], item, path, unknown, owner) for name, item in below}
    if type_ in definitions() and isinstance(value, dict):
        return _struct(type_, value, path, unknown)
    wanted = _go_type(type_, path)
    raise SchemaError(
        f"json: cannot unmarshal {_json_kind(value)} into Go struct field {owner}.{path} of type {wanted}"
    )


def _quantity(value: float | str) -> str:
    text = str(value)
    if not _QUANTITY.match(text):
        raise SchemaError(_NO_QUANTITY)
    return text


def _time(text: str) -> str:
    try:
        instant(text)
    except ValueError:
        raise SchemaError(
            f'parsing time "{text}" as "2006-01-02T15:04:05Z07:00": cannot parse "{text}" as "2006"'
        ) from None
    return text


def _json_kind(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    return {str: "string", int: "number", float: "number", list: "array", dict: "object"}.get(type(value), "null")


def _go_type(type_: str, path: str) -> str:
    if type_.startswith("[]"):
        return "[]" + _go_type(type_[2:], path)
    if type_.startswith("{}"):
        return "map[string]" + _go_type(type_[2:], path)
    whole_number = "int64" if path.rpartition(".")[2] in _INT64 else "int32"
    plain = {"int": whole_number, "float": "float64", "time": "string", "int-or-string": "string"}
    if type_ in definitions():
        return f"v1.{type_}"
    return plain.get(type_, type_)
