"""Following a container log through disconnects, restarts and replaced pods."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from random import Random

import msgspec
from msgspec.structs import replace

from stsview.clock import Clock
from stsview.cluster.backoff import DENIED_SECONDS, Backoff
from stsview.cluster.errors import ClusterError, Forbidden, NotFound, Rejected, ServerError, TimedOut
from stsview.cluster.http.session import PLAIN_TEXT, Session
from stsview.cluster.logs.log_errors import denied, gone, no_kubelet, refused, run_ended, unscheduled
from stsview.cluster.logs.log_lines import LineSplitter
from stsview.cluster.logs.log_position import LogPosition
from stsview.objects.kinds import PODS
from stsview.objects.log_messages import LogBatch, LogHealth, LogLine, LogPhase, LogRequest
from stsview.objects.pod import ContainerStatus, Pod

_log = logging.getLogger(__name__)

MISSING = "lines may be missing here: the node removed lines of this log while the connection was lost"

START_SECONDS = 2.0
"""Retry interval while a container is starting, or until one that exited runs again."""

_LONGEST_RETRY_AFTER = 300.0

_MOST_FAILURES = 3
"""How often a log that is not followed is requested in vain before its stream ends."""

_PACE_SECONDS = 0.05
"""In seconds of real time: a busy log is read at most so often, as each read costs many times what a line costs."""


class LogSettings(msgspec.Struct, frozen=True):
    silent_seconds: float = 300.0
    """In seconds of real time. A log without output sends nothing, so a connection that was silently dropped on the way
    looks the same; after this long the log is requested again, which does not show."""
    read_seconds: float = 30.0
    """The same for existing lines, which a node sends without pauses."""


_READING = LogHealth(LogPhase.READING)
_FOLLOWING = LogHealth(LogPhase.FOLLOWING)


class LogStream:
    """Reads the log of `request`, and resumes without repeating lines.

    The existing lines are read with a request of their own, because the answer of one that follows the log does not
    show where they end. The pod is read before each attempt, as a log alone does not show that the container restarted,
    that the pod was replaced, or that nothing can come. Without permission to read the pod, the log is read all the
    same.
    """

    def __init__(
        self, session: Session, request: LogRequest, *, clock: Clock, rng: Random, settings: LogSettings | None = None
    ) -> None:
        self._session = session
        self._request = request
        self._clock = clock
        self._settings = settings or LogSettings()
        self._backoff = Backoff(rng)
        self._position = LogPosition()
        self._run: tuple[str, int] | None = None
        self._read: tuple[str, int] | None = None
        """The run whose log was read to its end."""
        self._silent = False
        """Whether nothing was written until the request timed out."""
        self._broken_off = False
        """Whether the last answer did not end by itself."""
        self._caught_up = False
        """Whether the lines that existed at first were read: all others are new, however many or old they are."""
        self._replaced = False
        """Whether the pod is not the first one of its name."""
        self._failures = 0
        """How often the server or the node failed since the last line."""

    async def batches(self) -> AsyncGenerator[LogBatch, None]:
        """Lines and health, until the consumer stops.

        Ends only for a log that is not followed, such as that of a previous run.
        """
        while True:
            pod, health, delay = await self._inspect()
            if health is not None:
                self._silent, self._failures = False, 0
            else:
                for note in self._notes(pod):
                    yield self._batch((note,), LogHealth())
                run = self._run_in(pod)
                if run is not None and run == self._read and (status := self._status(pod)) and not status.state.running:
                    health, delay = run_ended(self._request, status), self._jittered(START_SECONDS)
            if health is None:
                try:
                    async with aclosing(self._read_run(pod)) as batches:
                        async for batch in batches:
                            yield batch
                    self._read = self._run_in(pod)
                    if not self._follow:
                        yield self._batch((), LogHealth(LogPhase.ENDED))
                        return
                    delay = self._backoff.delay()
                    if (status := self._status(pod)) is not None and not status.state.running:
                        health, delay = run_ended(self._request, status), self._jittered(START_SECONDS)
                except ClusterError as error:
                    if self._silent:
                        continue
                    health, delay = self._failed(error, pod)
            if health is not None:
                yield self._batch((), health)
                if self._is_final(health):
                    return
            await self._clock.sleep(delay)

    @property
    def _follow(self) -> bool:
        return self._request.follow and not self._request.previous

    def _is_final(self, health: LogHealth) -> bool:
        """Whether a log that cannot be read now is not requested again."""
        if self._request.follow:
            return self._request.previous and health.phase is LogPhase.REFUSED
        return not 0 < self._failures < _MOST_FAILURES

    async def _inspect(self) -> tuple[Pod | None, LogHealth | None, float]:
        """The pod if readable, why there is no log to request, and how long to wait."""
        request = self._request
        try:
            pod = await self._session.get(PODS, request.namespace, request.pod)
        except NotFound:
            return None, LogHealth(LogPhase.WAITING, gone(request)), self._jittered(START_SECONDS)
        except ClusterError:
            # If the log cannot be read either, that error is reported.
            return None, None, 0.0
        if not isinstance(pod, Pod):
            return None, None, 0.0
        if not request.container:
            self._request = request = replace(request, container=_default_container(pod))
        if not pod.spec.node_name:
            return pod, LogHealth(LogPhase.WAITING, unscheduled(request)), self._jittered(START_SECONDS)
        return pod, None, 0.0

    async def _read_run(self, pod: Pod | None) -> AsyncGenerator[LogBatch, None]:
        """The lines of one run: those that exist, then those that follow until its end."""
        # A connection that was only silent is opened again as if it had never been closed.
        if not self._silent:
            async with aclosing(self._answer(follow=False)) as batches:
                async for batch in batches:
                    yield batch
        status = self._status(pod)
        if self._follow and (status is None or status.state.running):
            async with aclosing(self._answer(follow=True)) as batches:
                async for batch in batches:
                    yield batch

    async def _answer(self, *, follow: bool) -> AsyncGenerator[LogBatch, None]:
        """The lines of one request, to its normal end."""
        request, splitter = self._request, LineSplitter()
        self._position.resume(broken_off=self._broken_off)
        self._silent = False
        health, seconds = _READING, self._settings.read_seconds
        if follow:
            health, seconds = _FOLLOWING, self._settings.silent_seconds
        path, query = PODS.path(request.namespace, request.pod, "log"), self._query(follow=follow)
        pace = _Pace()
        # With no lines wanted, the last one only tells where those begin that are.
        unwanted = request.tail_lines == 0 and not self._caught_up
        async with self._session.stream(path, query=query, accept=PLAIN_TEXT, read_seconds=seconds) as answer:
            self._broken_off = True
            yield self._batch((), health)
            try:
                async for chunk in answer:
                    for lines in splitter.feed(chunk):
                        if (unread := self._unread(lines)) and not unwanted:
                            yield self._batch(unread, health)
                        await asyncio.sleep(0)
                    if follow:
                        await pace.keep()
            except TimedOut:
                self._silent = follow
                raise
            if (unread := self._unread(splitter.end())) and not unwanted:
                yield self._batch(unread, health)
        self._broken_off = False
        self._caught_up = True

    def _unread(self, lines: list[LogLine]) -> list[LogLine]:
        """Those of `lines` that are new, with a note where lines may be missing before them."""
        unread = self._position.unread(lines)
        if unread:
            self._backoff.reset()
            self._failures = 0
        if self._position.gap:
            self._position.gap = False
            return [LogLine(MISSING, unread[0].stamp, note=True), *unread]
        return unread

    def _batch(self, lines: Sequence[LogLine], health: LogHealth) -> LogBatch:
        return LogBatch(tuple(lines), health, self._request.container)

    def _query(self, *, follow: bool) -> list[tuple[str, str]]:
        request, since = self._request, self._position.since
        query = [("timestamps", "true")]
        if request.container:
            query.append(("container", request.container))
        if request.previous:
            query.append(("previous", "true"))
        if follow:
            query.append(("follow", "true"))
        if since:
            return [*query, ("sinceTime", since)]
        if self._replaced:
            return query
        if request.since_seconds is not None:
            query.append(("sinceSeconds", str(max(1, math.ceil(request.since_seconds)))))
        if request.tail_lines is not None and not self._caught_up:
            query.append(("tailLines", str(request.tail_lines or 1)))
        return query

    def _failed(self, error: ClusterError, pod: Pod | None) -> tuple[LogHealth, float]:
        """The health to report after an error, and how long to wait."""
        failures, self._failures = self._failures, 0
        if isinstance(error, Forbidden):
            return LogHealth(LogPhase.REFUSED, denied(self._request)), self._jittered(DENIED_SECONDS)
        if isinstance(error, NotFound):
            return LogHealth(LogPhase.WAITING, gone(self._request)), self._jittered(START_SECONDS)
        if isinstance(error, Rejected):
            health = refused(self._request, error.server_message)
            quiet = health.phase is LogPhase.REFUSED
            return health, self._jittered(DENIED_SECONDS if quiet else START_SECONDS)
        self._failures = failures + 1
        _log.debug("log of %s/%s: %s", self._request.namespace, self._request.pod, error)
        delay = max(self._backoff.delay(), min(error.retry_after or 0.0, _LONGEST_RETRY_AFTER))
        node = pod.spec.node_name if pod is not None else ""
        message = no_kubelet(node, error.server_message) if isinstance(error, ServerError) else ""
        return LogHealth(LogPhase.WAITING, message or str(error)), delay

    def _notes(self, pod: Pod | None) -> list[LogLine]:
        """A note where the log of another run starts."""
        run = self._run_in(pod)
        if run is None or run == self._run or self._request.previous:
            return []
        before, self._run = self._run, run
        if before is None:
            return []
        status = self._status(pod)
        running = status.state.running if status is not None else None
        stamp = running.started_at.isoformat() if running is not None and running.started_at is not None else ""
        if before[0] != run[0]:
            self._position.restart()
            self._replaced = True
            node = pod.spec.node_name if pod is not None else ""
            return [LogLine(f"replaced by a new pod on {node}", stamp, note=True)]
        ended = status.last_state.terminated if status is not None else None
        how = f"; the previous run exited with {ended.exit_code}" if ended is not None else ""
        words = f"container {self._request.container} restarted for the {_nth(run[1])} time{how}"
        return [LogLine(words, stamp, note=True)]

    def _run_in(self, pod: Pod | None) -> tuple[str, int] | None:
        """The current run of the container: uid of the pod, and restart count."""
        status = self._status(pod)
        return None if pod is None or status is None else (pod.metadata.uid, status.restart_count)

    def _status(self, pod: Pod | None) -> ContainerStatus | None:
        if pod is None:
            return None
        statuses = (*pod.status.container_statuses, *pod.status.init_container_statuses)
        return next((status for status in statuses if status.name == self._request.container), None)

    def _jittered(self, seconds: float) -> float:
        return self._backoff.jittered(seconds)


class _Pace:
    """Pauses between the reads of a busy log, so that each finds more lines; the first of a burst is not delayed."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._next = 0.0

    async def keep(self) -> None:
        """Return when the next read is due."""
        if (early := self._next - self._loop.time()) > 0:
            await asyncio.sleep(early)
        self._next = self._loop.time() + _PACE_SECONDS


def _default_container(pod: Pod) -> str:
    names = [container.name for container in pod.spec.containers]
    preferred = pod.metadata.annotations.get("kubectl.kubernetes.io/default-container", "")
    return preferred if preferred in names else (names[0] if names else "")


def _nth(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
