"""The logs of several pods, read at the same time and merged into one."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from typing import Protocol

from stsview.live.errors import CannotRead
from stsview.live.logs.log_merge import STALL_SECONDS, LogMerge, MergedLine
from stsview.model.names import in_order
from stsview.objects.log_messages import LogBatch, LogHealth, LogPhase, LogRequest

MOST_LOGS = 50
"""How many logs are read at the same time, at most: each takes a connection, and work on its node."""

_MOST_HELD = 4096
"""Lines of one log that wait to be merged or taken; then its node has to keep further ones."""

_PROBLEMS = (LogPhase.WAITING, LogPhase.REFUSED)


class LogReader(Protocol):
    """The part of `stsview.live.on_demand.ObjectReader` that is used here."""

    def logs(self, request: LogRequest) -> AsyncGenerator[LogBatch, None]:
        """Lines and health of a log."""


class MergedLogs:
    """Reads logs in tasks of its own, and hands out their lines merged by time.

    One log per pod. Notes say when one cannot be read, ends, or is read again. The user takes
    the lines (`take`), and closes it.
    """

    def __init__(self, reader: LogReader, monotonic: Callable[[], float], *, exact: bool = False) -> None:
        """`monotonic` is a clock in seconds.

        `exact`: wait for every log that has not ended, however slow it is, as for logs that are not followed.
        """
        self._reader = reader
        self._monotonic = monotonic
        self._merge = LogMerge(stall_seconds=None if exact else STALL_SECONDS)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._health: dict[str, LogHealth] = {}
        self._noted: dict[str, LogHealth] = {}
        """What the notes said last about each log."""
        self._followed: set[str] = set()
        """Logs that were followed before."""
        self._continued: set[str] = set()
        """Logs with a note of their own that they continue, since they were followed."""
        self._containers: dict[str, str] = {}
        self._existing: Counter[str] = Counter()
        self.notes = True
        """Whether notes say what happens to a log; for one log, its state is enough."""
        self._room = asyncio.Event()
        self.changed = asyncio.Event()
        """Set when a line or a state arrived; cleared by the waiting user."""

    @property
    def health(self) -> Mapping[str, LogHealth]:
        """The state of each log, by pod."""
        return self._health

    @property
    def containers(self) -> Mapping[str, str]:
        """The container whose log is read, by pod, as far as known."""
        return self._containers

    @property
    def existing(self) -> Mapping[str, int]:
        """How many existing lines were read of each log, by pod."""
        return self._existing

    @property
    def done(self) -> bool:
        """Whether all logs have ended and all lines were taken."""
        return all(task.done() for task in self._tasks.values()) and not self._merge.held

    def read(self, requests: Iterable[LogRequest]) -> None:
        """Read these logs, one of each pod: start with those that are new, stop those that are not among them."""
        wanted = {request.pod: request for request in requests}
        for pod in self._tasks.keys() - wanted.keys():
            self._tasks.pop(pod).cancel()
            self._merge.close(pod)
            self._health.pop(pod, None)
            self._noted.pop(pod, None)
        for pod, request in wanted.items():
            if pod not in self._tasks:
                self._health[pod] = LogHealth()
                self._merge.open(pod, self._monotonic())
                self._tasks[pod] = asyncio.create_task(self._read(request), name=f"log of {pod}")

    def take(self, most: int | None = None) -> Sequence[MergedLine]:
        """The next lines and notes, at most `most`."""
        for task in self._tasks.values():
            if task.done() and not task.cancelled() and (error := task.exception()) is not None:
                raise error
        if self.notes:
            self._note_changes()
        lines = self._merge.take(self._monotonic(), most)
        if lines:
            self._room.set()
        return lines

    @property
    def held(self) -> int:
        """Number of lines to take, now or soon."""
        return self._merge.held

    def note(self, pod: str, text: str) -> None:
        """Put a note about a pod after its last lines."""
        self._merge.note((pod,), text, self._monotonic())
        self.changed.set()

    def stop(self) -> None:
        """Stop reading, as soon as the event loop runs."""
        for task in self._tasks.values():
            task.cancel()

    async def close(self) -> None:
        """Stop reading; after this returns, nothing is read any more."""
        self.stop()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _read(self, request: LogRequest) -> None:
        pod, merge = request.pod, self._merge
        try:
            async with aclosing(self._reader.logs(request)) as batches:
                async for batch in batches:
                    if batch.container:
                        self._containers[pod] = batch.container
                    merge.catch_up(
                        pod,
                        self._monotonic(),
                        catching_up=batch.health.phase in (LogPhase.OPENING, LogPhase.READING),
                    )
                    merge.add(pod, batch.lines, self._monotonic())
                    if batch.health.phase is LogPhase.READING:
                        self._existing[pod] += len(batch.lines)
                    self._health[pod] = batch.health
                    if any(line.note for line in batch.lines):
                        # It says that the log continues.
                        self._continued.add(pod)
                    self.changed.set()
                    while merge.held_of(pod) > _MOST_HELD:
                        self._room.clear()
                        await self._room.wait()
        except CannotRead as error:
            self._health[pod] = LogHealth(LogPhase.REFUSED, str(error))
        finally:
            if self._tasks.get(pod) is asyncio.current_task():
                merge.close(pod)
            self.changed.set()

    def _note_changes(self) -> None:
        """Note the logs that cannot be read any more, have ended, or are read again: one note for each reason."""
        notes: dict[str, list[str]] = {}
        for pod, health in self._health.items():
            before = self._noted.get(pod, LogHealth())
            if health.phase in (LogPhase.OPENING, LogPhase.READING) or health == before:
                continue
            self._noted[pod] = health
            if health.phase is LogPhase.FOLLOWING:
                if before.phase in _PROBLEMS and pod not in self._continued:
                    notes.setdefault("following again" if pod in self._followed else "following", []).append(pod)
                self._followed.add(pod)
                self._continued.discard(pod)
            elif health.problem:
                notes.setdefault(health.problem, []).append(pod)
        for text, pods in notes.items():
            self._merge.note(pods, text if len(pods) == 1 else f"{in_order(pods)}: {text}", self._monotonic())
