"""The reflectors of one session, and their health."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterable
from functools import partial

import msgspec

from stsview.clock import Clock
from stsview.cluster.http.session import Session
from stsview.cluster.watch.reflector import Reflector, ReflectorSettings
from stsview.live.stream_plan import StreamKey
from stsview.objects.kinds import Kind
from stsview.objects.stream_messages import Batch, StreamHealth, StreamPhase

FIRST_LISTS = 16
"""How many first lists run at a time: enough for one of every kind. With hundreds of streams, those that the screen
needs first go first, and the server gets no burst."""

STUCK_SECONDS = 2.0
"""An attempt in progress that has received nothing for this long can be retried."""


class _Stream(msgspec.Struct, eq=False):
    kind: Kind
    namespace: str
    health: StreamHealth
    reflector: Reflector | None = None
    task: asyncio.Task[None] | None = None
    holds_slot: bool = False
    stopped: bool = False


class Streams:
    """One reflector for each kind and namespace.

    `on_batch` and `on_health` are called in the event loop, one at a time, never for a stream that was stopped, and not
    at all after `stop` has returned.
    """

    def __init__(
        self,
        session: Session,
        clock: Clock,
        rng: random.Random,
        on_batch: Callable[[Batch], None],
        on_health: Callable[[StreamHealth], None],
        settings: ReflectorSettings | None = None,
    ) -> None:
        self._session = session
        self._clock = clock
        self._rng = rng
        self._on_batch = on_batch
        self._on_health = on_health
        self._settings = settings
        self._streams: dict[StreamKey, _Stream] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(FIRST_LISTS)

    @property
    def health(self) -> tuple[StreamHealth, ...]:
        return tuple(stream.health for stream in self._streams.values())

    def reconcile(self, desired: Iterable[StreamKey]) -> list[StreamKey]:
        """Start and stop reflectors so that exactly these streams run.

        Returns those that were stopped.

        New ones start in the given order, a few lists at a time.
        """
        desired_streams = dict.fromkeys(desired)
        stopped = [key for key in self._streams if key not in desired_streams]
        for key in stopped:
            stream = self._streams.pop(key)
            stream.stopped = True
            assert stream.task is not None  # noqa: S101 - every stream in the table was started
            stream.task.cancel()
        for key in desired_streams:
            if key not in self._streams:
                self._start(*key)
        return stopped

    async def stop(self) -> None:
        self.reconcile(())
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def reconnect(self) -> None:
        """Drop every connection and resume at once.

        After a suspend of the machine they are half-open.
        """
        for stream in self._streams.values():
            self._reconnect(stream)

    def retry(self) -> None:
        """Retry at once whatever is waiting; streams that are connected continue."""
        now = self._clock.monotonic()
        for stream in self._streams.values():
            if stream.health.retry_at is not None or _stuck(stream.health, now):
                self._reconnect(stream)

    def _start(self, kind: Kind, namespace: str) -> None:
        stream = _Stream(kind, namespace, StreamHealth(kind=kind, namespace=namespace))
        stream.reflector = Reflector(
            self._session,
            kind,
            namespace,
            on_batch=partial(self._on_stream_batch, stream),
            on_health=partial(self._on_stream_health, stream),
            clock=self._clock,
            random=self._rng,
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
            self._release_slot(stream)

    def _release_slot(self, stream: _Stream) -> None:
        if stream.holds_slot:
            stream.holds_slot = False
            self._slots.release()

    @staticmethod
    def _reconnect(stream: _Stream) -> None:
        if stream.reflector is not None:
            stream.reflector.reconnect()

    def _on_stream_batch(self, stream: _Stream, batch: Batch) -> None:
        if not stream.stopped:
            self._on_batch(batch)

    def _on_stream_health(self, stream: _Stream, health: StreamHealth) -> None:
        if health.synced or health.retry_at is not None:
            self._release_slot(stream)
        if not stream.stopped:
            stream.health = health
            self._on_health(health)


def _stuck(health: StreamHealth, now: float) -> bool:
    """Whether an attempt to connect has received nothing for a while."""
    if health.phase is not StreamPhase.LISTING or health.disconnected_at is None:
        return False
    last_sign = max(health.disconnected_at, health.last_event_at or 0.0)
    return now - last_sign >= STUCK_SECONDS
