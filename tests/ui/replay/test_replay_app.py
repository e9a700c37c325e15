"""A recorded history of a real control plane in the dashboard, moved by the keyboard."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC

from textual import events
from textual.keys import _character_to_key
from textual.pilot import Pilot

from stsview.clock import ManualClock
from stsview.live.replay.recording_target import RecordingTarget
from stsview.live.replay.replay_source import ReplaySource
from stsview.model.settings import ModelSettings
from stsview.objects.meta import Key
from stsview.ui.replay.replay_app import ReplayApp
from tests.support.paths import HISTORIES
from tests.support.ui.stage import screen_lines, wait_for

ZOOKEEPER = Key("h-dead-node", "zookeeper")


class Screen:
    def __init__(self, app: ReplayApp, source: ReplaySource, pilot: Pilot[None], clock: ManualClock) -> None:
        self.app = app
        self.source = source
        self.pilot = pilot
        self.clock = clock

    async def shows(self, *texts: str) -> None:
        await wait_for(self.pilot, lambda: all(text in "\n".join(screen_lines(self.app)) for text in texts), str(texts))

    async def type(self, text: str) -> None:
        for sign in text:
            self.app.post_message(events.Key(_character_to_key(sign), sign))
        await self.press("enter")

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()


@asynccontextmanager
async def replaying(name: str, size: tuple[int, int] = (120, 36), **options: float) -> AsyncIterator[Screen]:
    clock = ManualClock()
    target = RecordingTarget(str(HISTORIES / f"{name}.jsonl.gz"))
    source = target.open(ModelSettings(), at_start=True, clock=clock)
    app = ReplayApp(source, zone=UTC, **options)
    async with app.run_test(size=size, notifications=True) as pilot:
        screen = Screen(app, source, pilot, clock)
        await screen.shows("of 3m01s")
        yield screen
    assert not app.failure


async def test_findings_lead_to_their_times_and_back() -> None:
    async with replaying("dead-node", (80, 24)) as screen:
        await screen.press("greater_than_sign")
        await screen.shows("21:37:17  56s of 3m01s", "2 changes:  began ▲ h-dead-node/zookeeper")
        await screen.shows("since      0s", "2/3")
        await screen.press("greater_than_sign", "greater_than_sign", "greater_than_sign")
        await screen.shows("21:38:27", "ended ● h-dead-node/zookeeper")
        await screen.press("less_than_sign", "less_than_sign", "less_than_sign")
        await screen.shows("21:37:17")
        await screen.press("less_than_sign")
        await screen.shows("no earlier finding", "21:37:17")
        await screen.press("comma")
        await screen.shows("21:36:29  9s of 3m01s")
        await screen.press("full_stop")
        await screen.shows("21:37:17")


async def test_it_plays_at_a_speed_and_stands_still_at_its_end() -> None:
    async with replaying("dead-node", speed=10.0) as screen:
        await screen.shows("playing 10x", "0s of 3m01s")
        for _ in range(8):
            await screen.clock.advance(0.5)
            await screen.pilot.pause()
        await screen.shows("40s of 3m01s", "3/3")
        await screen.press("plus", "space")
        await screen.shows("paused", "40s of 3m01s")
        await screen.press("space")
        await screen.shows("playing 20x")
        for _ in range(16):
            await screen.clock.advance(0.5)
            await screen.pilot.pause()
        await screen.shows("paused", "21:39:22  3m01s of 3m01s")
        await screen.press("space")
        await screen.shows("playing 20x", "  0s of 3m01s")


async def test_a_time_is_chosen_by_command_and_from_the_time_line() -> None:
    async with replaying("dead-node") as screen:
        await screen.type(":at 21:38:00")
        await screen.shows("21:38:00", "1 at risk")
        await screen.press("M", "T")
        await screen.shows("21:36:29 UTC", "kubectl annotate node fake-node-1 test/dead=true", "· bookmark")
        await screen.press("g", "j", "j", "enter")
        await screen.shows("21:36:29  9s of 3m01s", "3/3")
        await screen.type(":at soon")
        await screen.shows("which time?")
        await screen.type(":speed 0")
        await screen.shows("as in :speed 10")


async def test_a_recording_cannot_be_changed_and_says_what_it_lacks() -> None:
    async with replaying("dead-node") as screen:
        await screen.press("greater_than_sign")
        await screen.shows("2/3")
        await screen.press("s")
        await screen.shows("the data comes from a recording")
        await screen.press("l")
        await screen.shows("logs are not in the recording")
        await screen.press("escape", "enter", "y")
        await screen.shows("kind: Pod")
        await screen.press("escape")
        await screen.type(":record x.gz")
        await screen.shows("there is nothing to record")
