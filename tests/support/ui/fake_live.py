"""A source of hand-made snapshots, instead of a cluster."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Collection, Iterable
from datetime import datetime, timedelta
from pathlib import Path

from msgspec.structs import replace

from stsview.live.errors import CannotRead, CannotStart
from stsview.live.on_demand import Description, Document
from stsview.live.snapshot import Link, Listener, NamespaceList, PictureHealth, Scope, Snapshot, WatchedUsage
from stsview.model.nodes.members import NodeSource
from stsview.model.rollout.detail import SetDetail
from stsview.model.store import Store
from stsview.model.usage.set_usage import PodUsage, SetUsage
from stsview.model.usage.usage_history import MeasuredUsage, UsageHistory
from stsview.model.views import Fleet, SetView
from stsview.objects.kinds import Kind
from stsview.objects.log_messages import (
    ContainerRun,
    LogBatch,
    LogHealth,
    LogLine,
    LogPhase,
    LogRequest,
    LogTail,
)
from stsview.objects.meta import Key
from tests.support.ui.fleets import NOW, design_fleet, fleet_of

CONNECTING = PictureHealth(Link.CONNECTING)
LIVE = PictureHealth(Link.LIVE)


class FakeSource:
    """Implements `stsview.live.snapshot.Source`; its time moves only when a test moves it."""

    def __init__(
        self,
        fleet: Fleet | None = None,
        *,
        health: PictureHealth = LIVE,
        scope: Scope | None = None,
        refuse: str | None = None,
        cluster_namespaces: tuple[str, ...] = ("auth", "cache", "data", "infra", "logs", "mq", "search"),
        cluster_contexts: tuple[str, ...] = ("prod-eu1", "staging", "kind-local"),
    ) -> None:
        self._time = NOW
        self._scope = scope or Scope("prod-eu1", "https://10.0.0.1:6443")
        self._snapshot = Snapshot(fleet_of(), self._scope, CONNECTING, NOW)
        self._first = Snapshot(design_fleet() if fleet is None else fleet, self._scope, health, NOW)
        self._listeners: list[Listener] = []
        self._refuse = refuse
        self._namespaces = cluster_namespaces
        self._contexts = cluster_contexts
        self.hold = asyncio.Event()
        self.hold.set()
        """Cleared to hold back the first snapshot."""
        self.slow = asyncio.Event()
        self.slow.set()
        """Cleared to delay the list of namespaces."""
        self.nodes: NodeSource = Store()
        """What nodes are judged by."""
        self.running = False
        self.selected_namespaces: list[tuple[str, ...]] = []
        self.opened: Key | None = None
        """The set whose details are requested."""
        self.seen: tuple[Key, ...] = ()
        """The sets that the screen shows."""
        self.ways = 0
        """How often it was asked to give way to a key."""
        self.switched_to: list[str] = []
        self.retries = 0
        self.recorded: list[Path | None] = []
        self.refuse_switch: str | None = None
        self.refuse_namespaces: Exception | None = None
        self.unlisted = ""
        """Why namespaces cannot be listed."""
        self.crash: asyncio.Future[None] | None = None
        self.descriptions: dict[tuple[str, Key], Description | CannotRead] = {}
        """Readable objects by kind name and key; others do not exist."""
        self.logs_asked: list[LogRequest] = []
        self.usage_watched: list[tuple[Key | None, bool]] = []
        """The set whose usage is wanted, and whether at once."""
        self.measured: dict[Key, MeasuredUsage] = {}
        self._histories: dict[Key, UsageHistory] = {}
        self.log_tails: dict[str, LogTail] = {}
        """The last lines of previous runs by pod name; others are still being read."""
        self._logs: defaultdict[str, asyncio.Queue[LogBatch]] = defaultdict(asyncio.Queue)

    @property
    def snapshot(self) -> Snapshot:
        return self._snapshot

    def part(self, key: Key) -> FakeSource:
        return self

    def now(self) -> datetime:
        return self._time

    def pass_time(self, seconds: float) -> None:
        self._time += timedelta(seconds=seconds)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @property
    def listeners(self) -> int:
        return len(self._listeners)

    async def run(self) -> None:
        self.running = True
        self.crash = asyncio.get_running_loop().create_future()
        try:
            await self.hold.wait()
            if self._refuse is not None:
                raise CannotStart(self._refuse)
            self.publish(replace(self._first, changed=frozenset(self._first.fleet.sets)))
            await self.crash
        finally:
            self.running = False

    def contexts(self) -> tuple[str, ...]:
        return self._contexts

    async def namespaces(self) -> NamespaceList:
        if self.refuse_namespaces is not None:
            raise self.refuse_namespaces
        await self.slow.wait()
        return NamespaceList(self._namespaces, self.unlisted)

    async def set_keys(self) -> tuple[Key, ...]:
        return tuple(sorted(self._first.fleet.sets))

    async def select_namespaces(self, namespaces: tuple[str, ...]) -> None:
        self.selected_namespaces.append(namespaces)
        self._scope = replace(self._scope, namespaces=namespaces)
        shown = [v for v in self._first.fleet.sets.values() if not namespaces or v.namespace in namespaces]
        self.publish(Snapshot(fleet_of(*shown), self._scope, LIVE, self._time, frozenset(self._first.fleet.sets)))

    async def record(self, path: Path | None) -> None:
        self.recorded.append(path)

    def retry(self) -> None:
        self.retries += 1

    def open(self, key: Key | None) -> None:
        self.opened = key

    def in_sight(self, keys: Collection[Key]) -> None:
        self.seen = tuple(keys)

    def node_source(self) -> NodeSource:
        return self.nodes

    def give_way(self) -> None:
        self.ways += 1

    def quote_log(self, run: ContainerRun | None) -> None:
        tail = replace(self.log_tails.get(run.request.pod, LogTail(run)), run=run) if run is not None else None
        if tail != self._snapshot.log_tail:
            self._snapshot = replace(self._snapshot, log_tail=tail)
            asyncio.get_running_loop().call_soon(lambda: self.publish(replace(self._snapshot, changed=frozenset())))

    async def switch_context(self, context: str) -> None:
        if self.refuse_switch is not None:
            raise CannotStart(self.refuse_switch)
        self.switched_to.append(context)
        self._scope = Scope(context)
        gone = frozenset(self._snapshot.fleet.sets)
        self.publish(Snapshot(fleet_of(), self._scope, CONNECTING, self._time, gone))

    def show(self, *views: SetView, remove: Iterable[Key] = ()) -> None:
        """Publish a snapshot in which `views` are new or changed, and `remove` are gone."""
        sets = dict(self._snapshot.fleet.sets)
        for key in remove:
            sets.pop(key)
        sets |= {view.key: view for view in views}
        changed = frozenset(remove) | {view.key for view in views}
        self.publish(replace(self._snapshot, fleet=fleet_of(*sets.values()), now=self._time, changed=changed))

    def set_health(self, health: PictureHealth) -> None:
        """Publish the same sets with another connection state."""
        self.publish(replace(self._snapshot, health=health, now=self._time, changed=frozenset()))

    def set_detail(self, detail: SetDetail) -> None:
        """Publish the same sets with this detail of the open set."""
        self.publish(replace(self._snapshot, detail=detail, now=self._time, changed=frozenset()))

    def publish(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        for listener in tuple(self._listeners):
            listener(snapshot)

    async def get_object(self, kind: Kind, key: Key) -> Document:
        return (await self.describe(kind, key)).object

    async def describe(self, kind: Kind, key: Key) -> Description:
        found = self.descriptions.get((kind.name, key), CannotRead(f"there is no {kind.name} {key}", absent=True))
        if isinstance(found, CannotRead):
            raise found
        return found

    def watch_usage(self, key: Key | None, *, again: bool = False) -> None:
        self.usage_watched.append((key, again))
        if key != (self._snapshot.usage.key if self._snapshot.usage is not None else None):
            watched = WatchedUsage(key, self.measured.get(key)) if key is not None else None
            self._snapshot = replace(self._snapshot, usage=watched)
            asyncio.get_running_loop().call_soon(lambda: self.publish(replace(self._snapshot, changed=frozenset())))

    def measure(self, key: Key, *pods: PodUsage, problem: str = "", unknown: tuple[str, ...] = ()) -> None:
        """Publish the same sets with this usage of a set, measured now, or with why it cannot be read."""
        if not problem:
            history = self._histories.setdefault(key, UsageHistory())
            self.measured[key] = history.add(SetUsage(key, self._time, pods, unknown))
        usage = WatchedUsage(key, self.measured.get(key), problem)
        self.publish(replace(self._snapshot, usage=usage, now=self._time, changed=frozenset()))

    async def usage(self, key: Key) -> SetUsage:
        raise CannotRead("not measured")

    async def logs(self, request: LogRequest) -> AsyncGenerator[LogBatch, None]:
        self.logs_asked.append(request)
        while True:
            yield await self._logs[request.pod].get()

    def write_log(
        self, *lines: str | LogLine, phase: LogPhase = LogPhase.FOLLOWING, problem: str = "", pod: str = ""
    ) -> None:
        """Append lines to the log of a pod, or of the one that was requested last, with the state of its stream."""
        entries = tuple(LogLine(line, "2026-11-22T18:22:07.5Z") if isinstance(line, str) else line for line in lines)
        requested = next((one for one in reversed(self.logs_asked) if pod in ("", one.pod)), LogRequest("", pod))
        self._logs[requested.pod].put_nowait(LogBatch(entries, LogHealth(phase, problem), requested.container))
