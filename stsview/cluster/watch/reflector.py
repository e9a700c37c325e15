"""List and watch one kind, for ever (client-go's tools/cache/reflector.go is the model)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING, Any

from stsview.clock import Clock
from stsview.cluster.errors import ClusterError, Forbidden, Rejected, TimedOut, Unreachable
from stsview.cluster.http.http_errors import status_error
from stsview.cluster.http.session import JSON, METADATA_WATCH, Session
from stsview.cluster.watch.list_pager import is_history_older, list_all, selector
from stsview.cluster.watch.retry_policy import RetryPolicy, StreamEnd
from stsview.cluster.watch.undecodable import UndecodableObjects
from stsview.cluster.watch.watch_events import LineBuffer, WatchEvent, decode_event
from stsview.objects.kinds import Kind, KubernetesObject
from stsview.objects.meta import Key
from stsview.objects.stream_messages import Applied, Batch, Deleted, StreamHealth, StreamPhase

if TYPE_CHECKING:
    from stsview.cluster.http.transport import Response

_log = logging.getLogger(__name__)
# Without a handler of the program's, warnings would be written over the screen.
_log.addHandler(logging.NullHandler())

_RENEWAL_SECONDS = (300, 600)
"""A watch is asked to end after a random time, so that the load spreads again after a server has come back."""

_QUIETLY = frozenset({StreamPhase.POLLED, StreamPhase.FORBIDDEN, StreamPhase.ABSENT})
"""Phases that go on while the next try is under way."""

_HERD_SECONDS = 0.5
"""Over how long the reflectors' tries are spread when the server is back."""


@dataclass(frozen=True, slots=True)
class ReflectorSettings:
    """Seconds of real time: it is the sockets that they are for."""

    answer_seconds: float = 30.0
    """How long the head of an answer may take."""
    list_silence_seconds: float = 10.0
    """A streaming list that is silent for longer is not one: the server does not know the parameter."""
    watch_silence_seconds: float = 75.0
    """Servers send bookmarks about once a minute; a watch without any word for longer is half-open."""
    unmarked_silence_seconds: float = 660.0
    """The same where no bookmarks come: longer than a watch is asked to last. That the peer is gone is noticed by TCP's
    keepalive all the same."""


class _NoStreamingLists(ClusterError):
    """The server does not do streaming lists."""


