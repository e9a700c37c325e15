"""What scripts are told: JSON with a version, made of the views that the screens show."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum, IntEnum
from typing import Any

from stsview.live.snapshot import Snapshot
from stsview.model.views import Place
from stsview.objects.meta import Key

API_VERSION = "stsview/v1"
"""Of all documents. Within a version fields are added, never renamed, retyped or taken away."""


_V1_NAMES = {
    "attachment_health": "attachmentTone",
    "health": "tone",
    "label": "word",
    "manual_only": "byHand",
    "pod_steps": "turns",
    "preconditions": "facts",
    "status": "word",
}
"""Fields whose name in documents is older than their name in the code, and stays for this version."""


_V1_VALUES: dict[Enum, str] = {Place.SURPLUS: "condemned"}
"""Values that are older in documents than in the code, and stay for this version."""


def document(kind: str, snapshot: Snapshot, **content: Any) -> dict[str, Any]:
    """A document of that kind about a picture: which cluster, when, and what could not be read."""
    return {
        "apiVersion": API_VERSION,
        "kind": kind,
        "context": snapshot.scope.context,
        "server": snapshot.scope.server,
        "scope": snapshot.scope.words,
        "time": plain_value(snapshot.now),
        "unread": list(snapshot.health.degraded),
        **{name: plain_value(value) for name, value in content.items()},
    }


def to_json(content: dict[str, Any]) -> str:
    """Pretty, in ASCII: nothing in it can do harm to a terminal."""
    return json.dumps(content, indent=2, ensure_ascii=True)


def plain_value(value: Any) -> Any:
    """A view, finding or part of one in the types of JSON.

    Fields are named in camelCase; instants are RFC 3339 in UTC, levels and severities the lower-case words of their
    names, sizes bytes, durations seconds. What is unknown is null, what is not there an empty string or list.
    """
    match value:
        case IntEnum():
            return value.name.lower().replace("_", "-")
        case Enum():
            return _V1_VALUES.get(value, value.value)
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case Key():
            return {"namespace": value.namespace, "name": value.name}
        case dict():
            return {str(key): plain_value(item) for key, item in value.items()}
        case tuple() | list():
            return [plain_value(item) for item in value]
    if is_dataclass(value):
        told = {
            _json_name(one.name): plain_value(getattr(value, one.name))
            for one in fields(value)
            if one.metadata.get("document", True)
        }
        # Since its first version a step without an action has an empty string there.
        return {name: "" if name == "action" and item is None else item for name, item in told.items()}
    return value


def _json_name(name: str) -> str:
    if name in _V1_NAMES:
        return _V1_NAMES[name]
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
