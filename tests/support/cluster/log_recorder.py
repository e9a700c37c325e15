"""A log stream under test, and what it delivered."""

from __future__ import annotations

import asyncio
import random
from contextlib import aclosing
from datetime import datetime

from stsview.clock import ManualClock
from stsview.cluster.http.session import Session
from stsview.cluster.logs.log_stream import LogSettings, LogStream
from stsview.objects.log_messages import LogHealth, LogLine, LogPhase, LogRequest
from tests.support.cluster.server import until


class _OwnClock:
    """The clock of the test, which others use as well; tells when the log stream sleeps."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self.deadline: float | None = None
        """Until when it sleeps; None while it does not."""

    def now(self) -> datetime:
        return self._clock.now()

    def monotonic(self) -> float:
        return self._clock.monotonic()

    async def sleep(self, seconds: float) -> None:
        self.deadline = self._clock.monotonic() + seconds
        await self._clock.sleep(seconds)
        self.deadline = None


class LogRecorder:
    """Reads one log while the block lasts."""

    def __init__(
        self, session: Session, clock: ManualClock, request: LogRequest, settings: LogSettings | None = None
    ) -> None:
        self.clock = clock
        self.lines: list[LogLine] = []
        self.healths: list[LogHealth] = []
        self._own = _OwnClock(clock)
        self._stream = LogStream(session, request, clock=self._own, rng=random.Random(3), settings=settings)
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> LogRecorder:
        self._task = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _read(self) -> None:
        async with aclosing(self._stream.batches()) as batches:
            async for batch in batches:
                self.lines += batch.lines
                if not self.healths or self.healths[-1] != batch.health:
                    self.healths.append(batch.health)

    @property
    def texts(self) -> list[str]:
        return [f"[{line.text}]" if line.note else line.text for line in self.lines]

    @property
    def phase(self) -> LogPhase | None:
        return self.healths[-1].phase if self.healths else None

    @property
    def problem(self) -> str:
        return self.healths[-1].problem if self.healths else ""

    @property
    def ended(self) -> bool:
        return self._task is not None and self._task.done()

    async def shows(self, *texts: str) -> None:
        await until(lambda: self.texts == list(texts))

    async def is_in(self, phase: LogPhase) -> None:
        await until(lambda: self.phase is phase)

    async def waits(self) -> float:
        """Wait until it sleeps; returns for how many seconds."""
        await until(lambda: self._own.deadline is not None)
        assert self._own.deadline is not None
        return self._own.deadline - self.clock.monotonic()

    async def wait_out(self) -> None:
        """Let the time of its sleep pass."""
        await self.clock.advance(await self.waits())
