"""Reading a complete list, page by page (client-go's tools/pager)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sized
from functools import partial
from typing import Any, TypeVar

import msgspec

from stsview.cluster.errors import ClusterError, Gone
from stsview.cluster.http.http_errors import not_kubernetes_error
from stsview.cluster.http.session import JSON, METADATA_LIST, Session
from stsview.cluster.watch.undecodable import UndecodableObjects
from stsview.cluster.watch.watch_events import decode_key, decode_object
from stsview.objects.kinds import Kind, KubernetesObject
from stsview.objects.meta import Key, Malformed

T = TypeVar("T")

PAGE_SIZE = 500

_RESTARTS = 3
"""How often to start a list whose continue token expired before giving up."""

_MAX_EMPTY_PAGES = 20
"""How many pages in a row may bring nothing new; a filtered list may have empty pages."""


class ListLooped(ClusterError):
    """The server's continue tokens repeat."""


class ListResult(msgspec.Struct, frozen=True):
    """A complete list."""

    objects: tuple[KubernetesObject, ...]
    resource_version: str
    """Where a watch has to start."""
    undecodable: UndecodableObjects
    """Objects that could not be decoded; they are not in `objects`."""


class _ListMeta(msgspec.Struct, frozen=True, rename="camel"):
    resource_version: str = ""
    continue_: str | None = msgspec.field(name="continue", default=None)
    remaining_item_count: int | None = None


class _Page(msgspec.Struct, frozen=True):
    kind: str
    metadata: _ListMeta
    items: list[msgspec.Raw] | None = None


_PAGE = msgspec.json.Decoder(_Page)
_DOCUMENT = msgspec.json.Decoder(dict[str, Any])

Progress = Callable[[int, int | None], None]
"""Called after each page with the objects read so far and how many remain (None if the server does not say)."""


async def list_all(session: Session, kind: Kind, namespace: str, progress: Progress) -> ListResult:
    """Every object of `kind` in `namespace`, at one resource version.

    An empty namespace stands for all. Raises `ClusterError`.
    """
    return await _restarted(partial(_one_pass, session, kind, namespace, progress))


async def list_documents(session: Session, kind: Kind, namespace: str) -> list[dict[str, Any]]:
    """As `list_all`, with complete objects as the server sends them, each with its `apiVersion` and `kind`."""
    return await _restarted(partial(_documents, session, kind, namespace))


async def _restarted(one_pass: Callable[[], Awaitable[T]]) -> T:
    for attempt in range(_RESTARTS):
        try:
            return await one_pass()
        except Gone:
            # The continue token is older than the server's history: start again.
            if attempt == _RESTARTS - 1:
                raise
    raise AssertionError("unreachable")


async def _documents(session: Session, kind: Kind, namespace: str) -> list[dict[str, Any]]:
    documents: list[dict[str, Any]] = []
    async for page in _pages(session, kind, namespace, documents):
        # Items of a list do not name their kind.
        typed = {"apiVersion": kind.api_version, "kind": kind.name}
        documents += [{**typed, **_DOCUMENT.decode(item)} for item in page.items or ()]
        await asyncio.sleep(0)
    return documents


async def is_history_older(session: Session, kind: Kind, namespace: str, resource_version: str) -> bool:
    """Whether the server's history ends before `resource_version`.

    That happens after a restore from a backup.

    Such a server accepts a watch from there and never sends an event; a list it answers with 504, "Too large resource
    version". Raises `ClusterError` when there is no other answer.
    """
    query = [("limit", "1"), ("resourceVersion", resource_version), ("resourceVersionMatch", "NotOlderThan")]
    try:
        await session.get_raw(kind.path(namespace), query=query + selector(kind), accept=_accept(kind))
    except ClusterError as error:
        if getattr(error, "status", None) == 504:
            return True
        raise
    return False


def selector(kind: Kind) -> list[tuple[str, str]]:
    """The query parameters that narrow list and watch of a kind."""
    parameters = (("labelSelector", kind.label_selector), ("fieldSelector", kind.field_selector))
    return [(name, value) for name, value in parameters if value]


def _accept(kind: Kind) -> str:
    return METADATA_LIST if kind.metadata_only else JSON


async def _one_pass(session: Session, kind: Kind, namespace: str, progress: Progress) -> ListResult:
    objects: dict[Key, KubernetesObject] = {}
    undecodable = UndecodableObjects()
    version = ""
    async for page in _pages(session, kind, namespace, objects):
        await _decode(session, page, kind, objects, undecodable)
        progress(len(objects), page.metadata.remaining_item_count)
        version = page.metadata.resource_version
    return ListResult(tuple(objects.values()), version, undecodable)


async def _pages(session: Session, kind: Kind, namespace: str, held: Sized) -> AsyncIterator[_Page]:
    """The pages of one list; the consumer adds the objects of each to `held` before it asks for the next."""
    token, tokens, empty = "", set[str](), 0
    while True:
        query = [("limit", str(PAGE_SIZE)), *selector(kind)]
        if token:
            query.append(("continue", token))
        page = await _page(session, kind, namespace, query)
        known = len(held)
        yield page
        token = page.metadata.continue_ or ""
        if not token:
            return
        empty = empty + 1 if len(held) == known else 0
        if token in tokens or empty > _MAX_EMPTY_PAGES:
            raise ListLooped(f"the list of {kind.resource} never ends: the server repeats its continue tokens")
        tokens.add(token)


async def _page(session: Session, kind: Kind, namespace: str, query: list[tuple[str, str]]) -> _Page:
    data = await session.get_raw(kind.path(namespace), query=query, accept=_accept(kind))
    try:
        page = _PAGE.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise not_kubernetes_error(session.config.address) from error
    if not page.kind.endswith("List") or not page.metadata.resource_version:
        # An empty answer from something else must not look like a cluster without objects.
        raise not_kubernetes_error(session.config.address)
    return page


async def _decode(
    session: Session, page: _Page, kind: Kind, objects: dict[Key, KubernetesObject], undecodable: UndecodableObjects
) -> None:
    left = iter(page.items or ())
    while True:
        async with session.turns as until:
            for item in left:
                try:
                    decoded = decode_object(item, kind)
                except Malformed:
                    undecodable.add(decode_key(item))
                else:
                    objects[decoded.metadata.key] = decoded
                if time.perf_counter() > until:
                    break
            else:
                return
        await asyncio.sleep(0)
