"""A whole list, page by page."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from stsview.cluster.errors import ClusterError, Gone
from stsview.cluster.http.http_errors import not_kubernetes_error
from stsview.cluster.http.session import JSON, METADATA_LIST, Session
from stsview.cluster.watch.undecodable import UndecodableObjects
from stsview.cluster.watch.watch_events import decode_key, decode_object
from stsview.objects.kinds import Kind, KubernetesObject
from stsview.objects.meta import Key, Malformed

PAGE_SIZE = 500

_RESTARTS = 3
"""How often a list whose continue token expired is begun anew before that counts as a failure."""

_BARREN_PAGES = 20
"""How many pages in a row may bring nothing new; a filtered list has empty pages now and then."""

_SLICE = 250
"""Objects to decode before others get their turn in the event loop: a few milliseconds."""


class ListLooped(ClusterError):
    """The server's continue tokens go round in circles."""


@dataclass(frozen=True, slots=True)
class ListResult:
    objects: tuple[KubernetesObject, ...]
    resource_version: str
    """From where a watch goes on."""
    unreadable: UndecodableObjects
    """Objects that could not be decoded, and are left out."""


class _ListMeta(msgspec.Struct, frozen=True, rename="camel"):
    resource_version: str = ""
    continue_: str | None = msgspec.field(name="continue", default=None)
    remaining_item_count: int | None = None


class _Page(msgspec.Struct, frozen=True):
    kind: str
    metadata: _ListMeta
    items: list[msgspec.Raw] | None = None


_PAGE = msgspec.json.Decoder(_Page)

Progress = Callable[[int, int | None], None]
"""Told after each page: objects so far, and how many remain (None where the server does not say)."""


async def list_all(session: Session, kind: Kind, namespace: str, progress: Progress) -> ListResult:
    """Every object of `kind` in `namespace` (empty: everywhere), as of one moment.

    Raises `ClusterError`.
    """
    for attempt in range(_RESTARTS):
        try:
            return await _one_pass(session, kind, namespace, progress)
        except Gone:
            # The continue token is older than the server's history: what was read so far is of no use.
            if attempt == _RESTARTS - 1:
                raise
    raise AssertionError("unreachable")


async def is_history_older(session: Session, kind: Kind, namespace: str, resource_version: str) -> bool:
    """Whether the server's history ends before `resource_version`, as after a restore from a backup.

    A watch from there would be accepted and stay empty for ever; a list is answered with 504, "Too large resource
    version", by a server that is behind. Raises `ClusterError` when the question is not answered.
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
    parameters = (("labelSelector", kind.label_selector), ("fieldSelector", kind.field_selector))
    return [(name, value) for name, value in parameters if value]


def _accept(kind: Kind) -> str:
    return METADATA_LIST if kind.metadata_only else JSON


async def _one_pass(session: Session, kind: Kind, namespace: str, progress: Progress) -> ListResult:
    found: dict[Key, KubernetesObject] = {}
    unreadable = UndecodableObjects()
    token, tokens, barren = "", set[str](), 0
    while True:
        query = [("limit", str(PAGE_SIZE)), *selector(kind)]
        if token:
            query.append(("continue", token))
        page = await _page(session, kind, namespace, query)
        known = len(found)
        await _decode(page, kind, found, unreadable)
        progress(len(found), page.metadata.remaining_item_count)
        token = page.metadata.continue_ or ""
        if not token:
            return ListResult(tuple(found.values()), page.metadata.resource_version, unreadable)
        barren = barren + 1 if len(found) == known else 0
        if token in tokens or barren > _BARREN_PAGES:
            raise ListLooped(
                f"the list of {kind.resource} never ends: the server's continue tokens go round in circles"
            )
        tokens.add(token)


async def _page(session: Session, kind: Kind, namespace: str, query: list[tuple[str, str]]) -> _Page:
    data = await session.get_raw(kind.path(namespace), query=query, accept=_accept(kind))
    try:
        page = _PAGE.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise not_kubernetes_error(session.config.address) from error
    if not page.kind.endswith("List") or not page.metadata.resource_version:
        # An empty answer of something else must not be taken for a cluster without objects.
        raise not_kubernetes_error(session.config.address)
    return page


async def _decode(page: _Page, kind: Kind, found: dict[Key, KubernetesObject], unreadable: UndecodableObjects) -> None:
    for index, item in enumerate(page.items or (), start=1):
        try:
            decoded = decode_object(item, kind)
        except Malformed:
            unreadable.add(decode_key(item))
        else:
            found[decoded.metadata.key] = decoded
        if index % _SLICE == 0:
            await asyncio.sleep(0)
