"""The reflectors of one session: those that are wanted, and no others; their health in one place."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from stsview.clock import Clock
from stsview.cluster.http.session import Session
from stsview.cluster.watch.reflector import Reflector, ReflectorSettings
from stsview.live.stream_plan import StreamKey
from stsview.objects.kinds import Kind
from stsview.objects.stream_messages import Batch, StreamHealth, StreamPhase

FIRST_LISTS = 16
"""So many may be under way at a time: one of every kind, so that the first picture waits for none; of hundreds, those
that the screen needs first have the line, and no server gets a burst."""

STUCK_SECONDS = 2.0
"""After so long without a word, a try that is under way counts as one that waits."""


@dataclass(eq=False, slots=True)
class _Stream:
    kind: Kind
    namespace: str
    health: StreamHealth
    reflector: Reflector | None = None
    task: asyncio.Task[None] | None = None
    holds_slot: bool = False
    ended: bool = False


class Streams:
    """One reflector for each kind and namespace that is wanted.

    `on_batch` and `on_health` are called in the event loop, never at the same time, and never for a stream that has
    been ended; nor is anything after `stop` has returned.
    """

    def __init__(
        self,
        session: Session,
        clock: Clock,
        dice: random.Random,
        on_batch: Callable[[Batch], None],
        on_health: Callable[[StreamHealth], None],
        settings: ReflectorSettings | None = None,
    ) -> None:
        self._session = session
        self._clock = clock
        self._dice = dice
        self._on_batch = on_batch
        self._on_health = on_health
        self._settings = settings
        self._streams: dict[StreamKey, _Stream] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(FIRST_LISTS)

    @property
    def health(self) -> tuple[StreamHealth, ...]:
        return tuple(stream.health for stream in self._streams.values())

    def reconcile(self, wanted: Iterable[StreamKey]) -> list[StreamKey]:
        """Read these kinds in these namespaces, and nothing else; returns what was read until now and is not any more.

        What is new begins in the given order, a few lists at a time.
        """
        kept = dict.fromkeys(wanted)
        ended = [at for at in self._streams if at not in kept]
        for at in ended:
            stream = self._streams.pop(at)
            stream.ended = True
            assert stream.task is not None  # noqa: S101 - every stream that is held was begun
            stream.task.cancel()
        for at in kept:
            if at not in self._streams:
                self._begin(*at)
        return ended

    async def stop(self) -> None:
        self.reconcile(())
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def reconnect(self) -> None:
        """Drop every connection and resume at once: after a sleep of the machine they are dead and do not know it."""
        for stream in self._streams.values():
            self._hurry(stream)

    def retry(self) -> None:
        """Try at once whatever waits for its next try; what is being read goes on."""
        now = self._clock.monotonic()
        for stream in self._streams.values():
            if stream.health.retry_at is not None or _stuck(stream.health, now):
                self._hurry(stream)

    def _begin(self, kind: Kind, namespace: str) -> None:
        stream = _Stream(kind, namespace, StreamHealth(kind=kind, namespace=namespace))
        stream.reflector = Reflector(
            self._session,
            kind,
            namespace,
            on_batch=partial(self._told, stream),
            on_health=partial(self._heard, stream),
            clock=self._clock,
            random=self._dice,
            settings=self._settings,
        )
        stream.task = asyncio.create_task(
            self._run(stream, stream.reflector), name=f"reflector {kind.resource} {namespace}"
        )
        self._streams[kind, namespace] = stream
        self._tasks.add(stream.task)
        stream.task.add_done_callback(self._tasks.discard)

    async def _run(self, stream: _Stream, reflector: Reflector) -> None:
        await self._slots.acquire()
        stream.holds_slot = True
        try:
            await reflector.run()
        finally:
            self._give_slot_back(stream)

    def _give_slot_back(self, stream: _Stream) -> None:
        if stream.holds_slot:
            stream.holds_slot = False
            self._slots.release()

    @staticmethod
    def _hurry(stream: _Stream) -> None:
        if stream.reflector is not None:
            stream.reflector.reconnect()

    def _told(self, stream: _Stream, batch: Batch) -> None:
        if not stream.ended:
            self._on_batch(batch)

    def _heard(self, stream: _Stream, health: StreamHealth) -> None:
        if health.synced or health.retry_at is not None:
            self._give_slot_back(stream)
        if not stream.ended:
            stream.health = health
            self._on_health(health)


def _stuck(health: StreamHealth, now: float) -> bool:
    """Whether it has been trying to connect for a while."""
    if health.phase is not StreamPhase.LISTING or health.disconnected_at is None:
        return False
    heard = max(health.disconnected_at, health.last_event_at or 0.0)
    return now - heard >= STUCK_SECONDS
