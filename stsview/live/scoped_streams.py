"""The streams for a requested scope: all namespaces, else the readable ones."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

import msgspec
from msgspec.structs import replace

from stsview.clock import Clock
from stsview.cluster.backoff import Backoff
from stsview.cluster.errors import ClusterError
from stsview.cluster.http.session import Session
from stsview.cluster.watch.reflector import ReflectorSettings
from stsview.live.access_search import FURTHER_SECONDS, REVIEW_SECONDS, AccessSearch, ReadableNamespaces
from stsview.live.gaps import UNREADABLE
from stsview.live.snapshot import Scope
from stsview.live.stream_plan import plan_streams
from stsview.live.streams import Streams
from stsview.live.waiting import wait_for_work
from stsview.objects.kinds import STATEFULSETS, WATCHED, Kind
from stsview.objects.stream_messages import Applied, Batch, StreamHealth, StreamPhase


class StreamCallbacks(msgspec.Struct, frozen=True):
    """What to call on changes; always in the event loop, one call at a time."""

    batch: Callable[[Batch], None]
    health: Callable[[StreamHealth], None]
    ended: Callable[[Kind, str], None]
    """A kind is no longer read in a namespace (empty: in all)."""
    scope: Callable[[], None]
    """`ScopedStreams.scope`, or the progress of the search for it, has changed."""
    fault: Callable[[Exception], None]
    """A bug was hit; nothing runs after it."""


class ScopedStreams:
    """Keeps the streams of the requested scope.

    Per-namespace streams replace cluster-wide ones that are forbidden.

    When StatefulSets must not be listed in all namespaces, searches for namespaces in which they may, now and every few
    minutes, unless the scope is strict. New permissions are noticed and used without a restart.
    """

    def __init__(
        self,
        session: Session,
        requested: Scope,
        clock: Clock,
        rng: random.Random,
        callbacks: StreamCallbacks,
        settings: ReflectorSettings | None = None,
    ) -> None:
        self.settled = False
        """Whether the picture of this scope has been complete; set by the caller that judges it."""
        self.problem = ""
        """Why the search for readable namespaces failed; empty while it has not."""
        self._requested = requested
        self._clock = clock
        self._rng = rng
        self._callbacks = callbacks
        self._streams = Streams(session, clock, rng, self._on_batch, self._on_health, settings)
        self._search = AccessSearch(session)
        self._backoff = Backoff(rng)
        self._readable: ReadableNamespaces | None = None
        self._with_sets: set[str] = set()
        self._forbidden: set[str] = set()
        self._search_now = asyncio.Event()
        self._search_task: asyncio.Task[None] | None = None

    @property
    def requested(self) -> Scope:
        return self._requested

    @property
    def scope(self) -> Scope:
        """The scope that is read, with the reason if it is smaller than requested."""
        if self._readable is None:
            return self._requested
        found = self._readable
        return replace(self._requested, namespaces=found.namespaces, limit=found.limit, total=found.total)

    @property
    def searching(self) -> bool:
        """Whether it is not known yet which namespaces are readable."""
        return self._per_namespace and self._readable is None

    @property
    def health(self) -> tuple[StreamHealth, ...]:
        """The health of every stream."""
        return self._streams.health

    @property
    def relevant_health(self) -> tuple[StreamHealth, ...]:
        """The health of the streams that matter.

        Leaves out forbidden ones that others replace or that are not needed.
        """
        refusal = self._readable.refusal if self._readable is not None and not self._readable.namespaces else ""
        # A stream that has not answered yet replaces nothing: the kind is a gap until then.
        in_one = {
            stream.kind.name
            for stream in self.health
            if stream.namespace and (stream.synced or stream.phase in UNREADABLE)
        }
        relevant: list[StreamHealth] = []
        for stream in self.health:
            if stream.namespace or stream.kind.name not in self._forbidden:
                relevant.append(stream)
            elif stream.kind is not STATEFULSETS:
                relevant += [stream] if self._with_sets and stream.kind.name not in in_one else []
            elif refusal or not self._per_namespace:
                relevant.append(replace(stream, problem=refusal or stream.problem))
        return tuple(relevant)

    def start(self) -> None:
        self._update_streams()
        self._search_task = asyncio.create_task(self._search_when_due(), name="access search")
        self._search_task.add_done_callback(self._on_search_end)

    async def stop(self) -> None:
        if self._search_task is not None:
            self._search_task.cancel()
            await asyncio.wait((self._search_task,))
        await self._streams.stop()

    def reconnect(self) -> None:
        """Drop every connection and resume at once, as after a suspend of the machine."""
        self._streams.reconnect()

    def retry(self) -> None:
        """Retry at once whatever is waiting, and search for further readable namespaces."""
        self._streams.retry()
        self._search_now.set()

    def request(self, requested: Scope) -> None:
        """Request the same namespaces, with another strictness."""
        self._requested = requested
        if self.searching:
            self.settled = False
        self._search_now.set()
        self._callbacks.scope()

    @property
    def _per_namespace(self) -> bool:
        """Whether StatefulSets must be read namespace by namespace."""
        return not self._requested.namespaces and not self._requested.strict and STATEFULSETS.name in self._forbidden

    def _update_streams(self) -> None:
        readable = self._readable.namespaces if self._readable is not None else ()
        if self._per_namespace:
            self._with_sets.intersection_update(readable)
        streams = plan_streams(WATCHED, self._requested.namespaces, readable, self._with_sets, self._forbidden)
        for kind, namespace in self._streams.reconcile(streams):
            self._callbacks.ended(kind, namespace)

    def _on_batch(self, batch: Batch) -> None:
        self._callbacks.batch(batch)
        if batch.kind is STATEFULSETS:
            found = {one.object.metadata.namespace for one in batch.changes if isinstance(one, Applied)}
            if not found <= self._with_sets:
                self._with_sets |= found
                self._update_streams()

    def _on_health(self, health: StreamHealth) -> None:
        self._callbacks.health(health)
        if health.namespace or not health.kind.namespaced:
            return
        name = health.kind.name
        if health.phase is StreamPhase.FORBIDDEN and name not in self._forbidden:
            self._forbidden.add(name)
            if health.kind is STATEFULSETS and self._per_namespace:
                self.settled = False
                self._search_now.set()
        elif health.synced and name in self._forbidden:
            self._forbidden.discard(name)
            if health.kind is STATEFULSETS:
                self._readable = None
        else:
            return
        self._update_streams()
        self._callbacks.scope()

    async def _search_when_due(self) -> None:
        due: float | None = None
        while True:
            await wait_for_work(self._clock, self._search_now, due)
            self._search_now.clear()
            due = None
            if self._per_namespace:
                due = self._clock.monotonic() + await self._search_once()

    async def _search_once(self) -> float:
        """Search once; returns the seconds until the next search."""
        held = self._readable.namespaces if self._readable is not None else ()
        doubted = {s.namespace for s in self.health if s.kind is STATEFULSETS and s.phase is StreamPhase.FORBIDDEN}
        try:
            found = await self._search.search(held, doubted)
        except ClusterError as error:
            self.problem = str(error)
            self._callbacks.scope()
            return self._backoff.delay()
        self._backoff.reset()
        self.problem = ""
        if self._per_namespace:
            self._readable = found
            self._update_streams()
        self._callbacks.scope()
        seconds = REVIEW_SECONDS if found.reviewed >= (found.total or 0) else FURTHER_SECONDS
        return seconds * self._rng.uniform(0.9, 1.1)

    def _on_search_end(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and isinstance(error := task.exception(), Exception):
            self._callbacks.fault(error)
