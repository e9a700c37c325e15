r"""The protobuf messages that kubectl sends although every response is JSON.

kubectl writes access reviews, evictions, delete options and objects of `kubectl create` as
`application/vnd.kubernetes.protobuf`, and does not fall back to JSON. Only those are decoded. Field numbers:
generated.proto in k8s.io/api and k8s.io/apimachinery; the envelope is runtime.Unknown after the bytes `k8s\\0`.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.wire import Object

MEDIA_TYPE = "application/vnd.kubernetes.protobuf"
_MAGIC = b"k8s\0"

_Reader: TypeAlias = Callable[[Any], Any]
_Shape: TypeAlias = dict[int, tuple[str, _Reader, bool]]
"""Field number to name, value reader, and whether it repeats. A repeated field of map entries becomes a map."""


def decode(body: bytes) -> Object:
    """The object in an envelope.

    Raises `ApiError` 400 for malformed bytes, 415 for messages that are not supported.
    """
    if not body.startswith(_MAGIC):
        raise ApiError.bad_request("expected a protobuf envelope")
    try:
        envelope = _message(_UNKNOWN)(body[len(_MAGIC) :])
        meta = envelope.get("typeMeta", {})
        shape = _SHAPES.get(meta.get("kind", ""))
        if shape is None:
            raise ApiError(
                415, "UnsupportedMediaType", f"protobuf of kind {meta.get('kind', '')!r} is not supported: send JSON"
            )
        obj: Object = {"kind": meta["kind"], "apiVersion": meta.get("apiVersion", "")}
        obj.update(_message(shape)(envelope.get("raw", b"")))
        return obj
    except (IndexError, UnicodeDecodeError, TypeError) as error:
        raise ApiError.bad_request(f"malformed protobuf: {error}") from error


def _raw(value: Any) -> bytes:
    if not isinstance(value, bytes):
        raise TypeError("expected bytes, found a number")
    return value


def _text(value: Any) -> str:
    return _raw(value).decode()


def _number(value: Any) -> int:
    if not isinstance(value, int):
        raise TypeError("expected a number, found bytes")
    return value - (1 << 64) if value >= 1 << 63 else value


def _flag(value: Any) -> bool:
    return _number(value) != 0


def _message(shape: _Shape) -> _Reader:
    def read(data: Any) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for number, value in _fields(_raw(data)):
            if number not in shape:
                continue
            name, reader, repeated = shape[number]
            if isinstance(reader, _Entry):
                found.setdefault(name, {}).update(reader(value))
            elif repeated:
                found.setdefault(name, []).append(reader(value))
            else:
                found[name] = reader(value)
        return found

    return read


class _Entry:
    """Reads one entry of a map."""

    def __init__(self, value: _Reader) -> None:
        self._read = _message({1: ("key", _text, False), 2: ("value", value, False)})

    def __call__(self, data: Any) -> dict[str, Any]:
        entry = self._read(data)
        return {entry.get("key", ""): entry.get("value", "")}


def _base64(value: Any) -> str:
    return base64.b64encode(_raw(value)).decode()


def _quantity(value: Any) -> str:
    text: str = _message({1: ("string", _text, False)})(value).get("string", "0")
    return text


def _int_or_string(value: Any) -> int | str:
    read = _message({1: ("type", _number, False), 2: ("int", _number, False), 3: ("text", _text, False)})(value)
    chosen: int | str = read.get("text", "") if read.get("type") == 1 else read.get("int", 0)
    return chosen


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    position = 0
    while position < len(data):
        key, position = _varint(data, position)
        wire_type = key & 7
        value: int | bytes
        if wire_type == 0:
            value, position = _varint(data, position)
        else:
            if wire_type == 2:
                size, position = _varint(data, position)
            elif wire_type in (1, 5):
                size = 8 if wire_type == 1 else 4
            else:
                raise IndexError(f"unknown wire type {wire_type}")
            if position + size > len(data):
                raise IndexError("a field is truncated")
            value = data[position : position + size]
            position += size
        yield key >> 3, value


def _varint(data: bytes, position: int) -> tuple[int, int]:
    result = shift = 0
    while True:
        byte = data[position]
        position += 1
        result |= (byte & 0x7F) << shift
        if byte < 0x80:
            return result, position
        shift += 7


_UNKNOWN: _Shape = {
    1: (
        "typeMeta",
        _message({1: ("apiVersion", _text, False), 2: ("kind", _text, False)}),
        False,
    ),
    2: ("raw", _raw, False),
}
_OBJECT_META: _Shape = {
    1: ("name", _text, False),
    2: ("generateName", _text, False),
    3: ("namespace", _text, False),
    11: ("labels", _Entry(_text), True),
    12: ("annotations", _Entry(_text), True),
    14: ("finalizers", _text, True),
}
_METADATA = ("metadata", _message(_OBJECT_META), False)
_SELECTOR: _Shape = {
    1: ("matchLabels", _Entry(_text), True),
    2: (
        "matchExpressions",
        _message({1: ("key", _text, False), 2: ("operator", _text, False), 3: ("values", _text, True)}),
        True,
    ),
}
_BUDGET_SPEC: _Shape = {
    1: ("minAvailable", _int_or_string, False),
    2: ("selector", _message(_SELECTOR), False),
    3: ("maxUnavailable", _int_or_string, False),
    4: ("unhealthyPodEvictionPolicy", _text, False),
}
_DELETE_OPTIONS: _Shape = {
    1: ("gracePeriodSeconds", _number, False),
    2: ("preconditions", _message({1: ("uid", _text, False), 2: ("resourceVersion", _text, False)}), False),
    3: ("orphanDependents", _flag, False),
    4: ("propagationPolicy", _text, False),
    5: ("dryRun", _text, True),
}
_RESOURCE_ATTRIBUTES: _Shape = {
    number: (name, _text, False)
    for number, name in enumerate(("namespace", "verb", "group", "version", "resource", "subresource", "name"), start=1)
}
_NON_RESOURCE_ATTRIBUTES: _Shape = {1: ("path", _text, False), 2: ("verb", _text, False)}
_ACCESS_SPEC: _Shape = {
    1: ("resourceAttributes", _message(_RESOURCE_ATTRIBUTES), False),
    2: ("nonResourceAttributes", _message(_NON_RESOURCE_ATTRIBUTES), False),
}
_SHAPES: dict[str, _Shape] = {
    "ConfigMap": {1: _METADATA, 2: ("data", _Entry(_text), True), 3: ("binaryData", _Entry(_base64), True)},
    "DeleteOptions": _DELETE_OPTIONS,
    "Eviction": {1: _METADATA, 2: ("deleteOptions", _message(_DELETE_OPTIONS), False)},
    "Namespace": {1: _METADATA},
    "PodDisruptionBudget": {1: _METADATA, 2: ("spec", _message(_BUDGET_SPEC), False)},
    "ResourceQuota": {1: _METADATA, 2: ("spec", _message({1: ("hard", _Entry(_quantity), True)}), False)},
    "Secret": {1: _METADATA, 2: ("data", _Entry(_base64), True), 3: ("type", _text, False)},
    "SelfSubjectAccessReview": {2: ("spec", _message(_ACCESS_SPEC), False)},
    "SelfSubjectRulesReview": {2: ("spec", _message({1: ("namespace", _text, False)}), False)},
    "SelfSubjectReview": {},
    "ServiceAccount": {1: _METADATA},
}
