"""The fleet screen of an app that stays open all day."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import NamedTuple

from stsview.live.live import Live
from stsview.ui.fleet.fleet_screen import FleetScreen
from stsview.ui.kit.live.header_line import HeaderLine
from stsview.ui.kit.live.notice_line import NoticeLine
from stsview.ui.kit.look.roles import plain
from tests.support.cluster.server import until
from tests.support.ui.stage import Stage, screen_lines

COLUMNS, FAULTS = 150, 24


class TopLines(NamedTuple):
    """The first two lines of every screen."""

    head: str
    notice: str


class Screen:
    """The screen of one picture. The top lines are checked all the time, so their widgets draw them without an app; the
    rest is drawn by the app on request."""

    def __init__(self, screen_app: ScreenApp, live: Live) -> None:
        self._screen_app = screen_app
        self._live = live
        self._header = HeaderLine(UTC)
        self._notice = NoticeLine()

    @property
    def top_lines(self) -> TopLines:
        snapshot, now = self._live.snapshot, self._live.now()
        self._header.update(snapshot.scope, (), snapshot.health, now)
        self._notice.update(snapshot.health, snapshot.scope, now)
        lines = (*self._header.lines_for(COLUMNS), *self._notice.lines_for(COLUMNS))
        return TopLines(*(plain(line).rstrip() for line in lines))

    @property
    def text(self) -> str:
        """The whole screen."""
        lines = self._screen_app.draw(self._live)
        head, notice = self.top_lines
        assert lines[0] == head
        assert notice.startswith(lines[1].strip().rstrip("…"))
        return "\n".join(lines)


class ScreenApp:
    """One app with a fleet screen for all tests, as starting one takes longer than most tests.

    It gets complete pictures, so nothing of one test remains for the next.
    """

    def __init__(self) -> None:
        self._app = Stage()
        self._fleet: FleetScreen | None = None
        self._live: Live | None = None
        self._done = asyncio.Event()
        self._begun = asyncio.Event()
        # A task of its own: the app's context must be left in the task that entered it, and fixtures end in another.
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        async with self._app.run_test(size=(COLUMNS, FAULTS)) as pilot:
            self._begun.set()
            await self._done.wait()
            await pilot.pause()

    async def close(self) -> None:
        self._done.set()
        await self._task

    async def attach(self, live: Live) -> Screen:
        """A screen that shows the picture of `live` from now on."""
        await self._begun.wait()
        self._live = live
        if self._fleet is None:
            self._fleet = FleetScreen(lambda: self._shown.snapshot, self._shown_now, UTC)
            # In the app's own context, which the tasks of a screen need.
            self._app.call_later(self._app.push_screen, self._fleet)
            await until(self._laid_out)
        return Screen(self, live)

    def draw(self, live: Live) -> list[str]:
        """The lines of the screen."""
        assert live is self._live
        assert self._fleet is not None
        self._fleet.update(live.snapshot, whole=True)
        return [line.rstrip() for line in screen_lines(self._app)]

    @property
    def _shown(self) -> Live:
        assert self._live is not None
        return self._live

    def _shown_now(self) -> datetime:
        return self._shown.now()

    def _laid_out(self) -> bool:
        return bool(self._fleet and self._fleet.query(HeaderLine) and self._fleet.query_one(HeaderLine).size)
