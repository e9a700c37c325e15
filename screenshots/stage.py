"""A simulated cluster and the dashboard on it, on a clock that stands still between the steps of a scene."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

from rich.color import Color
from rich.style import Style
from textual._context import visible_screen_stack
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input

from screenshots.scenes import REPLAY
from screenshots.svg import Look, Row
from stsview.actions.dns.lazy_service import LazyNamesService
from stsview.actions.exec.lazy_service import LazyExecService
from stsview.actions.execution.audit_log import AuditLog
from stsview.actions.port_forward.lazy_service import LazyForwardService
from stsview.actions.service import ActionService
from stsview.clock import ManualClock
from stsview.live.live import Live
from stsview.live.recording.recorder import Recorder
from stsview.live.replay.recording_target import RecordingTarget
from stsview.live.snapshot import Link
from stsview.live.target import KubeconfigTarget
from stsview.model.settings import ModelSettings
from stsview.simulator.cluster import Scenario, SimulatedCluster
from stsview.simulator.scenarios import find
from stsview.ui.app import StsviewApp
from stsview.ui.app_commands import THEME_PREFIX
from stsview.ui.replay.replay_app import ReplayApp

START = datetime(2026, 3, 14, 9, 26, tzinfo=UTC)
"""The time of the first picture of each scene."""

_STEP, _TURNS = 0.05, 100


class Stage:
    """One run of the dashboard."""

    def __init__(self, app: StsviewApp, clock: ManualClock) -> None:
        self.app = app
        self.pilot: Pilot[None]
        self._clock = clock

    async def until(self, holds: Callable[[], bool], what: str) -> None:
        """Let time pass until `holds`. Raises RuntimeError if that does not come."""
        for turn in range(_TURNS):
            if holds():
                return
            # What takes long on the clock of the cluster must not take long on that of the machine.
            await self._clock.advance(_STEP if turn < _TURNS / 5 else 10 * _STEP)
            await self.pilot.pause()
        raise RuntimeError(f"waited in vain for {what}; the screen is\n{self.text}")

    async def shows(self, words: str) -> None:
        """Wait for words on the screen."""
        await self.until(lambda: words in self.text, repr(words))

    async def until_second(self, seconds: float) -> None:
        """Let time pass until that many seconds after the start, so that ages never depend on the machine."""
        left = seconds - self._clock.monotonic()
        if left < 0:
            raise RuntimeError(f"{self._clock.monotonic():.1f} s have passed before second {seconds}: name a later one")
        while left > 1e-6:
            step = min(0.25, left)
            await self._clock.advance(step)
            await self.pilot.pause()
            left -= step

    async def still(self) -> None:
        """Wait until nothing moves on the screen."""
        last, same = "", 0
        for _ in range(200):
            # By themselves, ages are drawn once a second of the machine.
            self.app.tick()
            await self._clock.advance(0)
            await self.pilot.pause(0.02)
            same = same + 1 if self.text == last else 0
            last = self.text
            if same > 3:
                return
        raise RuntimeError(f"it never stands still:\n{self.text}")

    async def wear(self, theme: str) -> None:
        """Change the theme."""
        self.app.theme = THEME_PREFIX + theme
        await self.pilot.pause()

    @property
    def text(self) -> str:
        """The screen, as text."""
        return "\n".join("".join(text for text, _ in row).rstrip() for row in self.rows())

    def rows(self) -> tuple[Row, ...]:
        """The screen as it is painted, with what it leaves visible of those below."""
        for one in self.app.screen.query(Input):
            one.cursor_blink = False
        return rows_of(self.app)


def rows_of(app: App[Any]) -> tuple[Row, ...]:
    """What an app shows, in runs of one look."""
    visible_screen_stack.set(app._background_screens)
    return tuple(_row(strip) for strip in app.screen._compositor.render_strips())


def _row(segments: Any) -> Row:
    runs: list[tuple[str, Look]] = []
    for text, style, control in segments:
        if control or not text:
            continue
        look = _look(style or Style())
        if runs and runs[-1][1] == look:
            runs[-1] = (runs[-1][0] + text, look)
        else:
            runs.append((text, look))
    return tuple(runs)


def _look(style: Style) -> Look:
    colour, background = _hex(style.color, "#c9d3dc"), _hex(style.bgcolor, "#000000")
    if style.reverse:
        colour, background = background, colour
    return Look(colour, background, bool(style.bold), bool(style.underline), bool(style.italic))


def _hex(colour: Color | None, default: str) -> str:
    return default if colour is None or colour.is_default else colour.get_truecolor().hex


@asynccontextmanager
async def replayed(size: tuple[int, int], folder: Path) -> AsyncIterator[Stage]:
    """The dashboard on a recording: an update with a mistake in the name of its image, and its rollback."""
    clock, path = ManualClock(START), folder / "incident.jsonl.gz"
    cluster = SimulatedCluster(find("zookeeper"), clock=clock)
    await cluster.start()
    try:
        cluster.write_kubeconfig(folder / "kubeconfig")
        recorder = Recorder(path)
        live = Live(KubeconfigTarget(str(folder / "kubeconfig"), namespaces=()), clock=clock, recorder=recorder)
        running = asyncio.create_task(live.run())
        cluster.images.missing.add("zookeeper:3.9.O")
        for seconds, image in ((60, "zookeeper:3.9.O"), (240, "zookeeper:3.8.1"), (60, "")):
            for _ in range(seconds * 2):
                await clock.advance(0.5)
                await asyncio.sleep(0.001)
            if image:
                cluster.set_image("default", "zookeeper", image)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        recorder.close()
    finally:
        await cluster.stop()
    clock = ManualClock(START)
    replay = RecordingTarget(str(path)).open(ModelSettings(), at_start=True, clock=clock)
    async with staged(ReplayApp(replay, theme="dark", zone=UTC, monotonic=clock.monotonic), clock, size) as stage:
        yield stage


@asynccontextmanager
async def dashboard(scenario: str | Scenario, size: tuple[int, int], folder: Path) -> AsyncIterator[Stage]:
    """The dashboard on a scenario, live; `folder` is for its kubeconfig and audit log."""
    if scenario == REPLAY:
        async with replayed(size, folder) as stage:
            yield stage
        return
    clock = ManualClock(START)
    with patch.dict(os.environ, {"STSVIEW_AUDIT": str(folder / "audit.jsonl")}):
        for name in ("NO_COLOR", "STSVIEW_ASCII"):
            os.environ.pop(name, None)
        cluster = SimulatedCluster(find(scenario) if isinstance(scenario, str) else scenario, clock=clock)
        await cluster.start()
        try:
            cluster.write_kubeconfig(folder / "kubeconfig")
            live = Live(KubeconfigTarget(str(folder / "kubeconfig"), namespaces=()), clock=clock)
            actions = ActionService(live, AuditLog(folder / "audit.jsonl"), ModelSettings(), clock)
            app = StsviewApp(
                live,
                theme="dark",
                zone=UTC,
                monotonic=clock.monotonic,
                action_service=actions,
                exec_service=LazyExecService(live),
                forward_service=LazyForwardService(live),
                names_service=LazyNamesService(live),
            )
            async with staged(app, clock, size) as stage:
                await stage.until(lambda: live.snapshot.health.link is Link.LIVE, "live data")
                # The key bar offers changes a moment later.
                await stage.shows("s scale")
                yield stage
        finally:
            await cluster.stop()


@asynccontextmanager
async def staged(app: StsviewApp, clock: ManualClock, size: tuple[int, int]) -> AsyncIterator[Stage]:
    """Run an app without a terminal."""
    stage = Stage(app, clock)
    async with app.run_test(size=size) as pilot:
        stage.pilot = pilot
        yield stage
