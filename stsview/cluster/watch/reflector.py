"""List and watch of one kind, with retries.

Modelled on client-go's tools/cache/reflector.go.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from random import Random
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from stsview.clock import Clock
from stsview.cluster.errors import ClusterError, Forbidden, Rejected, TimedOut, Unreachable
from stsview.cluster.http.http_errors import status_error
from stsview.cluster.http.session import JSON, METADATA_WATCH, Session
from stsview.cluster.http.turns import Turns
from stsview.cluster.watch.list_pager import is_history_older, list_all, selector
from stsview.cluster.watch.list_parts import PART, ListParts
from stsview.cluster.watch.relist import StreamEnd
from stsview.cluster.watch.retry_policy import RetryPolicy
from stsview.cluster.watch.undecodable import UndecodableObjects
from stsview.cluster.watch.watch_events import LineBuffer, WatchEvent, decode_event
from stsview.objects.kinds import STATEFULSETS, Kind
from stsview.objects.stream_messages import Applied, Batch, Deleted, StreamHealth, StreamPhase

if TYPE_CHECKING:
    from stsview.cluster.http.transport import Response

_log = logging.getLogger(__name__)

_RENEWAL_SECONDS = (300, 600)
"""A watch is limited to a random time, so that load spreads again after a server restart."""

_STABLE = frozenset({StreamPhase.POLLED, StreamPhase.FORBIDDEN, StreamPhase.ABSENT})
"""Phases that stay while the next attempt is in progress."""

_PROGRESS_SECONDS = 0.1
"""How often the progress of a list is reported."""

_SPREAD_SECONDS = 0.5
"""Over how long the retries of all reflectors are spread when the server is reachable again."""


class ReflectorSettings(msgspec.Struct, frozen=True):
    """Socket timeouts, in seconds of real time."""

    answer_seconds: float = 30.0
    """How long the headers of an answer may take."""
    list_silence_seconds: float = 10.0
    """A streaming list that sends nothing for longer is none: the server ignores the parameter."""
    watch_silence_seconds: float = 70.0
    """Servers send bookmarks about once a minute; a watch without any event for longer may be half-open, and is opened
    again."""
    unmarked_silence_seconds: float = 660.0
    """The same for kinds without bookmarks: longer than a watch lasts. TCP keepalive still detects a vanished peer."""


class _NoStreamingLists(ClusterError):
    """The server does not support streaming lists."""


class Reflector:
    """Lists and watches one kind in one namespace, or in all (empty).

    `on_batch` gets the complete list first, and again whenever the watch cannot be resumed, as a batch with `replace`;
    in between, the changes of each chunk of the watch. Events may be repeated, but are never out of order. `on_health`
    gets every change of the stream's health. Both are called in the event loop, and never after `run` has ended.
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
        # The fleet is shown once all sets are known, whatever else there is to read.
        self._turns = Turns() if kind is STATEFULSETS else session.turns
        self._retry = RetryPolicy(kind, namespace, random)
        self._health = StreamHealth(kind=kind, namespace=namespace)
        self._work: asyncio.Task[None] | None = None
        self._resource_version = ""
        self._check_history = False
        self._opened_at: float | None = None
        self._had_events = False
        self._listed = False
        self._opened_before = False
        self._list_cut_off = False
        self._progress_due = float("-inf")
        self._undecodable = UndecodableObjects()

    @property
    def _name(self) -> str:
        """The stream in the log."""
        return f"{self._kind.resource}/{self._namespace}" if self._namespace else self._kind.resource

    def reconnect(self) -> None:
        """Drop the connection and resume at once, as after a suspend of the machine."""
        self._retry.reset_backoff()
        self._check_history = True
        if self._work is not None:
            self._work.cancel()

    async def run(self) -> None:
        """List and watch until cancelled; raises nothing else."""
        try:
            while True:
                self._work = asyncio.create_task(self._list_and_watch(), name=f"list and watch {self._kind.resource}")
                await asyncio.wait((self._work,))
                if self._health.phase not in _STABLE:
                    self._report_lost()
        finally:
            if self._work is not None:
                self._work.cancel()
                await asyncio.wait((self._work,))
                self._work = None
            self._report(phase=StreamPhase.STOPPED, retry_at=None)

    async def _list_and_watch(self) -> None:
        while True:
            self._opened_at, self._had_events, self._listed = None, False, False
            if self._health.phase not in _STABLE:
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
                _log.exception("%s: reflector failed", self._name)
                fault = ClusterError(f"internal error: {type(error).__name__} while reading {self._kind.resource}")
                self._resource_version, self._had_events = "", False
            polled = self._listed and isinstance(fault, Forbidden)
            opened = self._opened_at is not None
            lasted = self._clock.monotonic() - (self._opened_at or 0.0) if opened else 0.0
            step = self._retry.next_step(
                StreamEnd(fault, opened, lasted, self._had_events, polled), self._health.synced
            )
            if fault is not None:
                _log.debug("%s: %s; next: %s in %.1f s", self._name, fault, step.phase.value, step.delay)
            if step.relist:
                self._resource_version = ""
            self._check_history = self._check_history or step.doubt
            # Data that is kept up to date by lists, or not shown at all, does not become stale.
            stable = {"disconnected_at": None, "synced": polled} if step.phase in _STABLE else {}
            if not stable:
                self._report_lost()
            if step.phase is not StreamPhase.LISTING:
                retry_at = self._clock.monotonic() + step.delay
                self._report(phase=step.phase, problem=step.problem, retry_at=retry_at, **stable)
                await self._wait(step.delay, early=isinstance(fault, Unreachable))

    async def _wait(self, seconds: float, *, early: bool) -> None:
        """Sleep, with `early` only until another request reaches the server.

        Adds a random delay then.
        """
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
            await self._clock.sleep(self._random.uniform(0, _SPREAD_SECONDS))

    async def _one_stream(self) -> None:
        """List if needed, then watch; returns when the server ends the watch normally."""
        if self._resource_version and self._check_history:
            if await is_history_older(self._session, self._kind, self._namespace, self._resource_version):
                self._resource_version = ""
            self._note_event()
        self._check_history = False
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
        _log.debug("%s: list", self._name)
        parts = ListParts(self._kind, self._namespace, self._on_batch)
        listing = await list_all(self._session, self._kind, self._namespace, self._progress)
        for index, found in enumerate(listing.objects, start=1):
            parts.add(Applied(found))
            if index % PART == 0:
                await asyncio.sleep(0)
        self._complete(parts, listing.resource_version, listing.undecodable)
        self._listed = True

    def _progress(self, loaded: int, remaining: int | None) -> None:
        self._note_event(
            phase=StreamPhase.POLLED if self._health.phase is StreamPhase.POLLED else StreamPhase.LISTING,
            loaded=loaded,
            remaining=remaining,
        )

    async def _streaming_list_and_watch(self) -> None:
        """Watch with `sendInitialEvents` (KEP-3157).

        The list arrives as events, up to a marked bookmark.
        """
        query = [("sendInitialEvents", "true"), ("resourceVersionMatch", "NotOlderThan")]
        _log.debug("%s: streaming list and watch", self._name)
        async with AsyncExitStack() as stack:
            try:
                answer = await self._open(stack, query)
            except Rejected as error:
                raise _NoStreamingLists from error
            self._report(loaded=0, remaining=None)
            parts = ListParts(self._kind, self._namespace, self._on_batch)
            undecodable = UndecodableObjects()
            lines = LineBuffer()
            while True:
                try:
                    async with asyncio.timeout(self._settings.list_silence_seconds):
                        chunk = await anext(answer, b"")
                except TimeoutError as error:
                    raise _NoStreamingLists from error
                if not chunk:
                    if self._list_cut_off:
                        raise _NoStreamingLists
                    self._list_cut_off = True
                    raise Unreachable(f"{self._session.config.address} cut off the list of {self._kind.resource}")
                end = await self._stage_lines(lines.feed(chunk), parts, undecodable)
                if end is not None:
                    bookmark, later = end
                    self._complete(parts, bookmark.resource_version, undecodable)
                    self._report_live()
                    self._apply([decode_event(line, self._kind) for line in later])
                    break
                self._report_progress(len(parts))
            await self._follow(answer, lines)

    def _report_progress(self, loaded: int) -> None:
        """Report how much of a list was read, but not for every chunk: a large list has many thousands."""
        now = self._clock.monotonic()
        if now >= self._progress_due:
            self._progress_due = now + _PROGRESS_SECONDS
            self._note_event(loaded=loaded)

    async def _stage_lines(
        self, lines: list[bytes], parts: ListParts, undecodable: UndecodableObjects
    ) -> tuple[WatchEvent, list[bytes]] | None:
        """Add the initial events of these lines, a few milliseconds at a time.

        Returns the bookmark that ends them, if it is among the lines, with the lines after it.
        """
        left = iter(lines)
        while lines:
            async with self._turns as until:
                for line in left:
                    event = decode_event(line, self._kind)
                    if event.initial_end:
                        return event, list(left)
                    self._stage(event, parts)
                    undecodable.note(event)
                    if time.perf_counter() > until:
                        break
                else:
                    return None
            await asyncio.sleep(0)
        return None

    def _stage(self, event: WatchEvent, parts: ListParts) -> None:
        match event.change:
            case Applied():
                self._had_events = True
                parts.add(event.change)
            case Deleted(found):
                self._had_events = True
                parts.delete(found)
            case None if event.failure is not None:
                self._raise_failure(event)
            case None if event.bookmark:
                # An ordinary bookmark: this is not a list, but how an old server starts every watch.
                raise _NoStreamingLists

    async def _watch(self) -> None:
        _log.debug("%s: watch from resource version %s", self._name, self._resource_version)
        async with AsyncExitStack() as stack:
            answer = await self._open(stack, [("resourceVersion", self._resource_version)])
            self._report_live()
            await self._follow(answer, LineBuffer())

    async def _follow(self, answer: Response, lines: LineBuffer) -> None:
        async for chunk in answer:
            self._apply([decode_event(line, self._kind) for line in lines.feed(chunk)])
        if lines.has_partial_line:
            raise Unreachable(
                f"{self._session.config.address} cut off the watch of {self._kind.resource} within an event"
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
            async with asyncio.timeout(self._session.config.request_seconds or self._settings.answer_seconds):
                answer = await stack.enter_async_context(stream)
        except TimeoutError as error:
            raise TimedOut(f"{self._session.config.address} does not answer") from error
        self._opened_at = self._clock.monotonic()
        self._note_event(phase=StreamPhase.LISTING, reconnects=self._health.reconnects + self._opened_before)
        self._opened_before = True
        return answer

    def _apply(self, events: list[WatchEvent]) -> None:
        """Pass on the events of one chunk of the watch, up to the first failure."""
        failed = next((index for index, event in enumerate(events) if event.failure is not None), len(events))
        good = events[:failed]
        self._count(good)
        self._undecodable.update(good)
        self._report(malformed=len(self._undecodable), malformed_keys=self._undecodable.keys)
        changes = tuple(event.change for event in good if event.change is not None)
        if changes:
            self._on_batch(Batch(self._kind, changes, namespace=self._namespace))
        reached = next((version for event in reversed(good) if (version := event.resource_version)), "")
        self._resource_version = reached or self._resource_version
        if failed < len(events):
            self._raise_failure(events[failed])

    def _count(self, events: list[WatchEvent]) -> None:
        self._had_events = self._had_events or any(event.change is not None or event.bookmark for event in events)
        self._note_event()

    def _complete(self, parts: ListParts, resource_version: str, undecodable: UndecodableObjects) -> None:
        parts.complete()
        self._resource_version = resource_version
        self._undecodable = undecodable
        self._report(
            synced=True,
            loaded=len(parts),
            remaining=None,
            malformed=len(undecodable),
            malformed_keys=undecodable.keys,
            as_of=self._clock.monotonic(),
        )

    def _raise_failure(self, event: WatchEvent) -> None:
        assert event.failure is not None  # noqa: S101 - both callers check
        raise status_error(event.failure, self._session.config.address, self._session.config.user)

    def _report_live(self) -> None:
        now = self._clock.monotonic()
        self._report(phase=StreamPhase.LIVE, as_of=now, disconnected_at=None, retry_at=None, problem="")

    def _report_lost(self) -> None:
        """Note that the data is no longer kept up to date."""
        if self._health.disconnected_at is None:
            self._report(phase=StreamPhase.LISTING, disconnected_at=self._clock.monotonic())

    def _note_event(self, **changes: Any) -> None:
        now = self._clock.monotonic()
        # A list in progress does not make what is shown meanwhile any newer.
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
            _log.exception("the listener failed on the health of %s", self._kind.resource)
