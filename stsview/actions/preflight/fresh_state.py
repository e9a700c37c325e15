"""Fresh reads of one set and the objects around it.

Plans use what the server says now, never the live cache.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime
from urllib.parse import urlsplit

import msgspec
from msgspec.structs import replace

from stsview.actions.errors import Refused
from stsview.actions.requests.changed_meanwhile import no_longer_exists
from stsview.cluster.errors import ClusterError, NotFound
from stsview.cluster.http.session import Session
from stsview.cluster.watch.list_pager import list_all
from stsview.model.cache.cache import Cache
from stsview.model.cache.coverage import Coverage, KindCoverage
from stsview.model.cache.set_objects import SetObjects
from stsview.model.derive import derive
from stsview.model.explain.hazards import confined
from stsview.model.settings import ModelSettings
from stsview.model.views import SetView
from stsview.objects.kinds import (
    ATTACHMENTS,
    AUTOSCALERS,
    BUDGETS,
    CLAIMS,
    NODES,
    PODS,
    STATEFULSETS,
    VOLUMES,
    WATCHED,
    Kind,
    KubernetesObject,
)
from stsview.objects.meta import Key
from stsview.objects.node import Node
from stsview.objects.statefulset import StatefulSet
from stsview.objects.stream_messages import Applied, Batch

_MOST_AT_ONCE = 20
"""How many GETs run at a time."""


class FreshState(msgspec.Struct, frozen=True):
    """What was read, and the view derived from it.

    `objects.coverage` tells what could not be read.
    """

    objects: SetObjects
    view: SetView
    at: datetime
    """The server's time after the last read."""
    nodes: Mapping[str, Node] | None = None
    """By name: all nodes that may reach the volumes; None where they cannot be read."""
    below_path: bool = False
    """Whether the URL of the server has a path, which `kubectl --raw` replaces."""

    @property
    def set(self) -> StatefulSet:
        return self.objects.set

    def unread(self, kind: Kind) -> str:
        """Why a kind could not be read; empty where it was."""
        covered = self.objects.covered(kind)
        return "" if covered.complete else covered.reason or f"{kind.resource} cannot be read"


async def read_fresh_state(
    session: Session, key: Key, settings: ModelSettings, *, attachments: bool = False
) -> FreshState:
    """Read the set and its pods, claims, volumes, nodes, budgets and autoscalers.

    With `attachments`, these too.

    Raises `Refused` where the set is gone, and `ClusterError` where it cannot be read. For other objects that cannot be
    read, the result says why.
    """
    try:
        stateful = await session.get(STATEFULSETS, key.namespace, key.name)
    except NotFound as error:
        raise Refused(no_longer_exists(f"StatefulSet {key}")) from error
    reader = _Reader(session)
    reader.add(STATEFULSETS, (stateful,))
    lists = [CLAIMS, BUDGETS, AUTOSCALERS, *([ATTACHMENTS] if attachments else [])]
    await asyncio.gather(reader.list(PODS, key.namespace), *(reader.list(kind, key.namespace) for kind in lists))
    seen = reader.objects_of(key)
    nodes = {pod.spec.node_name for pod in seen.pods.values() if pod.spec.node_name}
    volumes = {claim.spec.volume_name for claim in seen.claims.values() if claim.spec.volume_name}
    await asyncio.gather(reader.get(NODES, nodes), reader.get(VOLUMES, volumes))
    reachable = await _reachable_nodes(session, reader.objects_of(key))
    at = session.server_now()
    objects = reader.objects_of(key)
    # No stream lags here: what was read after the object that refers to it, and was not found, does not exist.
    immediate = replace(settings, sighting_grace=0.0, stream_silence=0.0)
    view, _ = derive(objects, {}, at, at, immediate)
    return FreshState(objects, view, at, reachable, bool(urlsplit(session.config.server).path))


async def _reachable_nodes(session: Session, objects: SetObjects) -> Mapping[str, Node] | None:
    """All nodes, read only where a volume is confined to some of them; None where they cannot be read."""
    if not any(confined(volume) for volume in objects.volumes.values()):
        return {}
    try:
        listing = await list_all(session, NODES, "", lambda *_: None)
    except ClusterError:
        return None
    if listing.undecodable:
        return None
    return {node.metadata.name: node for node in listing.objects if isinstance(node, Node)}


class _Reader:
    """Reads objects into a cache of its own."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._cache = Cache()
        for kind in WATCHED:
            # Kinds that are not read here do not matter; a kind that is read is covered below.
            self._cache.cover(kind, "", KindCoverage(Coverage.COMPLETE))

    def add(self, kind: Kind, objects: Iterable[KubernetesObject]) -> None:
        self._cache.apply(Batch(kind, tuple(Applied(one) for one in objects)))

    async def list(self, kind: Kind, namespace: str) -> None:
        try:
            listing = await list_all(self._session, kind, namespace if kind.namespaced else "", lambda *_: None)
        except ClusterError as error:
            self._cache.cover(kind, "", KindCoverage(Coverage.FORBIDDEN, str(error)))
            return
        self.add(kind, listing.objects)
        if listing.undecodable:
            self._cache.cover(kind, "", KindCoverage(Coverage.FORBIDDEN, f"some {kind.resource} are malformed"))

    async def get(self, kind: Kind, names: Iterable[str]) -> None:
        gate = asyncio.Semaphore(_MOST_AT_ONCE)

        async def one(name: str) -> None:
            async with gate:
                try:
                    self.add(kind, (await self._session.get(kind, "", name),))
                except NotFound:
                    return
                except ClusterError as error:
                    self._cache.cover(kind, "", KindCoverage(Coverage.FORBIDDEN, str(error)))

        await asyncio.gather(*(one(name) for name in names))

    def objects_of(self, key: Key) -> SetObjects:
        """Raises `Refused` where the set is not among what was added."""
        objects = self._cache.objects_of(key)
        if objects is None:
            raise Refused(f"the server returned another set than {key}")
        return objects
