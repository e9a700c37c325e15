"""Following a container log through disconnects, restarts and replaced pods."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
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
from stsview.objects.log_messages import TAIL_LINES, LogBatch, LogHealth, LogLine, LogPhase, LogRequest
from stsview.objects.pod import ContainerStatus, Pod

_log = logging.getLogger(__name__)

START_SECONDS = 2.0
"""Retry interval while a container is starting, or until one that exited runs again."""

_LONGEST_RETRY_AFTER = 300.0


class LogSettings(msgspec.Struct, frozen=True):
    tail_lines: int = TAIL_LINES
    silent_seconds: float = 300.0
    """In seconds of real time. A log without output sends nothing, so a connection that was silently dropped on the way
    looks the same; after this long the log is requested again, which does not show."""
    read_seconds: float = 30.0
    """The same for a log that does not grow (`previous`)."""


_FOLLOWING = LogHealth(LogPhase.FOLLOWING)


class LogStream:
    """Reads the log of `request`, and resumes without repeating lines.

    The pod is read before each attempt, as a log alone does not show that the container restarted, that the pod was
    replaced, or that nothing can come. Without permission to read the pod, the log is read all the same.
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
        self._opened = False
        """Whether the last request was accepted."""

    async def batches(self) -> AsyncGenerator[LogBatch, None]:
        """Lines and health, until the consumer stops.

        Ends only for the log of a previous run.
        """
        while True:
            pod, health, delay = await self._inspect()
            if health is None:
                for note in self._notes(pod):
                    yield LogBatch((note,), LogHealth())
                run = self._run_in(pod)
                if run is not None and run == self._read and (status := self._status(pod)) and not status.state.running:
                    health, delay = run_ended(self._request, status), self._jittered(START_SECONDS)
            if health is None:
                try:
                    async with aclosing(self._lines()) as batches:
                        async for batch in batches:
                            yield batch
                    self._read = self._run_in(pod)
                    health, delay = None, self._backoff.delay()
                    if self._request.previous:
                        yield LogBatch((), LogHealth(LogPhase.ENDED))
                        return
                except ClusterError as error:
                    if isinstance(error, TimedOut) and self._opened:
                        continue
                    health, delay = self._failed(error, pod)
                    if self._request.previous and health.phase is LogPhase.REFUSED:
                        yield LogBatch((), health)
                        return
            if health is not None:
                yield LogBatch((), health)
            await self._clock.sleep(delay)

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

    async def _lines(self) -> AsyncGenerator[LogBatch, None]:
        """The lines of one request, to its normal end."""
        request, splitter = self._request, LineSplitter()
        self._position.resume()
        self._opened = False
        path = PODS.path(request.namespace, request.pod, "log")
        seconds = self._settings.read_seconds if request.previous else self._settings.silent_seconds
        async with self._session.stream(path, query=self._query(), accept=PLAIN_TEXT, read_seconds=seconds) as answer:
            self._opened = True
            yield LogBatch((), LogHealth() if request.previous else _FOLLOWING)
            async for chunk in answer:
                for lines in splitter.feed(chunk):
                    if batch := self._batch(lines):
                        yield batch
                    await asyncio.sleep(0)
            if batch := self._batch(splitter.end()):
                yield batch

    def _batch(self, lines: list[LogLine]) -> LogBatch | None:
        unread = self._position.unread(lines)
        if not unread:
            return None
        self._backoff.reset()
        return LogBatch(tuple(unread), LogHealth() if self._request.previous else _FOLLOWING)

    def _query(self) -> list[tuple[str, str]]:
        query = [("timestamps", "true")]
        if self._request.container:
            query.append(("container", self._request.container))
        query.append(("previous", "true") if self._request.previous else ("follow", "true"))
        since = self._position.since
        query.append(("sinceTime", since) if since else ("tailLines", str(self._settings.tail_lines)))
        return query

    def _failed(self, error: ClusterError, pod: Pod | None) -> tuple[LogHealth, float]:
        """The health to report after an error, and how long to wait."""
        if isinstance(error, Forbidden):
            return LogHealth(LogPhase.REFUSED, denied(self._request)), self._jittered(DENIED_SECONDS)
        if isinstance(error, NotFound):
            return LogHealth(LogPhase.WAITING, gone(self._request)), self._jittered(START_SECONDS)
        if isinstance(error, Rejected):
            health = refused(self._request, error.server_message)
            quiet = health.phase is LogPhase.REFUSED
            return health, self._jittered(DENIED_SECONDS if quiet else START_SECONDS)
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
        name = self._request.pod
        if before[0] != run[0]:
            return [LogLine(f"{name} was replaced by a new pod", note=True)]
        status = self._status(pod)
        ended = status.last_state.terminated if status is not None else None
        how = f"; the previous run exited with {ended.exit_code}" if ended is not None else ""
        return [LogLine(f"{self._request.container} restarted for the {_nth(run[1])} time{how}", note=True)]

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


def _default_container(pod: Pod) -> str:
    names = [container.name for container in pod.spec.containers]
    preferred = pod.metadata.annotations.get("kubectl.kubernetes.io/default-container", "")
    return preferred if preferred in names else (names[0] if names else "")


def _nth(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
