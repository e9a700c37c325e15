"""Several clusters as one source of snapshots."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from stsview.clock import Clock, SystemClock
from stsview.live.clusters.composed import composed_fleet, composed_health, composed_scope
from stsview.live.clusters.part import ClusterPart
from stsview.live.errors import CannotRecord, CannotStart
from stsview.live.live import FLUSH_SECONDS, Live
from stsview.live.snapshot import CURRENT, ClusterState, Listener, NamespaceList, Snapshot
from stsview.objects.meta import Key, cluster_of

_log = logging.getLogger(__name__)

_ANSWER_SECONDS = 5.0
"""How long a list of namespaces waits for one cluster."""


class MultiSource:
    """Implements `stsview.live.snapshot.FleetSource`: one fleet of the sets of several clusters.

    Nothing here waits for a cluster: each runs by itself, and what it published last is shown with its own state.
    """

    def __init__(self, lives: Mapping[str, Live], clock: Clock | None = None) -> None:
        """`lives` are the clusters by context, in the order in which they are shown: at least two."""
        self._clock = clock or SystemClock()
        self._dirty = asyncio.Event()
        self.parts = {context: ClusterPart(live, context, self._dirty.set) for context, live in lives.items()}
        self._listeners: list[Listener] = []
        self._snapshot = self._composed(frozenset(), None)

    @property
    def snapshot(self) -> Snapshot:
        return self._snapshot

    def part(self, key: Key) -> ClusterPart:
        """The cluster of a set. Raises LookupError for a key that names none of the clusters."""
        return self.parts[cluster_of(key)]

    def now(self) -> datetime:
        """The time of this machine: each cluster has a clock of its own."""
        return self._clock.now()

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        self._listeners.append(listener)

        def unsubscribe() -> None:
            with contextlib.suppress(ValueError):
                self._listeners.remove(listener)

        return unsubscribe

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for part in self.parts.values():
                tasks.create_task(self._run_part(part), name=f"cluster {part.cluster}")
            tasks.create_task(self._publish_when_due(), name="publish")

    def contexts(self) -> Sequence[str]:
        return tuple(self.parts)

    async def namespaces(self) -> NamespaceList:
        """Those of all clusters that answer."""
        lists = await asyncio.gather(*(self._namespaces_of(part) for part in self.parts.values()))
        names = {name for listed in lists for name in listed.names}
        problems = [
            f"{name}: {listed.problem}" for name, listed in zip(self.parts, lists, strict=True) if listed.problem
        ]
        return NamespaceList(tuple(sorted(names)), "; ".join(problems))

    async def set_keys(self) -> Sequence[Key]:
        return sorted(self._snapshot.fleet.sets)

    async def select_namespaces(self, namespaces: tuple[str, ...]) -> None:
        await asyncio.gather(*(part.select_namespaces(namespaces) for part in self.parts.values()))

    def retry(self) -> None:
        for part in self.parts.values():
            part.retry()

    def open(self, key: Key | None) -> None:
        for part in self.parts.values():
            part.open(key if key is not None and part.cluster == cluster_of(key) else None)

    def in_sight(self, keys: Collection[Key]) -> None:
        by_cluster = defaultdict[str, list[Key]](list)
        for key in keys:
            by_cluster[cluster_of(key)].append(key)
        for part in self.parts.values():
            part.in_sight(by_cluster.get(part.cluster, ()))

    def give_way(self) -> None:
        for part in self.parts.values():
            part.give_way()

    def watch_usage(self, key: Key | None, *, again: bool = False) -> None:
        for part in self.parts.values():
            part.watch_usage(key if key is not None and part.cluster == cluster_of(key) else None, again=again)

    async def record(self, path: Path | None) -> None:
        if path is not None:
            raise CannotRecord("a recording is of one cluster: start stsview with one --context")

    async def switch_context(self, context: str) -> None:
        raise CannotStart(f"{context} is not among the clusters shown: start stsview with --context {context}")

    async def _namespaces_of(self, part: ClusterPart) -> NamespaceList:
        known = tuple(sorted({key.namespace for key in part.snapshot.fleet.sets}))
        if part.snapshot.health.link not in CURRENT:
            return NamespaceList(known, "not connected")
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                return await part.namespaces()
        except TimeoutError:
            return NamespaceList(known, "no answer")

    async def _run_part(self, part: ClusterPart) -> None:
        """Run one cluster. Whatever ends it is its own state, and none of the others' concern."""
        try:
            await part.run()
        except CannotStart as error:
            part.fail(str(error))
        except Exception as raised:
            _log.exception("reading %s failed", part.cluster)
            fault = raised
            while isinstance(fault, ExceptionGroup):
                fault = fault.exceptions[0]
            part.fail(f"internal error, stsview stopped reading {part.cluster}: {type(fault).__name__}: {fault}")

    async def _publish_when_due(self) -> None:
        while True:
            await self._dirty.wait()
            self._dirty.clear()
            self._publish()
            await self._clock.sleep(FLUSH_SECONDS)

    def _publish(self) -> None:
        changed = frozenset[Key]().union(*[part.take() for part in self.parts.values()])
        self._snapshot = self._composed(changed, None if changed else self._snapshot)
        for listener in tuple(self._listeners):
            listener(self._snapshot)

    def _composed(self, changed: frozenset[Key], before: Snapshot | None) -> Snapshot:
        """`before` is the last snapshot if no set differs from it."""
        shown = [part.snapshot for part in self.parts.values()]
        now = self.now()
        states = tuple(
            ClusterState(part.cluster, part.snapshot.scope, part.snapshot.health, part.now() - now)
            for part in self.parts.values()
        )
        return Snapshot(
            before.fleet if before is not None else composed_fleet([one.fleet for one in shown]),
            composed_scope(states),
            composed_health(states),
            now,
            changed,
            # One set is open, so that at most one cluster has each of these.
            next((one.detail for one in shown if one.detail is not None), None),
            next((one.log_tail for one in shown if one.log_tail is not None), None),
            shown[0].disabled_rules,
            next((one.usage for one in shown if one.usage is not None), None),
            clusters=states,
        )
