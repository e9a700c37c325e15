"""JSON patches of a set that test the planned values first (RFC 6902).

The resourceVersion of a set changes with every write of its status, so it cannot be the precondition. The server
answers a failed test with 422 and no reason.
"""

from __future__ import annotations

from typing import Any

from stsview.actions.intents import SetIntent
from stsview.actions.plan import Request
from stsview.cluster.http.write_gate import JSON_PATCH, Message
from stsview.model.finding import Ref
from stsview.objects.kinds import STATEFULSETS

Operation = dict[str, Any]


def tests(path: str, value: object) -> Operation:
    return {"op": "test", "path": path, "value": value}


def patch_set(intent: SetIntent, words: str, *operations: Operation, subresource: str = "") -> Request:
    """A patch of the set of the intent, and of no other set of that name."""
    namespace, name = intent.set
    return Request(
        STATEFULSETS.path(namespace, name, subresource),
        Message("PATCH", [tests("/metadata/uid", intent.set_uid), *operations], JSON_PATCH),
        Ref("StatefulSet", namespace, name, intent.set_uid),
        words,
    )
