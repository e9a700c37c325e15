"""Reading several logs at the same time: who is read, how much is held, what is noted."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator

import pytest

from stsview.clock import settle
from stsview.live.logs.log_merge import HOLD_SECONDS
from stsview.live.logs.merged_logs import MergedLogs
from stsview.objects.log_messages import LogBatch, LogHealth, LogLine, LogPhase, LogRequest

FOLLOWING = LogHealth(LogPhase.FOLLOWING)


class Reader:
    """Logs that a test writes."""

    def __init__(self) -> None:
        self.logs_of: defaultdict[str, asyncio.Queue[LogBatch]] = defaultdict(asyncio.Queue)
        self.reading: list[str] = []
        self.failure: Exception | None = None

    async def logs(self, request: LogRequest) -> AsyncGenerator[LogBatch, None]:
        self.reading.append(request.pod)
        try:
            while True:
                yield await self.logs_of[request.pod].get()
                if self.failure is not None:
                    raise self.failure
        finally:
            self.reading.remove(request.pod)

    def write(self, pod: str, *texts: str, health: LogHealth = FOLLOWING) -> None:
        lines = tuple(LogLine(text, f"2026-11-22T18:22:0{place}Z") for place, text in enumerate(texts))
        self.logs_of[pod].put_nowait(LogBatch(lines, health, "db"))


class Logs:
    """Merged logs of a reader, on a clock that stands still."""

    def __init__(self) -> None:
        self.now = 0.0
        self.reader = Reader()
        self.merged = MergedLogs(self.reader, lambda: self.now)

    def read(self, *ordinals: int) -> None:
        self.merged.read(LogRequest("data", f"db-{ordinal}") for ordinal in ordinals)

    async def texts(self) -> list[str]:
        """What can be taken after the hold, without what was taken before."""
        taken: list[str] = []
        for _ in range(2):
            await settle()
            taken += [f"{one.source}: {one.line.text}" for one in self.merged.take()]
            self.now += HOLD_SECONDS
        return taken + [f"{one.source}: {one.line.text}" for one in self.merged.take()]


@pytest.fixture
async def logs() -> AsyncIterator[Logs]:
    made = Logs()
    yield made
    await made.merged.close()
    assert made.reader.reading == []


async def test_pods_are_read_while_they_are_wanted(logs: Logs) -> None:
    logs.read(0, 1)
    await settle()
    assert logs.reader.reading == ["db-0", "db-1"]
    logs.read(1, 2)
    await settle()
    assert sorted(logs.reader.reading) == ["db-1", "db-2"]
    assert set(logs.merged.health) == {"db-1", "db-2"}
    # Away and back before the former reader has noticed.
    logs.read(2)
    logs.read(1, 2)
    logs.reader.write("db-1", "again")
    logs.reader.write("db-2", "there")
    assert await logs.texts() == ["db-1: again", "db-2: there"]
    assert logs.merged.containers == {"db-1": "db", "db-2": "db"}


async def test_a_log_that_is_not_taken_is_not_read_on(logs: Logs) -> None:
    logs.read(0, 1)
    for _ in range(20):
        logs.reader.write("db-0", *["line"] * 500)
    await settle(100)
    assert logs.reader.logs_of["db-0"].qsize() > 10
    logs.reader.write("db-1", "short")
    await settle()
    # The other one is read all the same, and nothing is lost.
    assert logs.reader.logs_of["db-1"].empty()
    taken = 0
    for _ in range(40):
        taken += len(await logs.texts())
    assert taken == 20 * 500 + 1


async def test_logs_with_the_same_trouble_share_a_note(logs: Logs) -> None:
    logs.read(0, 1, 2)
    for ordinal in range(3):
        logs.reader.write(f"db-{ordinal}", "hello")
    assert len(await logs.texts()) == 3
    for ordinal in range(2):
        logs.reader.write(f"db-{ordinal}", health=LogHealth(LogPhase.WAITING, "the connection was lost"))
    logs.reader.write("db-2", health=LogHealth(LogPhase.ENDED, "db exited with 1"))
    assert sorted(await logs.texts()) == [": db-0 and db-1: the connection was lost", "db-2: db exited with 1"]
    # The same trouble is not noted twice, a restart of its own explains itself, the others are said to be back.
    logs.reader.write("db-0", health=LogHealth(LogPhase.WAITING, "the connection was lost"))
    logs.reader.write("db-1", "back")
    restarted = LogLine("container db restarted", "2026-11-22T18:22:09Z", note=True)
    logs.reader.logs_of["db-2"].put_nowait(LogBatch((restarted,), LogHealth()))
    logs.reader.write("db-2", "up", health=FOLLOWING)
    assert sorted(await logs.texts()) == [
        "db-1: back",
        "db-1: following again",
        "db-2: container db restarted",
        "db-2: up",
    ]


async def test_an_internal_error_is_raised_where_lines_are_taken(logs: Logs) -> None:
    logs.read(0)
    logs.reader.failure = ZeroDivisionError("oops")
    logs.reader.write("db-0", "hello")
    await settle()
    with pytest.raises(ZeroDivisionError):
        logs.merged.take()
