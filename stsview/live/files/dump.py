"""Collecting what stsview reads of a cluster, as a List for a file."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from stsview.clock import Clock
from stsview.cluster.errors import ClusterError, Forbidden, NotFound
from stsview.cluster.http.connection_pool import load_transport
from stsview.cluster.http.session import Session
from stsview.cluster.http.write_gate import WriteGate
from stsview.cluster.watch.list_pager import list_documents
from stsview.live.errors import CannotStart
from stsview.live.files.documents import AS_OF, Documents
from stsview.live.files.file_objects import FileObjects
from stsview.live.files.file_source import FileSource
from stsview.live.on_demand import Document
from stsview.live.recording.redaction import Redactor
from stsview.live.target import Target
from stsview.model.settings import ModelSettings
from stsview.objects.kinds import ALL_EVENTS, EVENTS, FULL_REVISIONS, LEASES, REVISIONS, STATEFULSETS, WATCHED, Kind
from stsview.objects.meta import Key

_KINDS = tuple({EVENTS: ALL_EVENTS, REVISIONS: FULL_REVISIONS}.get(kind, kind) for kind in WATCHED)

_ROUNDS = 3
"""How often objects are looked up by name: what is found may put other nodes in doubt."""

_AT_ONCE = 20

_DOCUMENT = msgspec.json.Decoder(dict[str, Any])


class Dump(msgspec.Struct, frozen=True):
    """What was collected."""

    content: Document
    """A List of the objects, with an empty typed List for each kind that was read and has none."""
    objects: int
    hidden: int
    """How many values were removed from them."""
    unread: tuple[str, ...]
    """What could not be read, one sentence each."""


async def collect(target: Target, settings: ModelSettings, clock: Clock) -> Dump:
    """Read the cluster of `target`, in the namespaces of its scope.

    Raises `CannotStart` if it cannot be reached, or it has no StatefulSets that can be read. Nothing is ever written.
    """
    config = await target.config()
    await load_transport()
    session = Session(config, clock, gate=WriteGate("a dump only reads"))
    try:
        await session.ping()
        return await _Collection(session, settings, target.scope.namespaces).run()
    except ClusterError as error:
        raise CannotStart(str(error)) from error
    finally:
        await session.close()


class _Collection:
    def __init__(self, session: Session, settings: ModelSettings, namespaces: tuple[str, ...]) -> None:
        self._session = session
        self._settings = settings
        self._namespaces = namespaces
        self._documents = Documents()
        self._unread: list[str] = []
        self._lock = asyncio.Semaphore(_AT_ONCE)

    async def run(self) -> Dump:
        await asyncio.gather(*map(self._list_kind, _KINDS))
        if (STATEFULSETS.group, STATEFULSETS.name) not in self._documents.listed:
            raise CannotStart(self._unread[0] if self._unread else f"no {STATEFULSETS.resource} can be read")
        if not any(one["kind"] == STATEFULSETS.name for one in self._documents.objects):
            where = f"in {', '.join(self._namespaces)}: use -n or -A" if self._namespaces else "in all namespaces"
            raise CannotStart(f"no StatefulSets {where}")
        looked_up: set[tuple[Kind, Key]] = set()
        for _ in range(_ROUNDS):
            source = FileSource(FileObjects(self._documents, self._session.server_now()), self._settings, "")
            named = [one for one in source.named if one not in looked_up]
            looked_up.update(named)
            await asyncio.gather(*(self._look_up(kind, key) for kind, key in named))
            if not named:
                break
        return self._dump()

    async def _list_kind(self, kind: Kind) -> None:
        found: list[Document] = []
        for namespace in self._namespaces if kind.namespaced and self._namespaces else ("",):
            try:
                found += await list_documents(self._session, kind, namespace)
            except (Forbidden, NotFound) as error:
                self._note_unread("list", kind, namespace, error)
                # Part of a kind would be taken for all of it.
                return
        self._documents.objects += found
        self._documents.listed.add((kind.group, kind.name))

    async def _look_up(self, kind: Kind, key: Key) -> None:
        async with self._lock:
            try:
                found = await self._session.get_json(kind.path(key.namespace, key.name), _DOCUMENT)
            except NotFound:
                pass
            except Forbidden as error:
                self._note_unread("get", kind, key.namespace, error)
                return
            else:
                self._documents.objects.append({"apiVersion": kind.api_version, "kind": kind.name, **found})
        self._documents.listed.add((kind.group, kind.name))

    def _note_unread(self, verb: str, kind: Kind, namespace: str, error: ClusterError) -> None:
        where = f" in namespace {namespace}" if namespace else ""
        sentence = f"you may not {verb} {kind.resource}{where}" if isinstance(error, Forbidden) else str(error)
        if sentence not in self._unread:
            self._unread.append(sentence)

    def _dump(self) -> Dump:
        redactor = Redactor()
        items = [redactor.redacted(one) for one in self._documents.objects]
        present = {(one["apiVersion"], one["kind"]) for one in items}
        items += [
            {"apiVersion": kind.api_version, "kind": f"{kind.name}List", "metadata": {}, "items": []}
            for kind in (*WATCHED, LEASES)
            if (kind.group, kind.name) in self._documents.listed and (kind.api_version, kind.name) not in present
        ]
        as_of = self._session.server_now().isoformat().replace("+00:00", "Z")
        content = {
            "apiVersion": "v1",
            "kind": "List",
            "metadata": {"annotations": {AS_OF: as_of}},
            "items": items,
        }
        return Dump(content, len(self._documents.objects), redactor.hidden, tuple(self._unread))
