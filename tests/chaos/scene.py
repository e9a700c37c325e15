"""A simulated cluster with faults, a live picture of it over real HTTP, and the screen that shows it."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from urllib.parse import urlsplit

from stsview.clock import ManualClock
from stsview.cluster.http.session import SessionSettings
from stsview.cluster.watch.reflector import ReflectorSettings
from stsview.live.live import Live
from stsview.live.snapshot import Snapshot
from stsview.live.target import KubeconfigTarget
from stsview.model.views import SetView
from stsview.objects.meta import Key
from stsview.simulator.apiserver.faults.faults import Faults
from stsview.simulator.apiserver.resources import STATEFUL_SETS
from stsview.simulator.apiserver.server import ApiServer
from stsview.simulator.cluster import SimulatedCluster
from stsview.simulator.scenarios import find
from stsview.ui.kit.live.health_text import STALE
from tests.chaos.fresh import fresh_picture, picture_of
from tests.chaos.screen import Screen, ScreenApp, TopLines
from tests.support.clocks import MachineClock

ZOOKEEPER = Key("default", "zookeeper")

STEP = 0.5
"""Seconds of the clock between two checks of the screen."""

LONGEST, REAL_SECONDS = 600.0, 5.0
"""Limits for anything: in seconds of the clock, and of real time for what ignores the clock, such as a process."""

REDRAW_SECONDS = 3.0
"""Interval for drawing an unchanged picture again."""

AT_ONCE = 3.0
"""Seconds after which a screen that says live must show a change in the cluster."""


@dataclass(frozen=True)
class PendingChange:
    """A change in the cluster that the picture does not show yet."""

    what: str
    at: datetime
    shown: Callable[[], bool]
    due: float
    """When a picture that is called live must show it."""


class Scene:
    """Checks the screen at each step of the clock: it must not call a picture live, or newer than it is, while that
    lacks a change in the cluster."""

    def __init__(self, folder: Path, stack: AsyncExitStack, screen_app: ScreenApp) -> None:
        self.folder = folder
        self.clock = ManualClock()
        """The clock of the cluster."""
        self.machine = MachineClock(self.clock)
        """The clock of the machine that stsview runs on."""
        self.cluster = SimulatedCluster(find("zookeeper"), clock=self.clock)
        self.shown: list[TopLines] = []
        """The top lines of the screen so far, without repetitions."""
        self.expected_notice = "^$"
        """The second line of a healthy picture."""
        self._stack = stack
        self._screen_app = screen_app
        self._matched = 0
        self._new_lines = asyncio.Event()
        self._pending: list[PendingChange] = []
        self._live: Live | None = None
        self._screen: Screen | None = None
        self._running: asyncio.Task[None] | None = None

    @property
    def server(self) -> ApiServer:
        return self.cluster.server

    @property
    def faults(self) -> Faults:
        return self.cluster.server.faults

    @property
    def kubeconfig(self) -> Path:
        return self.folder / "kubeconfig"

    @property
    def live(self) -> Live:
        assert self._live is not None
        return self._live

    @property
    def screen(self) -> Screen:
        assert self._screen is not None
        return self._screen

    @property
    def view(self) -> SetView:
        """The StatefulSet of all tests."""
        return self.live.snapshot.fleet.sets[ZOOKEEPER]

    @property
    def replicas(self) -> int:
        """The desired replicas of the StatefulSet."""
        replicas: int = self.cluster.storage.get(STATEFUL_SETS, *ZOOKEEPER)["spec"]["replicas"]
        return replicas

    async def start_cluster(self) -> None:
        """Start serving the cluster."""
        await self.cluster.start()
        self._stack.push_async_callback(self._stop_cluster)
        self.server.write_kubeconfig(self.kubeconfig)

    def connection(
        self, session_settings: SessionSettings | None = None, reflector_settings: ReflectorSettings | None = None
    ) -> Live:
        """A live picture of the cluster, not started."""
        return Live(
            KubeconfigTarget(str(self.kubeconfig), namespaces=()),
            clock=self.machine,
            rng=random.Random(1),
            session_settings=session_settings,
            reflector_settings=reflector_settings,
            keep_trying=True,
        )

    async def start_stsview(
        self, session_settings: SessionSettings | None = None, reflector_settings: ReflectorSettings | None = None
    ) -> None:
        """Start the picture and show it."""
        self._live = self.connection(session_settings, reflector_settings)
        self._screen = await self._screen_app.attach(self._live)
        self._live.subscribe(lambda _: self._check_screen())
        self._running = asyncio.create_task(self._live.run())
        self._stack.push_async_callback(self._stop_stsview)

    async def start_live(
        self, session_settings: SessionSettings | None = None, reflector_settings: ReflectorSettings | None = None
    ) -> None:
        """Start cluster and picture, and wait until it is live."""
        await self.start_cluster()
        await self.start_stsview(session_settings, reflector_settings)
        await self.expect("● live", "^$", "zookeeper", "3/3")

    async def _stop_cluster(self) -> None:
        await self.cluster.stop()

    async def _stop_stsview(self) -> None:
        assert self._running is not None
        self._running.cancel()
        with suppress(asyncio.CancelledError):
            await self._running

    async def replace_cluster(self, other: SimulatedCluster) -> None:
        """Let another cluster answer at the address of this one."""
        # The port is only known once the first cluster is listening.
        other._port = urlsplit(self.server.url).port or 0
        await self.cluster.stop()
        other.advance(self.clock.monotonic())
        await other.start()
        self.cluster = other

    def scale(self, replicas: int, *, within: float = AT_ONCE) -> None:
        """Scale the StatefulSet. A picture that is called live must show it after `within` seconds."""
        self.cluster.scale("default", "zookeeper", replicas)
        self.must_show(f"{replicas} replicas", lambda: self.view.replicas == replicas, within)

    def must_show(self, what: str, shown: Callable[[], bool], within: float = AT_ONCE) -> None:
        due = self.clock.monotonic() + within
        self._pending.append(PendingChange(what, self.clock.now(), shown, due))

    async def expect(self, head: str, notice: str = "", *body: str) -> None:
        """Let time pass until the first line, the one below it and the rest of the screen match these patterns.

        Without patterns for the rest, a match at any time since the last call is enough.
        """

        drawn: Snapshot | None = None
        again = 0.0

        def matches() -> bool:
            nonlocal drawn, again
            if not body:
                return self.has_shown(head, notice, since=self._matched)
            said, snapshot, now = self.screen.top_lines, self.live.snapshot, self.clock.monotonic()
            if not (re.search(head, said.head) and re.search(notice, said.notice)):
                return False
            # Drawing takes longer than everything else.
            if snapshot is drawn and now < again:
                return False
            drawn, again = snapshot, now + REDRAW_SECONDS
            return all(re.search(pattern, self.screen.text) for pattern in body)

        await self.until(matches, f"{head!r}, {notice!r}, {body}")
        self._matched = len(self.shown)

    async def expect_without_time(self, head: str, notice: str) -> None:
        """Wait in real time until the top lines match, for what a socket does on its own; the clock stands still."""
        self._new_lines.clear()
        async with asyncio.timeout(30):
            while not self.has_shown(head, notice, since=self._matched):
                await self._new_lines.wait()
                self._new_lines.clear()
        self._matched = len(self.shown)

    def has_shown(self, head: str, notice: str = "", *, since: int = 0) -> bool:
        """Whether both top lines matched these patterns at any one time."""
        return any(re.search(head, one.head) and re.search(notice, one.notice) for one in self.shown[since:])

    async def until(self, holds: Callable[[], bool], expected: str) -> None:
        ends, patience = self.clock.monotonic() + LONGEST, monotonic() + REAL_SECONDS
        while not holds():
            if self.clock.monotonic() >= ends and monotonic() >= patience:
                raise AssertionError(f"waited in vain for {expected}; screen:\n{self._last_lines()}")
            await self._step()

    async def advance(self, seconds: float) -> None:
        """Let time pass."""
        ends = self.clock.monotonic() + seconds
        while self.clock.monotonic() < ends:
            await self._step()

    async def _step(self) -> None:
        await self.clock.advance(STEP)
        if self._running is not None and self._running.done():
            self._running.result()
        if self._screen is not None:
            self._check_screen()

    def _check_screen(self) -> None:
        said = self.screen.top_lines
        if not self.shown or self.shown[-1] != said:
            self.shown.append(said)
            self._new_lines.set()
        assert all(line.isprintable() for line in said)
        assert "internal error" not in said.notice
        self._pending = [one for one in self._pending if not one.shown()]
        if not self._pending:
            return
        now, health = self.clock.monotonic(), self.live.snapshot.health
        overdue = [one.what for one in self._pending if one.due <= now]
        assert not (overdue and "● live" in said.head), f"called live without {overdue}:\n{self._last_lines()}"
        if health.link in STALE:
            assert health.as_of is not None
            younger = [one.what for one in self._pending if one.at < health.as_of - timedelta(seconds=AT_ONCE)]
            assert not younger, f"called newer than it is, without {younger}:\n{self._last_lines()}"
            age = (self.live.now() - health.as_of).total_seconds()
            shown = re.search(r"^ *(?:Data is )?(?:up to )?(\d+) s old", said.notice)
            assert age >= 120 or (shown and int(shown[1]) >= age - AT_ONCE), f"{age} s old:\n{self._last_lines()}"

    async def expect_recovery(self) -> None:
        """Let time pass until the screen says live, and compare the model with fresh lists."""
        await self.expect("● live", self.expected_notice)
        await self.until(lambda: not self._pending and self.view.ready == self.replicas, "all that happened")
        assert re.search(rf"zookeeper .*{self.replicas}/{self.replicas}", self.screen.text)
        await self.expect_fresh_model()

    async def expect_fresh_model(self) -> None:
        """Assert that objects and views equal those of fresh lists."""
        await self.advance(1)
        mine, fresh = picture_of(self.live), await fresh_picture(self.server, self.machine, self.live)
        assert mine.objects.keys() == fresh.objects.keys()
        for kind, objects in fresh.objects.items():
            assert mine.objects[kind] == objects, kind
        assert mine.views == fresh.views
        assert self.live.snapshot.fleet.sets == fresh.views

    def _last_lines(self) -> str:
        lines = [f"{head}\n  {notice}" for head, notice in self.shown[-12:]]
        return "\n".join([*lines, self.screen.text] if self._screen is not None else lines)