class Reflector:
    """Keeps telling what there is of one kind in one namespace, or (empty) in all.

    `on_batch` gets the whole list first, and again whenever the watch could not be resumed, as a batch with `replace`;
    in between, what each chunk of the watch brought. Events may come twice, never out of order. `on_health` gets each
    change in how the stream is. Both are called in the event loop, and not after `run` has ended.
    """

    def __init__(
        self,
        session: Session,
        kind: Kind,
        namespace: str,
        on_batch: Callable[[Batch], None],
        on_health: Callable[[StreamHealth], None],
        clock: Clock,
        random: Random,
        settings: ReflectorSettings | None = None,
    ) -> None:
        self._session = session
        self._kind = kind
        self._namespace = namespace
        self._on_batch = on_batch
        self._on_health = on_health
        self._clock = clock
        self._random = random
        self._settings = settings or ReflectorSettings()
        self._retry = RetryPolicy(kind, namespace, random)
        self._health = StreamHealth(kind=kind, namespace=namespace)
        self._work: asyncio.Task[None] | None = None
        self._resource_version = ""
        self._in_doubt = False
        self._opened_at: float | None = None
        self._frames = False
        self._listed = False
        self._opened_before = False
        self._half_a_list = False
        self._unreadable = UndecodableObjects()

    def reconnect(self) -> None:
        """Drop the connection and go on at once from where it was; for a machine that has slept."""
        self._retry.reset_backoff()
        self._in_doubt = True
        if self._work is not None:
            self._work.cancel()

    async def run(self) -> None:
        """List and watch until cancelled; raises nothing else."""
        try:
            while True:
                self._work = asyncio.create_task(self._list_and_watch(), name=f"list and watch {self._kind.resource}")
                await asyncio.wait((self._work,))
                if self._health.phase not in _QUIETLY:
                    self._lost()
        finally:
            if self._work is not None:
                self._work.cancel()
                await asyncio.wait((self._work,))
                self._work = None
            self._report(phase=StreamPhase.STOPPED, retry_at=None)

    async def _list_and_watch(self) -> None:
        while True:
            self._opened_at, self._frames, self._listed = None, False, False
            if self._health.phase not in _QUIETLY:
                self._report(phase=StreamPhase.LISTING)
            self._report(retry_at=None)
            fault: ClusterError | None = None
            try:
                await self._one_stream()
            except _NoStreamingLists:
                self._session.streaming_lists = False
                continue
            except ClusterError as error:
                fault = error
            except Exception as error:
                _log.exception("%s: the reflector of %s failed", self._session.config.address, self._kind.resource)
                fault = ClusterError(f"internal error: {type(error).__name__} while reading {self._kind.resource}")
                self._resource_version, self._frames = "", False
            polled = self._listed and isinstance(fault, Forbidden)
            opened = self._opened_at is not None
            lived = self._clock.monotonic() - (self._opened_at or 0.0) if opened else 0.0
            plan = self._retry.next_step(StreamEnd(fault, opened, lived, self._frames, polled), self._health.synced)
            if plan.relist:
                self._resource_version = ""
            self._in_doubt = self._in_doubt or plan.doubt
            # Nothing is getting old of what is kept up by lists, or not shown at all.
            quiet = {"disconnected_at": None, "synced": polled} if plan.phase in _QUIETLY else {}
            if not quiet:
                self._lost()
            if plan.phase is not StreamPhase.LISTING:
                retry_at = self._clock.monotonic() + plan.delay
                self._report(phase=plan.phase, problem=plan.problem, retry_at=retry_at, **quiet)
                await self._wait(plan.delay, early=isinstance(fault, Unreachable))

    async def _wait(self, seconds: float, *, early: bool) -> None:
        """Sleep; with `early`, only until somebody else gets through to the server, and a random moment more."""
        if not early:
            await self._clock.sleep(seconds)
            return
        waits = [
            asyncio.create_task(self._clock.sleep(seconds)),
            asyncio.create_task(self._session.wait_until_reachable()),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            answered = waits[1].done()
        finally:
            for task in waits:
                task.cancel()
            await asyncio.wait(waits)
        if answered:
            await self._clock.sleep(self._random.uniform(0, _HERD_SECONDS))

    async def _one_stream(self) -> None:
        """List if need be, and watch; returns when the server ends the watch in good order."""
        if self._resource_version and self._in_doubt:
            if await is_history_older(self._session, self._kind, self._namespace, self._resource_version):
                self._resource_version = ""
            self._heard()
        self._in_doubt = False
        if not self._resource_version and not self._session.streaming_lists:
            await self._paged_list()
        try:
            if self._resource_version:
                await self._watch()
            else:
                await self._streaming_list_and_watch()
        except Forbidden:
            if self._opened_at is None and not self._listed:
                await self._paged_list()
            raise

    async def _paged_list(self) -> None:
        self._report(loaded=0, remaining=None)
        listing = await list_all(self._session, self._kind, self._namespace, self._progress)
        self._replace(listing.objects, listing.resource_version, listing.unreadable)
        self._listed = True

    def _progress(self, loaded: int, remaining: int | None) -> None:
        self._heard(
            phase=StreamPhase.POLLED if self._health.phase is StreamPhase.POLLED else StreamPhase.LISTING,
            loaded=loaded,
            remaining=remaining,
        )

    async def _streaming_list_and_watch(self) -> None:
        """Watch with `sendInitialEvents`: the list comes as events, up to a bookmark that says so (KEP-3157)."""
        query = [("sendInitialEvents", "true"), ("resourceVersionMatch", "NotOlderThan")]
        async with AsyncExitStack() as stack:
            try:
                answer = await self._open(stack, query)
            except Rejected as error:
                raise _NoStreamingLists from error
            self._report(loaded=0, remaining=None)
            staged: dict[Key, KubernetesObject] = {}
            unreadable = UndecodableObjects()
            lines = LineBuffer()
            while True:
                try:
                    async with asyncio.timeout(self._settings.list_silence_seconds):
                        chunk = await anext(answer, b"")
                except TimeoutError as error:
                    raise _NoStreamingLists from error
                if not chunk:
                    if self._half_a_list:
                        raise _NoStreamingLists
                    self._half_a_list = True
                    raise Unreachable(
                        f"{self._session.config.address} ended the list of {self._kind.resource} half-way"
                    )
                frames = [decode_event(line, self._kind) for line in lines.feed(chunk)]
                end = next((index for index, frame in enumerate(frames) if frame.initial_end), None)
                listed = frames if end is None else frames[:end]
                self._count(listed)
                unreadable.update(listed)
                for frame in listed:
                    self._stage(frame, staged)
                if end is not None:
                    self._replace(tuple(staged.values()), frames[end].resource_version, unreadable)
                    self._live()
                    self._apply(frames[end + 1 :])
                    break
                self._report(loaded=len(staged))
            await self._follow(answer, lines)

    def _stage(self, frame: WatchEvent, staged: dict[Key, KubernetesObject]) -> None:
        if frame.failure is not None:
            self._fail(frame)
        if frame.bookmark:
            # A bookmark of the ordinary kind: this is no list, but what an old server begins every watch with.
            raise _NoStreamingLists
        match frame.change:
            case Applied(found):
                staged[found.metadata.key] = found
            case Deleted(found):
                staged.pop(found.metadata.key, None)

    async def _watch(self) -> None:
        async with AsyncExitStack() as stack:
            answer = await self._open(stack, [("resourceVersion", self._resource_version)])
            self._live()
            await self._follow(answer, LineBuffer())

    async def _follow(self, answer: Response, lines: LineBuffer) -> None:
        async for chunk in answer:
            self._apply([decode_event(line, self._kind) for line in lines.feed(chunk)])
        if lines.unfinished:
            raise Unreachable(
                f"{self._session.config.address} ended the watch of {self._kind.resource} within an event"
            )

    async def _open(self, stack: AsyncExitStack, query: list[tuple[str, str]]) -> Response:
        query = [
            ("watch", "true"),
            ("allowWatchBookmarks", "true"),
            ("timeoutSeconds", str(self._random.randint(*_RENEWAL_SECONDS))),
            *query,
            *selector(self._kind),
        ]
        stream = self._session.stream(
            self._kind.path(self._namespace),
            query=query,
            accept=METADATA_WATCH if self._kind.metadata_only else JSON,
            read_seconds=self._settings.watch_silence_seconds
            if self._kind.bookmarked
            else self._settings.unmarked_silence_seconds,
        )
        await self._session.log_in()
        try:
            async with asyncio.timeout(self._settings.answer_seconds):
                answer = await stack.enter_async_context(stream)
        except TimeoutError as error:
            raise TimedOut(f"{self._session.config.address} does not answer") from error
        self._opened_at = self._clock.monotonic()
        self._heard(phase=StreamPhase.LISTING, reconnects=self._health.reconnects + self._opened_before)
        self._opened_before = True
        return answer

    def _apply(self, frames: list[WatchEvent]) -> None:
        """Pass on what one chunk of the watch brought, up to a failure if it tells of one."""
        failed = next((index for index, frame in enumerate(frames) if frame.failure is not None), len(frames))
        told = frames[:failed]
        self._count(told)
        self._unreadable.update(told)
        self._report(malformed=len(self._unreadable), malformed_keys=self._unreadable.keys)
        changes = tuple(frame.change for frame in told if frame.change is not None)
        if changes:
            self._on_batch(Batch(self._kind, changes, namespace=self._namespace))
        for frame in told:
            self._resource_version = frame.resource_version or self._resource_version
        if failed < len(frames):
            self._fail(frames[failed])

    def _count(self, frames: list[WatchEvent]) -> None:
        self._frames = self._frames or any(frame.change is not None or frame.bookmark for frame in frames)
        self._heard()

    def _replace(
        self, objects: tuple[KubernetesObject, ...], resource_version: str, unreadable: UndecodableObjects
    ) -> None:
        self._on_batch(Batch(self._kind, tuple(map(Applied, objects)), replace=True, namespace=self._namespace))
        self._resource_version = resource_version
        self._unreadable = unreadable
        self._report(
            synced=True,
            loaded=len(objects),
            remaining=None,
            malformed=len(unreadable),
            malformed_keys=unreadable.keys,
            as_of=self._clock.monotonic(),
        )

    def _fail(self, frame: WatchEvent) -> None:
        assert frame.failure is not None  # noqa: S101 - both callers looked
        raise status_error(frame.failure, self._session.config.address, self._session.config.user)

    def _live(self) -> None:
        now = self._clock.monotonic()
        self._report(phase=StreamPhase.LIVE, as_of=now, disconnected_at=None, retry_at=None, problem="")

    def _lost(self) -> None:
        """The picture is no longer kept up to date."""
        if self._health.disconnected_at is None:
            self._report(phase=StreamPhase.LISTING, disconnected_at=self._clock.monotonic())

    def _heard(self, **changes: Any) -> None:
        now = self._clock.monotonic()
        # A list in progress, or another answer, does not make younger what is shown meanwhile.
        as_of = now if self._health.phase is StreamPhase.LIVE else self._health.as_of
        self._report(last_event_at=now, as_of=as_of, **changes)

    def _report(self, **changes: Any) -> None:
        health = replace(self._health, **changes)
        if health == self._health:
            return
        self._health = health
        try:
            self._on_health(health)
        except Exception:
            _log.exception("nobody could be told how the stream of %s is", self._kind.resource)
