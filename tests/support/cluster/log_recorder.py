"""A log stream under test, and what it delivered."""

from __future__ import annotations

import asyncio
import random
from contextlib import aclosing

from stsview.clock import ManualClock
from stsview.cluster.http.session import Session
from stsview.cluster.logs.log_stream import LogSettings, LogStream
from stsview.objects.log_messages import LogHealth, LogLine, LogPhase, LogRequest
from tests.support.cluster.server import until


class LogRecorder:
    """Reads one log while the block lasts."""

    def __init__(
        self, session: Session, clock: ManualClock, request: LogRequest, settings: LogSettings | None = None
    ) -> None:
        self.clock = clock
        self.lines: list[LogLine] = []
        self.healths: list[LogHealth] = []
        self._stream = LogStream(session, request, clock=clock, rng=random.Random(3), settings=settings)
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
        await until(lambda: self.clock.next_deadline is not None)
        assert self.clock.next_deadline is not None
        return self.clock.next_deadline - self.clock.monotonic()

    async def wait_out(self) -> None:
        """Let the time of its sleep pass."""
        await self.clock.advance(await self.waits())
