"""Versioned JSON documents, made of the views that the screens show."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from enum import Enum, IntEnum
from typing import Any

import msgspec

from stsview.live.snapshot import OFFLINE, Snapshot
from stsview.model.base import Record
from stsview.model.packed_ordinals import PackedOrdinals
from stsview.objects.meta import Key

API_VERSION = "stsview/v1"
"""Version of all documents. Within a version fields are added, never renamed, retyped or removed."""


_V1_NAMES = {
    "attachment_health": "attachmentTone",
    "health": "tone",
    "label": "word",
    "manual_only": "byHand",
    "pod_steps": "turns",
    "preconditions": "facts",
    "status": "word",
}
"""Fields whose former name documents of this version keep."""


def document(kind: str, snapshot: Snapshot, **content: Any) -> dict[str, Any]:
    """A document of that kind about a snapshot.

    It names the cluster, the time, the kinds of objects that could not be read, and the rules that are disabled.
    """
    return {
        "apiVersion": API_VERSION,
        "kind": kind,
        "context": snapshot.scope.context,
        "server": snapshot.scope.server,
        "scope": snapshot.scope.text,
        "fromFile": snapshot.health.link in OFFLINE,
        "time": plain_value(snapshot.now),
        "unread": list(snapshot.health.degraded),
        "disabledRules": list(snapshot.disabled_rules),
        **{name: plain_value(value) for name, value in content.items()},
    }


def to_json(content: dict[str, Any]) -> str:
    """Indented ASCII, safe for a terminal."""
    return json.dumps(content, indent=2, ensure_ascii=True)


def plain_value(value: Any) -> Any:
    """A view, a finding or a part of one as JSON types.

    Field names are in camelCase; instants are RFC 3339 in UTC, levels and severities their names in lower case, sizes
    bytes, durations seconds. Unknown values are null, absent ones an empty string or list.
    """
    match value:
        case IntEnum():
            return value.name.lower().replace("_", "-")
        case Enum():
            return value.value
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case Key():
            return {"namespace": value.namespace, "name": value.name}
        case dict():
            return {str(key): plain_value(item) for key, item in value.items()}
        case tuple() | list() | PackedOrdinals():
            return [plain_value(item) for item in value]
    if isinstance(value, msgspec.Struct):
        members = {_json_name(name): plain_value(getattr(value, name)) for name in _members(value)}
        # A step without an action has had an empty string there since the first version.
        return {name: "" if name == "action" and item is None else item for name, item in members.items()}
    return value


def _members(value: msgspec.Struct) -> list[str]:
    omitted = value.not_in_documents if isinstance(value, Record) else ()
    return [name for name in value.__struct_fields__ if name not in omitted]


def _json_name(name: str) -> str:
    if name in _V1_NAMES:
        return _V1_NAMES[name]
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
