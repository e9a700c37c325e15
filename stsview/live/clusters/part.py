"""One of several clusters, as the screens of its sets read it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Collection, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from stsview.live.clusters.naming import named_view
from stsview.live.errors import CannotStart
from stsview.live.live import Live
from stsview.live.on_demand import Description, Document
from stsview.live.snapshot import Link, Listener, NamespaceList, PictureHealth, Snapshot
from stsview.model.views import Fleet, SetView
from stsview.objects.kinds import Kind
from stsview.objects.log_messages import ContainerRun, LogBatch, LogRequest
from stsview.objects.meta import Key, bare, cluster_of, in_cluster

if TYPE_CHECKING:
    from stsview.model.nodes.members import NodeSource
    from stsview.model.rollout.detail import SetDetail
    from stsview.model.usage.set_usage import SetUsage


class ClusterPart:
    """Implements `stsview.live.snapshot.Source` for one cluster.

    Keys in its snapshots name the cluster. A key of another cluster is refused with LookupError: it is a bug, and the
    worst that could be done about it is to read or change the set of the same name here.
    """

    def __init__(self, live: Live, cluster: str, changed: Callable[[], None]) -> None:
        """`changed` is called when there is something for `take`."""
        self.live = live
        self.cluster = cluster
        self._changed = changed
        self._pending: set[Key] = set()
        self._new = True
        self._fault: PictureHealth | None = None
        self._sets: dict[Key, SetView] = {}
        self._detail: tuple[SetDetail, SetDetail] | None = None
        """The last one of the cluster, and the same with its key."""
        self._listeners: list[Listener] = []
        self._snapshot = self._named(live.snapshot, Fleet({}, dict(live.snapshot.fleet.counts)), frozenset())
        live.subscribe(self._on_snapshot)

    def take(self) -> frozenset[Key]:
        """Make what the cluster published since the last call the snapshot; returns the changed sets.

        Everything that a screen reads stays as it is between two calls.
        """
        if not self._new:
            if self._snapshot.changed:
                self._snapshot = replace(self._snapshot, changed=frozenset())
            return frozenset()
        latest, pending = self.live.snapshot, self._pending
        self._new, self._pending = False, set()
        changed = frozenset([in_cluster(self.cluster, key) for key in pending])
        fleet = self._snapshot.fleet
        if pending:
            sets = dict(self._sets)
            for key in pending:
                view = latest.fleet.sets.get(key)
                if view is None:
                    sets.pop(in_cluster(self.cluster, key), None)
                else:
                    named = named_view(view, self.cluster)
                    sets[named.key] = named
            self._sets = sets
            fleet = Fleet(sets, latest.fleet.counts)
        self._snapshot = self._named(latest, fleet, changed)
        for listener in tuple(self._listeners):
            listener(self._snapshot)
        return changed

    def fail(self, problem: str) -> None:
        """Show that the cluster is not read any more, and why; what was read stays, as data of now."""
        self._fault = PictureHealth(Link.DISCONNECTED, self.live.now(), problem=problem)
        self._new = True
        self._changed()

    @property
    def snapshot(self) -> Snapshot:
        return self._snapshot

    def part(self, key: Key) -> ClusterPart:
        """Itself, which is all that its screens know of."""
        self._own(key)
        return self

    def now(self) -> datetime:
        return self.live.now()

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def run(self) -> None:
        await self.live.run()

    def contexts(self) -> Sequence[str]:
        return (self.cluster,)

    async def namespaces(self) -> NamespaceList:
        return await self.live.namespaces()

    async def set_keys(self) -> Sequence[Key]:
        return [in_cluster(self.cluster, key) for key in await self.live.set_keys()]

    async def select_namespaces(self, namespaces: tuple[str, ...]) -> None:
        await self.live.select_namespaces(namespaces)

    def retry(self) -> None:
        self.live.retry()

    def open(self, key: Key | None) -> None:
        self.live.open(self._own(key))

    def in_sight(self, keys: Collection[Key]) -> None:
        self.live.in_sight([self._own_key(key) for key in keys])

    def node_source(self) -> NodeSource:
        return self.live.node_source()

    def give_way(self) -> None:
        self.live.give_way()

    def quote_log(self, run: ContainerRun | None) -> None:
        self.live.quote_log(run)

    def watch_usage(self, key: Key | None, *, again: bool = False) -> None:
        self.live.watch_usage(self._own(key), again=again)

    async def record(self, path: Path | None) -> None:
        await self.live.record(path)

    async def switch_context(self, context: str) -> None:
        raise CannotStart(f"{self.cluster} is one of several clusters, and stays that")

    async def get_object(self, kind: Kind, key: Key) -> Document:
        return await self.live.get_object(kind, self._own_key(key))

    async def describe(self, kind: Kind, key: Key) -> Description:
        return await self.live.describe(kind, self._own_key(key))

    async def usage(self, key: Key) -> SetUsage:
        return await self.live.usage(self._own_key(key))

    def logs(self, request: LogRequest) -> AsyncGenerator[LogBatch, None]:
        return self.live.logs(request)

    def _on_snapshot(self, snapshot: Snapshot) -> None:
        self._pending |= snapshot.changed
        self._new = True
        self._changed()

    def _own(self, key: Key | None) -> Key | None:
        return None if key is None else self._own_key(key)

    def _own_key(self, key: Key) -> Key:
        """The key as the cluster knows it.

        One without a cluster is that of an object, such as a pod, which a screen of this cluster named.
        """
        if cluster_of(key) not in ("", self.cluster):
            raise LookupError(f"{key} is not in {self.cluster}")
        return bare(key)

    def _named(self, latest: Snapshot, fleet: Fleet, changed: frozenset[Key]) -> Snapshot:
        usage = latest.usage
        return replace(
            latest,
            fleet=fleet,
            changed=changed,
            detail=self._named_detail(latest.detail),
            usage=None if usage is None else replace(usage, key=in_cluster(self.cluster, usage.key)),
            health=self._fault or latest.health,
            cluster=self.cluster,
        )

    def _named_detail(self, detail: SetDetail | None) -> SetDetail | None:
        if detail is None:
            return None
        if self._detail is None or self._detail[0] is not detail:
            self._detail = detail, replace(detail, key=in_cluster(self.cluster, detail.key))
        return self._detail[1]
