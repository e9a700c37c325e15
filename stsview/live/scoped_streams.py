"""What is read of one cluster: all namespaces at once where that is allowed, else those that may be read."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from stsview.clock import Clock
from stsview.cluster.backoff import Backoff
from stsview.cluster.errors import ClusterError
from stsview.cluster.http.session import Session
from stsview.cluster.watch.reflector import ReflectorSettings
from stsview.live.access_search import FURTHER_SECONDS, REVIEW_SECONDS, AccessSearch, ReadableNamespaces
from stsview.live.snapshot import Scope
from stsview.live.stream_plan import plan_streams
from stsview.live.streams import Streams
from stsview.live.waiting import wait_for_work
from stsview.objects.kinds import STATEFULSETS, WATCHED, Kind
from stsview.objects.stream_messages import Applied, Batch, StreamHealth, StreamPhase


@dataclass(frozen=True, slots=True)
class StreamCallbacks:
    """Who is told what, always in the event loop and from one caller at a time."""

    batch: Callable[[Batch], None]
    health: Callable[[StreamHealth], None]
    ended: Callable[[Kind, str], None]
    """A kind is no longer read in a namespace (empty: in all at once)."""
    scope: Callable[[], None]
    """`ScopedStreams.scope` is another, or how far the search for it has come."""
    fault: Callable[[Exception], None]
    """A fault of ours; nothing goes on after it."""


class ScopedStreams:
    """Keeps the streams that what is asked for takes, and those that are allowed in the place of others that are not.

    Where sets may not be listed in all namespaces, those are looked for in which they may, now and every few minutes,
    unless all or nothing was asked for. When a right is given, what it allows is read soon, by itself.
    """

    def __init__(
        self,
        session: Session,
        asked: Scope,
        clock: Clock,
        dice: random.Random,
        callbacks: StreamCallbacks,
        settings: ReflectorSettings | None = None,
    ) -> None:
        self.settled = False
        """Whether the picture of this scope has been whole; set by whoever judges it."""
        self.problem = ""
        """Why it cannot be said which namespaces may be read, while it cannot."""
        self._asked = asked
        self._clock = clock
        self._dice = dice
        self._callbacks = callbacks
        self._streams = Streams(session, clock, dice, self._told, self._heard, settings)
        self._search = AccessSearch(session)
        self._backoff = Backoff(dice)
        self._readable: ReadableNamespaces | None = None
        self._inhabited: set[str] = set()
        self._refused: set[str] = set()
        self._look_now = asyncio.Event()
        self._looking: asyncio.Task[None] | None = None

    @property
    def asked(self) -> Scope:
        return self._asked

    @property
    def scope(self) -> Scope:
        """What is looked at, and why it is no more than that."""
        if self._readable is None:
            return self._asked
        found = self._readable
        return replace(self._asked, namespaces=found.namespaces, limit=found.limit, total=found.total)

    @property
    def searching(self) -> bool:
        """Whether it is not known yet which namespaces may be read."""
        return self._narrow and self._readable is None

    @property
    def health(self) -> tuple[StreamHealth, ...]:
        """Of every stream."""
        return self._streams.health

    @property
    def judged(self) -> tuple[StreamHealth, ...]:
        """Of those that the picture rests on: not of one that was refused, and has others in its place or no use."""
        refusal = self._readable.refusal if self._readable is not None and not self._readable.namespaces else ""
        in_one = {stream.kind.name for stream in self.health if stream.namespace}
        judged: list[StreamHealth] = []
        for stream in self.health:
            if stream.namespace or stream.kind.name not in self._refused:
                judged.append(stream)
            elif stream.kind is not STATEFULSETS:
                judged += [stream] if self._inhabited and stream.kind.name not in in_one else []
            elif refusal or not self._narrow:
                judged.append(replace(stream, problem=refusal or stream.problem))
        return tuple(judged)

    def start(self) -> None:
        self._keep()
        self._looking = asyncio.create_task(self._look_when_due(), name="rights")
        self._looking.add_done_callback(self._look_ended)

    async def stop(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait((self._looking,))
        await self._streams.stop()

    def reconnect(self) -> None:
        """Drop every connection and resume at once; for a machine that has slept."""
        self._streams.reconnect()

    def retry(self) -> None:
        """Try at once whatever waits for its next try, and look for further namespaces that may be read."""
        self._streams.retry()
        self._look_now.set()

    def ask(self, asked: Scope) -> None:
        """Ask for the same namespaces, but say otherwise whether fewer will do."""
        self._asked = asked
        if self.searching:
            self.settled = False
        self._look_now.set()
        self._callbacks.scope()

    @property
    def _narrow(self) -> bool:
        """Whether it is in single namespaces that sets have to be looked for."""
        return not self._asked.namespaces and not self._asked.strict and STATEFULSETS.name in self._refused

    def _keep(self) -> None:
        readable = self._readable.namespaces if self._readable is not None else ()
        if self._narrow:
            self._inhabited.intersection_update(readable)
        streams = plan_streams(WATCHED, self._asked.namespaces, readable, self._inhabited, self._refused)
        for kind, namespace in self._streams.reconcile(streams):
            self._callbacks.ended(kind, namespace)

    def _told(self, batch: Batch) -> None:
        self._callbacks.batch(batch)
        if batch.kind is STATEFULSETS:
            found = {one.object.metadata.namespace for one in batch.changes if isinstance(one, Applied)}
            if not found <= self._inhabited:
                self._inhabited |= found
                self._keep()

    def _heard(self, health: StreamHealth) -> None:
        self._callbacks.health(health)
        if health.namespace or not health.kind.namespaced:
            return
        name = health.kind.name
        if health.phase is StreamPhase.FORBIDDEN and name not in self._refused:
            self._refused.add(name)
            if health.kind is STATEFULSETS and self._narrow:
                self.settled = False
                self._look_now.set()
        elif health.synced and name in self._refused:
            self._refused.discard(name)
            if health.kind is STATEFULSETS:
                self._readable = None
        else:
            return
        self._keep()
        self._callbacks.scope()

    async def _look_when_due(self) -> None:
        due: float | None = None
        while True:
            await wait_for_work(self._clock, self._look_now, due)
            self._look_now.clear()
            due = None
            if self._narrow:
                due = self._clock.monotonic() + await self._look()

    async def _look(self) -> float:
        """Returns in how many seconds to look again."""
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
        if self._narrow:
            self._readable = found
            self._keep()
        self._callbacks.scope()
        seconds = REVIEW_SECONDS if found.asked >= (found.total or 0) else FURTHER_SECONDS
        return seconds * self._dice.uniform(0.9, 1.1)

    def _look_ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and isinstance(error := task.exception(), Exception):
            self._callbacks.fault(error)
