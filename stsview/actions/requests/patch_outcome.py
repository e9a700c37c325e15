"""The outcome of a JSON patch.

Which of its tests fails, and whether its changes were made.

The server answers a failed test with 422 and no reason (k8s.io/apiserver/pkg/endpoints/handlers/patch.go): the object
has to be read again to tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jsonpatch
import msgspec
from msgspec.structs import replace

from stsview.actions.errors import Refused
from stsview.actions.plan import Plan, Request
from stsview.actions.requests.changed_meanwhile import (
    no_longer_exists,
    partition_changed,
    recreated,
    replicas_changed,
    template_changed,
)
from stsview.actions.requests.json_patch import Operation
from stsview.cluster.errors import ClusterError, NotFound, printable_line
from stsview.cluster.http.session import Session
from stsview.cluster.http.write_gate import JSON_PATCH
from stsview.model.rollout.template_changes import template_changes

_JSON: msgspec.json.Decoder[dict[str, Any]] = msgspec.json.Decoder(dict[str, Any])

_ABSENT = object()

_VERSION = "/metadata/resourceVersion"

_SHOWN = 80


async def explain(session: Session, request: Request) -> str:
    """Why the server rejected a patch with 422.

    The first test that fails, on one line.

    Empty where all tests hold: then the server's own message is all there is. Raises nothing.
    """
    if request.message.content_type != JSON_PATCH:
        return ""
    try:
        found = await _read(session, request)
    except NotFound:
        return no_longer_exists(f"{request.about.kind} {_name(request)}")
    except ClusterError as error:
        return f"a precondition no longer holds; cannot read which: {error}"
    failed = next((test for test in _operations(request) if test["op"] == "test" and not _holds(found, test)), None)
    return "" if failed is None else _failed_test(failed, found, request)


async def renewed(session: Session, request: Request) -> Request | None:
    """The same patch for the present resourceVersion, where that test alone failed.

    Else None.

    Every write of the status changes the resourceVersion. Not where the object has annotations by now: the patch would
    overwrite them. Raises `ClusterError`.
    """
    if request.message.content_type != JSON_PATCH:
        return None
    found = await _read(session, request)
    failed = [one for one in _operations(request) if one["op"] == "test" and not _holds(found, one)]
    if [one["path"] for one in failed] != [_VERSION] or _at(found, "/metadata/annotations") is not _ABSENT:
        return None
    now = _at(found, _VERSION)
    body = [{**one, "value": now} if one is failed[0] else one for one in _operations(request)]
    return replace(request, message=replace(request.message, body=body))


async def was_done(session: Session, plan: Plan) -> bool:
    """Whether all changes of the plan's patches were made.

    Fields that the server added do not count.

    Raises `Refused` where the object is gone, and `ClusterError`.
    """
    for request in plan.requests:
        try:
            found = await _read(session, request)
        except NotFound as error:
            raise Refused(no_longer_exists(f"{request.about.kind} {_name(request)}")) from error
        same = (found.get("metadata") or {}).get("uid") == request.about.uid
        if not same or not all(_is_made(found, one) for one in _operations(request) if one["op"] != "test"):
            return False
    return True


async def _read(session: Session, request: Request) -> Mapping[str, Any]:
    """Read the object itself; for a patch of /scale, the fields that a Scale has too."""
    path = request.path.removesuffix("/scale")
    found = await session.get_json(path, _JSON)
    if path == request.path:
        return found
    replicas = (found.get("spec") or {}).get("replicas")
    return {"metadata": found.get("metadata") or {}, "spec": {"replicas": replicas} if replicas else {}}


def _operations(request: Request) -> list[Operation]:
    body = request.message.body
    return [one for one in body if isinstance(one, dict)] if isinstance(body, list) else []


def _at(found: Mapping[str, Any], path: str) -> Any:
    return jsonpatch.JsonPointer(path).resolve(found, _ABSENT)


def _holds(found: Mapping[str, Any], test: Operation) -> bool:
    return bool(_at(found, test["path"]) == test["value"])


def _is_made(found: Mapping[str, Any], change: Operation) -> bool:
    there = _at(found, change["path"])
    if change["op"] == "remove":
        return there is _ABSENT
    return there is not _ABSENT and _covers(there, change["value"])


def _covers(there: Any, wanted: Any) -> bool:
    """Whether a value has all fields of the requested one.

    The server drops nulls and fills in defaults.
    """
    if isinstance(wanted, dict):
        return isinstance(there, dict) and all(
            value is None or (name in there and _covers(there[name], value)) for name, value in wanted.items()
        )
    if isinstance(wanted, list):
        return isinstance(there, list) and len(there) == len(wanted) and all(map(_covers, there, wanted))
    return bool(there == wanted)


def _failed_test(failed: Operation, found: Mapping[str, Any], request: Request) -> str:
    path, there = failed["path"], _at(found, failed["path"])
    match path:
        case "/metadata/uid":
            return recreated(_name(request))
        case "/metadata/resourceVersion":
            return "it was modified just now: try again"
        case "/spec" | "/spec/replicas":
            return replicas_changed(_at(found, "/spec").get("replicas", 0))
        case "/status/updateRevision":
            return f"{template_changed(_shown(there), request.about.name)}{_template_change(found, request)}"
        case "/spec/template":
            return f"the pod template was changed meanwhile{_template_change(found, request)}"
        case "/spec/updateStrategy":
            return _strategy_change(failed["value"], there)
        case "/spec/resources/requests/storage":
            return f"its request was changed meanwhile to {_shown(there)}"
        case "/spec/volumeName":
            return f"it has another volume now: {_shown(there)}"
    if path.startswith("/metadata/annotations/"):
        name = path.removeprefix("/metadata/annotations/").replace("~1", "/").replace("~0", "~")
        if there is _ABSENT:
            return f"the annotation {name} was removed meanwhile"
        return f"the annotation {name} was changed meanwhile to {_shown(there)}"
    return f"{path} was changed meanwhile"


def _template_change(found: Mapping[str, Any], request: Request) -> str:
    """How the template differs from the one that the request tests.

    Empty where it tests none.
    """
    test = next((one for one in _operations(request) if (one["op"], one["path"]) == ("test", "/spec/template")), None)
    if test is None:
        return ""
    there = _at(found, "/spec/template")
    changes = template_changes(test["value"] or {}, there if isinstance(there, dict) else {})
    return f" ({printable_line('; '.join(changes))})" if changes else ""


def _strategy_change(seen: Any, there: Any) -> str:
    was, is_ = _rolling(seen), _rolling(there)
    if was[0] != is_[0]:
        return f"the update strategy was changed meanwhile to {_shown(is_[0])}"
    if was[1] != is_[1]:
        return partition_changed(_shown(is_[1]))
    return "the update strategy was changed meanwhile"


def _rolling(strategy: Any) -> tuple[Any, Any]:
    known = strategy if isinstance(strategy, dict) else {}
    return known.get("type", "RollingUpdate"), (known.get("rollingUpdate") or {}).get("partition", 0)


def _shown(value: Any) -> str:
    return "nothing" if value is _ABSENT else printable_line(str(value), _SHOWN)


def _name(request: Request) -> str:
    about = request.about
    return f"{about.namespace}/{about.name}"
