"""Objects and watch frames that no real API server sends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from stsview.simulator.apiserver.resources import Resource
from stsview.simulator.apiserver.wire import Object, encode

_OMITTED = ("annotations", "conditions", "finalizers", "labels", "managedFields", "ownerReferences", "volumes")
"""Fields that the server omits when empty, and that some other implementations send as null."""

_MAPS = frozenset(
    ("allocatable", "annotations", "capacity", "data", "labels", "limits", "matchLabels", "nodeSelector", "parameters")
) | {"requests", "selector", "volumeAttributes"}
"""Fields whose keys are data: a key added there is not an unknown field, but wrong data."""


class MalformedObjects:
    """Which objects are served malformed, by (plural, name)."""

    def __init__(self) -> None:
        self.malformed: set[tuple[str, str]] = set()
        """Served with fields of the wrong types."""
        self.odd: set[tuple[str, str]] = set()
        """Served with null for all that is not set, and with unknown fields everywhere."""

    def clear(self) -> None:
        self.malformed.clear()
        self.odd.clear()

    def body(self, resource: Resource, body: bytes) -> bytes:
        """The body of an object or list, with its malformed objects."""
        if not self._affects(resource):
            return body
        decoded = msgspec.json.decode(body)
        for obj in decoded.get("items", [decoded]):
            self._distort(resource, obj)
        return encode(decoded)

    def frames(self, resource: Resource, frames: bytes) -> bytes:
        """The frames of a watch, with its malformed objects."""
        if not self._affects(resource):
            return frames
        lines = []
        for line in frames.splitlines():
            event = msgspec.json.decode(line)
            self._distort(resource, event["object"])
            lines.append(encode(event) + b"\n")
        return b"".join(lines)

    def _affects(self, resource: Resource) -> bool:
        return any(plural == resource.plural for plural, _ in self.malformed | self.odd)

    def _distort(self, resource: Resource, obj: Object) -> None:
        metadata = obj.get("metadata")
        name = metadata.get("name") if isinstance(metadata, dict) else None
        for named, distort in ((self.malformed, _corrupt_types), (self.odd, _add_unknown_fields_everywhere)):
            if (resource.plural, name) in named:
                distort(obj)


def _corrupt_types(obj: Object) -> None:
    obj["metadata"]["labels"] = "no map"
    obj["metadata"]["ownerReferences"] = {"no": "list"}
    for name in ("spec", "status"):
        if name in obj:
            obj[name] = "no object"


def _add_unknown_fields_everywhere(obj: Object) -> None:
    _each_object(obj, _add_unknown_fields)


def _add_unknown_fields(obj: Object) -> None:
    for name in _OMITTED:
        obj.setdefault(name, None)
    obj |= {"x-future": {"list": [1, None, {"a": None}], "text": "of a version to come"}, "x-null": None}


def _each_object(value: Any, do: Callable[[Object], None]) -> None:
    """Call `do` with `value` and every API object in it, but not with maps of strings."""
    if isinstance(value, list):
        for one in value:
            _each_object(one, do)
    elif isinstance(value, dict):
        for name, one in value.items():
            if name not in _MAPS:
                _each_object(one, do)
        do(value)
