"""The last lines of one container run, read when a screen wants to quote them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import OrderedDict
from collections.abc import Callable

from stsview.clock import Clock
from stsview.cluster.errors import ClusterError
from stsview.cluster.http.session import Session
from stsview.cluster.logs.log_tail import read_tail, tail_problem
from stsview.objects.log_messages import ContainerRun, LogTail

_log = logging.getLogger(__name__)

TAIL_LINES = 20

_REST_SECONDS = 0.2
"""How long a run must be wanted before it is read: a cursor that moves through a table reads nothing."""

_RETRY_SECONDS = 60.0

_KEPT = 64


class LogTailReader:
    """Reads the log tail of the wanted run, at most one at a time, and keeps the last ones.

    `want` selects it, `run` reads, `tail` returns the result. `want` may be called at any time and any rate.
    `on_change` is called when `tail` may have changed.
    """

    def __init__(self, clock: Clock, on_change: Callable[[], None]) -> None:
        self._clock = clock
        self._on_change = on_change
        self._session: Session | None = None
        self._wanted: ContainerRun | None = None
        self._wake = asyncio.Event()
        self._tails: OrderedDict[ContainerRun, LogTail] = OrderedDict()
        self._failed_at: dict[ContainerRun, float] = {}
        self._reading: asyncio.Task[None] | None = None

    def want(self, run: ContainerRun | None) -> None:
        """Read this run instead of the current one; None reads none."""
        if run == self._wanted and not self._is_due(run):
            return
        self._wanted = run
        self._wake.set()
        self._on_change()

    @property
    def tail(self) -> LogTail | None:
        """The lines of the wanted run; those of the run before while they are being read.

        None while none is wanted.
        """
        wanted = self._wanted
        if wanted is None:
            return None
        if wanted in self._tails:
            return self._tails[wanted]
        same = (tail for run, tail in reversed(self._tails.items()) if _same_container(run, wanted))
        former = next(same, None)
        return LogTail(wanted, former.lines, former.problem) if former is not None else LogTail(wanted)

    def attach(self, session: Session) -> None:
        """Read over this session; what was read over another one is dropped, as it may be of another cluster."""
        self._session = session
        self._tails.clear()
        self._failed_at.clear()
        self._wake.set()

    async def detach(self) -> None:
        """Read nothing until the next `attach`.

        After this returns, the session is no longer used.
        """
        self._session = None
        await self._stop()

    async def run(self) -> None:
        """Read what is wanted until cancelled."""
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                await self._stop()
                run, session = self._wanted, self._session
                if run is not None and session is not None and self._is_due(run):
                    self._reading = asyncio.create_task(self._read(session, run), name="log tail")
        finally:
            await self._stop()

    def _is_due(self, run: ContainerRun | None) -> bool:
        """Whether the run was not read yet, or could not be read a while ago."""
        if run is None:
            return False
        if run not in self._tails:
            return self._reading is None
        failed_at = self._failed_at.get(run)
        return failed_at is not None and self._clock.monotonic() >= failed_at + _RETRY_SECONDS

    async def _read(self, session: Session, run: ContainerRun) -> None:
        await self._clock.sleep(_REST_SECONDS)
        problem = ""
        lines: tuple[str, ...] = ()
        try:
            lines = await read_tail(session, run.request, TAIL_LINES)
        except ClusterError as error:
            problem = tail_problem(run.request, error)
            _log.debug("log tail of %s/%s: %s", run.request.namespace, run.request.pod, error)
        self._failed_at.pop(run, None)
        if problem:
            self._failed_at[run] = self._clock.monotonic()
        self._tails[run] = LogTail(run, lines, problem, read=True)
        self._tails.move_to_end(run)
        while len(self._tails) > _KEPT:
            dropped, _ = self._tails.popitem(last=False)
            self._failed_at.pop(dropped, None)
        self._reading = None
        self._on_change()

    async def _stop(self) -> None:
        reading, self._reading = self._reading, None
        if reading is not None:
            reading.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await reading


def _same_container(one: ContainerRun, other: ContainerRun) -> bool:
    return (one.request, one.uid) == (other.request, other.uid)
