"""Reading on demand over the current session."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from stsview.clock import Clock
from stsview.cluster.errors import ClusterError, Forbidden, NotFound
from stsview.cluster.http.session import Session
from stsview.cluster.logs.log_stream import LogStream
from stsview.live.errors import CannotRead
from stsview.live.named.point_reads import SUBDOMAIN
from stsview.live.on_demand import Description, Document, readable
from stsview.model.settings import ModelSettings
from stsview.objects.event import Event
from stsview.objects.kinds import ENDPOINT_SLICES, EVENTS, LEASES, NODES, SECRETS, SERVICES, Kind
from stsview.objects.log_messages import LogBatch, LogRequest
from stsview.objects.meta import Key

if TYPE_CHECKING:
    from stsview.model.usage.set_usage import SetUsage

_LEASE_NAMESPACE = "kube-node-lease"
_MAX_EVENTS = 500

_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00Z")


class _Items(msgspec.Struct, frozen=True):
    items: tuple[Document, ...] = ()


class _Events(msgspec.Struct, frozen=True):
    items: tuple[msgspec.Raw, ...] = ()


_DOCUMENT = msgspec.json.Decoder(Document)
_ITEMS = msgspec.json.Decoder(_Items)
_EVENT_LIST = msgspec.json.Decoder(_Events)
_EVENT = msgspec.json.Decoder(Event)


class SessionObjectReader:
    """`stsview.live.on_demand.ObjectReader` for a class with a `_session`."""

    _session: Session | None
    _clock: Clock
    _rng: random.Random
    _settings: ModelSettings

    async def get_object(self, kind: Kind, key: Key) -> Document:
        session = self._connected()
        return await _get(session, await _served(session, kind), key)

    async def describe(self, kind: Kind, key: Key) -> Description:
        session = self._connected()
        kind = await _served(session, kind)
        found = await _get(session, kind, key)
        events, related = await asyncio.gather(_events(session, kind, key, found), _related(session, kind, key))
        found_events, events_problem = events
        slices, lease, unknown = related
        return Description(kind, found, found_events, slices, lease, unknown, events_problem)

    async def logs(self, request: LogRequest) -> AsyncGenerator[LogBatch, None]:
        stream = LogStream(self._connected(), request, clock=self._clock, rng=self._rng)
        async with aclosing(stream.batches()) as batches:
            async for batch in batches:
                yield batch

    async def usage(self, key: Key) -> SetUsage:
        """What the pods of a set use now: read once. Raises `CannotRead`."""
        # Here and below: the first frame does not need it.
        from stsview.live.usage.usage_readings import read_usage

        return await read_usage(self._connected(), self._clock.monotonic, key, self._settings.usage)

    def _connected(self) -> Session:
        if self._session is None:
            raise CannotRead("not connected yet")
        return self._session


async def _served(session: Session, kind: Kind) -> Kind:
    if readable(kind).resource:
        return kind
    from stsview.live.named.discovered import resolved

    try:
        return await resolved(session, kind)
    except ClusterError as error:
        raise CannotRead(str(error)) from error


async def _get(session: Session, kind: Kind, key: Key) -> Document:
    key = key if kind.namespaced else Key("", key.name)
    # An owner reference may have any text as its name, which becomes part of a path.
    if not SUBDOMAIN.fullmatch(key.name):
        raise CannotRead(f"no {kind.name} can have the name {key.name!r}", absent=True)
    try:
        path = kind.path(key.namespace, key.name)
        if (kind.group, kind.resource) == (SECRETS.group, SECRETS.resource):
            from stsview.live.named.secret_keys import DECODER

            return (await session.get_json(path, DECODER)).document()
        return await session.get_json(path, _DOCUMENT)
    except NotFound as error:
        raise CannotRead(f"no {kind.name} {key}", absent=True) from error
    except Forbidden as error:
        raise CannotRead(_denied(kind, key.namespace)) from error
    except ClusterError as error:
        raise CannotRead(str(error)) from error


async def _events(session: Session, kind: Kind, key: Key, found: Document) -> tuple[tuple[Event, ...], str]:
    """The events of the object, or why they cannot be read.

    Kubelets set the name of a node as its uid (kubernetes/pkg/kubelet/kubelet.go, nodeRef), other components its real
    uid, so events of nodes are selected by name. Events of cluster-scoped objects are usually in `default`.
    """
    metadata = found.get("metadata")
    uid = metadata.get("uid") if isinstance(metadata, dict) else None
    by_name = f"involvedObject.kind={kind.name},involvedObject.name={key.name}"
    selector = f"involvedObject.uid={uid}" if kind.namespaced and isinstance(uid, str) and uid else by_name
    query = [("fieldSelector", selector), ("limit", str(_MAX_EVENTS))]
    namespaces = [key.namespace] if kind.namespaced else ["", "default"]
    problem = ""
    for namespace in namespaces:
        try:
            listing = await session.get_json(EVENTS.path(namespace), _EVENT_LIST, query=query)
        except Forbidden:
            problem = problem or _denied(EVENTS, namespace)
        except ClusterError as error:
            return (), str(error)
        else:
            events = [event for raw in listing.items if (event := _event(raw)) is not None]
            return tuple(sorted(events, key=lambda event: event.last_seen or _EPOCH)), ""
    return (), problem


def _event(raw: msgspec.Raw) -> Event | None:
    try:
        return _EVENT.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


async def _related(
    session: Session, kind: Kind, key: Key
) -> tuple[tuple[Document, ...], Document | None, tuple[str, ...]]:
    """EndpointSlices, lease, and which of them could not be read."""
    try:
        if kind is SERVICES:
            query = [("labelSelector", f"kubernetes.io/service-name={key.name}")]
            found = await session.get_json(ENDPOINT_SLICES.path(key.namespace), _ITEMS, query=query)
            return found.items, None, ()
        if kind is NODES:
            return (), await session.get_json(LEASES.path(_LEASE_NAMESPACE, key.name), _DOCUMENT), ()
    except NotFound:
        return (), None, (f"no lease {key.name} in {_LEASE_NAMESPACE}",) if kind is NODES else ()
    except Forbidden:
        denied = _denied(ENDPOINT_SLICES, key.namespace) if kind is SERVICES else _denied(LEASES, _LEASE_NAMESPACE)
        return (), None, (denied,)
    except ClusterError as error:
        return (), None, (str(error),)
    return (), None, ()


def _denied(kind: Kind, namespace: str) -> str:
    where = f"in {namespace}" if namespace else ("in all namespaces" if kind.namespaced else "in this cluster")
    return f"you may not read {kind.resource} {where}"
