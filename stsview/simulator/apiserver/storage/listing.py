"""Lists: resource versions, limits and continue tokens.

Source: k8s.io/apiserver/pkg/storage/continue.go, etcd3/store.go (GetList) and cacher/delegator.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, replace

import msgspec

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.resources import Resource
from stsview.simulator.apiserver.selectors import Predicate
from stsview.simulator.apiserver.storage.storage import Storage
from stsview.simulator.apiserver.wire import Object, encode

_LIST_TOO_OLD = (
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without "
    "the continue parameter, or use the continue token in this response to retrieve the remainder of the results. "
    "Continuing with the provided token results in an inconsistent list - objects that were created, modified, or "
    "deleted between the time the first chunk was returned and now may show up in the list."
)
_TOO_OLD_VERSION = "The resourceVersion for the provided list is too old."
_INCONSISTENT = -1


@dataclass(frozen=True)
class Page:
    """One page of a list."""

    objects: list[Object]
    rv: int
    next_token: str = ""
    remaining: int | None = None

    def metadata(self) -> dict[str, object]:
        """The ListMeta."""
        meta: dict[str, object] = {"resourceVersion": str(self.rv)}
        if self.next_token:
            meta["continue"] = self.next_token
        if self.remaining is not None:
            meta["remainingItemCount"] = self.remaining
        return meta


class _Token(msgspec.Struct):
    """The content of a continue token."""

    rv: int
    start: str
    v: str = "meta.k8s.io/v1"


def page(
    storage: Storage, resource: Resource, namespace: str, selector: Predicate | None, query: Mapping[str, str]
) -> Page:
    """The page that a list request asks for. Raises `ApiError` 400, 410 or 504."""
    limit = _number(query, "limit")
    if token_text := query.get("continue", ""):
        token = _decode_token(token_text)
        rv = storage.resource_version if token.rv == _INCONSISTENT else token.rv
        start = token.start.removeprefix("/").removesuffix("\0")
        if rv < storage.history.compacted:
            fresh = _encode_token(_INCONSISTENT, start)
            error = ApiError.gone(_LIST_TOO_OLD)
            error.status["metadata"] = {"continue": fresh}
            raise error
    else:
        rv, start = _version_of(storage, query, limit), ""
    objects = objects_at(storage, resource, namespace, rv)
    if start:
        after = f"{namespace}/{start}" if namespace and resource.namespaced else start
        objects = [obj for obj in objects if _key(resource, obj) > after]
    if selector is not None:
        objects = [obj for obj in objects if selector(obj)]
    if not limit or len(objects) <= limit:
        return Page(objects, rv)
    remaining = len(objects) - limit if selector is None else None
    objects = objects[:limit]
    last = objects[-1]["metadata"]
    where = last["name"] if namespace or not resource.namespaced else f"{last['namespace']}/{last['name']}"
    return Page(objects, rv, _encode_token(rv, f"/{where}"), remaining)


def again(page: Page) -> Page:
    """The page with a continue token that leads back to the first page."""
    return replace(page, next_token=_encode_token(page.rv, "/"))


def objects_at(storage: Storage, resource: Resource, namespace: str, rv: int) -> list[Object]:
    """The list as it was at resource version `rv`.

    Computed from the current objects by undoing later events.
    """
    if rv >= storage.resource_version:
        return storage.list(resource, namespace)
    later = [
        event
        for event in storage.history.after(rv)
        if event.resource is resource and (not namespace or event.object["metadata"].get("namespace") == namespace)
    ]
    present = storage.list(resource, namespace)
    if not later:
        return present
    then = {_key(resource, obj): obj for obj in present}
    for event in reversed(later):
        key = _key(resource, event.object)
        if event.previous is None:
            then.pop(key, None)
        else:
            then[key] = event.previous
    return [then[key] for key in sorted(then)]


def parse_version(text: str) -> int:
    """A resourceVersion parameter.

    Raises the `ApiError` 500 that a real server returns for an invalid one.
    """
    if not text.isascii() or not text.isdigit():
        message = f'resourceVersion: Invalid value: "{text}": strconv.ParseUint: parsing "{text}": invalid syntax'
        raise ApiError(500, "", message)
    return int(text)


def _version_of(storage: Storage, query: Mapping[str, str], limit: int) -> int:
    text = query.get("resourceVersion", "")
    match = query.get("resourceVersionMatch", "")
    current = storage.resource_version
    if not text or text == "0":
        return current
    wanted = parse_version(text)
    if wanted > current:
        message = f"Timeout: Too large resource version: {wanted}, current: {current}"
        details = {
            "causes": [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}],
            "retryAfterSeconds": 1,
        }
        raise ApiError(504, "Timeout", message, details, retry_after=1)
    if match == "Exact" or (limit and not match):
        if wanted < storage.history.compacted:
            raise ApiError.gone(_TOO_OLD_VERSION)
        return wanted
    return current


def _key(resource: Resource, obj: Object) -> str:
    metadata = obj["metadata"]
    return f"{metadata['namespace']}/{metadata['name']}" if resource.namespaced else str(metadata["name"])


def _number(query: Mapping[str, str], name: str) -> int:
    text = query.get(name, "")
    if not text:
        return 0
    try:
        return max(0, int(text))
    except ValueError:
        raise ApiError.bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax') from None


def _encode_token(rv: int, start: str) -> str:
    raw = encode({"v": "meta.k8s.io/v1", "rv": rv, "start": f"{start}\0"})
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _decode_token(text: str) -> _Token:
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return msgspec.json.decode(raw, type=_Token)
    except (binascii.Error, msgspec.MsgspecError, ValueError) as error:
        raise ApiError.bad_request(f"continue key is not valid: {error}") from error
