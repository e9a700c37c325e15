"""Derives views at every single change of a simulated cluster.

Each kind has its own, possibly delayed, stream.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from itertools import count

import msgspec

from stsview.model.cache.coverage import Coverage, KindCoverage
from stsview.model.settings import ModelSettings
from stsview.model.store import Store
from stsview.model.views import SetView
from stsview.objects.kinds import ENDPOINT_SLICES, EVENTS, NAMED_PODS, PODS, WATCHED, Kind, KubernetesObject
from stsview.objects.meta import Key, ObjectMeta, decode
from stsview.objects.pod import Pod
from stsview.objects.stream_messages import Applied, Batch, Deleted
from stsview.simulator.apiserver.resources import PODS as POD_RESOURCE
from stsview.simulator.apiserver.resources import Kinds
from stsview.simulator.apiserver.storage.history import WatchEvent
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.cluster import SimulatedCluster
from tests.support.simulator.clusters import NAMESPACE
from tests.support.triage.every_rule import examine

_KINDS = {Kinds().by_kind(kind.api_version, kind.name): kind for kind in WATCHED}

_LABELLED = {PODS: "statefulset.kubernetes.io/pod-name", ENDPOINT_SLICES: "service.kubernetes.io/headless"}


class ClusterObserver:
    """Calls `on_view` with each new view, at the very instant at which it changes.

    `lags` are the delays of the streams in seconds; kinds that are not listed have none.
    """

    def __init__(
        self,
        cluster: SimulatedCluster,
        *,
        lags: Mapping[Kind, float] | None = None,
        on_view: Callable[[SetView, datetime], None] = lambda view, now: None,
        settings: ModelSettings | None = None,
    ) -> None:
        self._cluster = cluster
        self._lags = lags or {}
        self._on_view = on_view
        self._store = Store(settings, examine)
        self._pending: list[tuple[float, int, Kind, Applied | Deleted]] = []
        self._order = count()
        self._named: dict[Key, Pod] = {}
        now = cluster.now()
        for resource, kind in _KINDS.items():
            assert resource is not None
            self._store.cover(kind, "", KindCoverage(Coverage.COMPLETE))
            held = [Applied(_decoded(kind, one)) for one in cluster.storage.list(resource) if _selected(kind, one)]
            self._store.apply(Batch(kind, tuple(held), replace=True), now)
        cluster.storage.subscribe(self._on_watch_event)
        self._refresh()

    def view(self, name: str = "web", namespace: str = NAMESPACE) -> SetView | None:
        return self._store.fleet.sets.get(Key(namespace, name))

    def advance(self, seconds: float) -> None:
        """Let time pass, deriving views whenever something changes."""
        timeline, engine = self._cluster.timeline, self._cluster.engine
        end = timeline.monotonic() + seconds
        while True:
            self._apply_due()
            times = [engine.next_due(), self._pending[0][0] if self._pending else None]
            if (change := self._store.next_change) is not None:
                times.append(timeline.at(change))
            now = timeline.monotonic()
            due = max(now, min((at for at in times if at is not None), default=end))
            if due >= end:
                break
            self._cluster.advance(due - now)
            self._refresh()
        self._cluster.advance(end - timeline.monotonic())
        self._apply_due()
        self._refresh()

    def _on_watch_event(self, event: WatchEvent) -> None:
        kind = _KINDS.get(event.resource)
        if kind is None:
            return
        selected = event.type != "DELETED" and _selected(kind, event.object)
        if not selected and not (event.previous is not None and _selected(kind, event.previous)):
            return
        at = self._cluster.timeline.monotonic() + self._lags.get(kind, 0)
        change = (Applied if selected else Deleted)(_decoded(kind, event.object))
        heapq.heappush(self._pending, (at, next(self._order), kind, change))

    def _apply_due(self) -> None:
        """Apply one change at a time, with views derived in between."""
        while self._pending and self._pending[0][0] <= self._cluster.timeline.monotonic():
            _, _, kind, change = heapq.heappop(self._pending)
            self._store.apply(Batch(kind, (change,)), self._cluster.now())
            self._refresh()

    def _refresh(self) -> None:
        # What is due between two microseconds is due at the second of them.
        now = self._cluster.now() + timedelta(microseconds=1)
        changed = self._store.refresh(now)
        self._look_up_names(now)
        for key in changed | self._store.refresh(now):
            view = self._store.fleet.sets.get(key)
            if view is not None:
                self._on_view(view, now)

    def _look_up_names(self, now: datetime) -> None:
        """As `stsview.live.named.point_reads` does, but at once."""
        sought = {key: self._by_name(key) for key in self._store.sought}
        news: list[Applied | Deleted] = [Applied(pod) for key, pod in sought.items() if self._named.get(key) != pod]
        news += [Deleted(pod) for key, pod in self._named.items() if key not in sought]
        self._named = sought
        if news:
            self._store.apply(Batch(NAMED_PODS, tuple(news)), now)

    def _by_name(self, key: Key) -> Pod:
        found = self._cluster.storage.find(POD_RESOURCE, key.namespace, key.name)
        if found is None:
            return Pod(metadata=ObjectMeta(name=key.name, namespace=key.namespace))
        pod = _decoded(NAMED_PODS, found)
        assert isinstance(pod, Pod)
        return pod


def _selected(kind: Kind, one: Object) -> bool:
    """Whether the object is on the stream of its kind."""
    if kind is EVENTS:
        return bool(one["type"] == "Warning")
    label = _LABELLED.get(kind)
    return label is None or label in (one["metadata"].get("labels") or {})


def _decoded(kind: Kind, one: Object) -> KubernetesObject:
    return decode(msgspec.json.encode(one), kind.decoder)
