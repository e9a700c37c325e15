"""The fleet screen, as somebody sees it who leaves stsview open all day."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC
from typing import Any, NamedTuple

from textual.pilot import Pilot

from stsview.live.live import Live
from stsview.ui.roles import plain
from stsview.ui.screens.fleet import FleetScreen
from stsview.ui.widgets.header_line import HeaderLine
from stsview.ui.widgets.notice_line import NoticeLine
from tests.ui.stage import Stage, screen_lines, wait_for

COLUMNS, ROWS = 150, 24


class Said(NamedTuple):
    """What the first two lines of every screen say."""

    head: str
    notice: str


class Screen:
    """Its first two lines are looked at all the time, so they are drawn by their widgets alone, which no app holds; the
    rest is drawn by an app when somebody asks for it."""

    def __init__(self, live: Live, app: Stage, fleet: FleetScreen) -> None:
        self._live = live
        self._app = app
        self._fleet = fleet
        self._header = HeaderLine(UTC)
        self._notice = NoticeLine()

    @property
    def said(self) -> Said:
        snapshot, now = self._live.snapshot, self._live.now()
        self._header.tell(snapshot.scope, self._fleet.path(), snapshot.health, now)
        self._notice.tell(snapshot.health, snapshot.scope, now)
        lines = (*self._header.lines_for(COLUMNS), *self._notice.lines_for(COLUMNS))
        return Said(*(plain(line).rstrip() for line in lines))

    @property
    def text(self) -> str:
        """All of it."""
        self._fleet.take(self._live.snapshot, whole=True)
        lines = [line.rstrip() for line in screen_lines(self._app)]
        head, notice = self.said
        assert lines[0] == head
        assert notice.startswith(lines[1].strip())
        return "\n".join(lines)


class Shell:
    """An app that runs for as long as there are tests, as starting one takes longer than most of them."""

    def __init__(self) -> None:
        self._app = Stage()
        self._done = asyncio.Event()
        self._ready: asyncio.Future[Pilot[Any]] = asyncio.get_running_loop().create_future()
        # A task of its own: what enters the app's context must also leave it, and fixtures end in another one.
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        async with self._app.run_test(size=(COLUMNS, ROWS)) as pilot:
            self._ready.set_result(pilot)
            await self._done.wait()

    async def close(self) -> None:
        self._done.set()
        await self._task

    @asynccontextmanager
    async def showing(self, live: Live) -> AsyncIterator[Screen]:
        """A new screen that shows what `live` tells, for as long as the block lasts."""
        pilot = await self._ready
        fleet = FleetScreen(lambda: live.snapshot, live.now, UTC)
        # By the app itself: the tasks of a screen need its context.
        self._app.call_later(self._app.push_screen, fleet)
        await wait_for(pilot, lambda: fleet.query(HeaderLine) and fleet.query_one(HeaderLine).size, "a screen")
        try:
            yield Screen(live, self._app, fleet)
        finally:
            self._app.call_later(self._app.pop_screen)
            await wait_for(pilot, lambda: fleet not in self._app.screen_stack, "the end of the screen")
