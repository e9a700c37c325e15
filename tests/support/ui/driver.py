"""Drives the app over a fake source, as a user does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC
from pathlib import Path

from textual import events
from textual.keys import _character_to_key, key_to_character
from textual.pilot import Pilot

from stsview.actions.dns.lazy_service import NamesService
from stsview.actions.exec.lazy_service import ExecService
from stsview.actions.port_forward.lazy_service import ForwardService
from stsview.actions.service import Actions
from stsview.config import Configuration
from stsview.ui.app import StsviewApp
from stsview.ui.fleet.fleet_screen import FleetScreen
from stsview.ui.kit.first_keys import FirstKeys
from stsview.ui.set.set_screen import SetScreen
from tests.support.ui.fake_live import FakeSource
from tests.support.ui.stage import screen_lines, wait_for

_CHARACTERS = {"slash": "/"}


class Stopwatch:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


class Driver:
    def __init__(self, app: StsviewApp, source: FakeSource, pilot: Pilot[None], stopwatch: Stopwatch) -> None:
        self.app = app
        self.source = source
        self.pilot = pilot
        self.stopwatch = stopwatch

    @property
    def in_sync(self) -> bool:
        """Whether the screen shows the snapshot of the source."""
        return len(self.fleet.table.keys) == len(self.source.snapshot.fleet.sets) > 0

    @property
    def lines(self) -> list[str]:
        return screen_lines(self.app)

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def fleet(self) -> FleetScreen:
        screen = self.app.screen
        assert isinstance(screen, FleetScreen)
        return screen

    @property
    def one_set(self) -> SetScreen:
        screen = self.app.screen
        assert isinstance(screen, SetScreen)
        return screen

    @property
    def names(self) -> list[str]:
        """Names of the sets in row order."""
        return [key.name for key in self.fleet.table.keys]

    @property
    def cursor(self) -> str:
        key = self.fleet.table.cursor_key
        return "" if key is None else key.name

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def burst(self, *keys: str) -> None:
        """Press keys faster than the app handles them, like a paste or a lagging terminal."""
        for key in keys:
            self.app.post_message(events.Key(key, key_to_character(key) or _CHARACTERS.get(key)))
        await self.settle()

    async def type(self, text: str) -> None:
        """Type text without a pause between the keys."""
        for sign in text:
            self.app.post_message(events.Key(_character_to_key(sign), sign))
        await self.settle()

    async def run_command(self, typed: str) -> None:
        """Type `:` and a command, and run it."""
        await self.press("colon")
        await self.type(typed)
        await self.press("enter")

    async def sees(self, text: str) -> None:
        """Wait until `text` is on the screen."""
        await wait_for(self.pilot, lambda: text in self.text, f"{text!r} is on the screen")

    async def sees_no(self, text: str) -> None:
        await wait_for(self.pilot, lambda: text not in self.text, f"{text!r} is not on the screen any more")

    async def settle(self) -> None:
        """Let pending work be done and drawn."""
        await self.pilot.pause()
        await self.pilot.pause()

    async def second(self, seconds: float = 1) -> None:
        """Advance the cluster's time and the stopwatch, then let the app tick."""
        self.source.pass_time(seconds)
        self.stopwatch.seconds += seconds
        self.app.tick()
        await self.settle()

    async def stand_on(self, name: str) -> None:
        """Move the cursor of the fleet to a set."""
        key = next(key for key in self.fleet.table.keys if key.name == name)
        self.fleet.table.move_cursor(key)
        await self.settle()

    async def open(self, name: str) -> None:
        """Open a set of the fleet."""
        await self.stand_on(name)
        await self.press("enter")
        await wait_for(self.pilot, lambda: isinstance(self.app.screen, SetScreen), f"{name} is open")
        await self.settle()


@asynccontextmanager
async def driving(
    source: FakeSource | None = None,
    size: tuple[int, int] = (120, 36),
    *,
    wait: bool = True,
    theme: str | None = None,
    action_service: Actions | None = None,
    first_keys: FirstKeys | None = None,
    saved_filters: Mapping[str, str] | None = None,
    exec_service: ExecService | None = None,
    named_commands: Mapping[str, Mapping[str, str]] | None = None,
    forward_service: ForwardService | None = None,
    names_service: NamesService | None = None,
    configuration: Configuration | None = None,
    configuration_file: Path | None = None,
) -> AsyncIterator[Driver]:
    """The running app; with `wait`, once its first snapshot is on the screen."""
    source = source or FakeSource()
    stopwatch = Stopwatch()
    app = StsviewApp(
        source,
        theme=theme,
        zone=UTC,
        monotonic=stopwatch,
        action_service=action_service,
        first_keys=first_keys,
        saved_filters=saved_filters,
        exec_service=exec_service,
        named_commands=named_commands,
        forward_service=forward_service,
        names_service=names_service,
        configuration=configuration,
        configuration_file=configuration_file,
    )
    async with app.run_test(size=size, notifications=True) as pilot:
        driver = Driver(app, source, pilot, stopwatch)
        if wait:
            await wait_for(pilot, lambda: source.running and driver.in_sync, "the first snapshot")
            await driver.settle()
        yield driver
