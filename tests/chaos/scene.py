"""One simulated cluster that is in trouble, a live picture of it over real HTTP, and the screen that shows it."""

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
from tests.chaos.screen import Said, Screen, Shell
from tests.support.clocks import MachineClock

ZOOKEEPER = Key("default", "zookeeper")

STEP = 0.5
"""Seconds of the clock between two looks at the screen."""

LONGEST, REAL_SECONDS = 600.0, 5.0
"""Seconds that anything may take: of the clock, and of real time for what does not go by that, such as a process."""

REDRAW_SECONDS = 3.0
"""How long after a picture was drawn it is drawn again although nothing else is known."""

AT_ONCE = 3.0
"""Seconds after which a screen that says live shows what happened in the cluster."""


@dataclass(frozen=True)
class Happened:
    """Something in the cluster that the picture does not show yet."""

    what: str
    at: datetime
    shown: Callable[[], bool]
    due: float
    """From when on a picture that is called live has to show it."""


class Scene:
    """Looks at the screen at each step of the clock: it must not call a picture live, or younger than it is, that lacks
    what happened in the cluster."""

    def __init__(self, folder: Path, stack: AsyncExitStack, shell: Shell) -> None:
        self.folder = folder
        self.world = ManualClock()
        """The cluster's clock."""
        self.machine = MachineClock(self.world)
        """That of the machine that stsview runs on."""
        self.cluster = SimulatedCluster(find("zookeeper"), clock=self.world)
        self.all_said: list[Said] = []
        """What the screen has said, one after the other."""
        self.lasting = "^$"
        """What the second line still says when all is well."""
        self._stack = stack
        self._shell = shell
        self._heard = 0
        self._told = asyncio.Event()
        self._happened: list[Happened] = []
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
        """Of the set that all rows look at."""
        return self.live.snapshot.fleet.sets[ZOOKEEPER]

    @property
    def wanted(self) -> int:
        """How many replicas the set is to have."""
        replicas: int = self.cluster.storage.get(STATEFUL_SETS, *ZOOKEEPER)["spec"]["replicas"]
        return replicas

    async def serves(self) -> None:
        """The cluster can be reached from now on."""
        await self.cluster.start()
        self._stack.push_async_callback(self._stops)
        self.server.write_kubeconfig(self.kubeconfig)

    def connection(
        self, session_settings: SessionSettings | None = None, reflector_settings: ReflectorSettings | None = None
    ) -> Live:
        """What stsview looks through."""
        return Live(
            KubeconfigTarget(str(self.kubeconfig), namespaces=()),
            clock=self.machine,
            dice=random.Random(1),
            session_settings=session_settings,
            reflector_settings=reflector_settings,
        )

    async def opens(
        self, session_settings: SessionSettings | None = None, reflector_settings: ReflectorSettings | None = None
    ) -> None:
        """Somebody starts stsview."""
        self._live = self.connection(session_settings, reflector_settings)
        self._screen = await self._shell.shows(self._live)
        self._live.subscribe(lambda _: self._look())
        self._running = asyncio.create_task(self._live.run())
        self._stack.push_async_callback(self._ends)

    async def is_live(
        self, session_settings: SessionSettings | None = None, reflector_settings: ReflectorSettings | None = None
    ) -> None:
        """Stsview shows a cluster that is well."""
        await self.serves()
        await self.opens(session_settings, reflector_settings)
        await self.says("● live", "^$", "zookeeper", "3/3")

    async def _stops(self) -> None:
        await self.cluster.stop()

    async def _ends(self) -> None:
        assert self._running is not None
        self._running.cancel()
        with suppress(asyncio.CancelledError):
            await self._running

    async def becomes(self, other: SimulatedCluster) -> None:
        """Another cluster answers at the address of this one."""
        # Nobody knows the port before the first one has been given one.
        other._port = urlsplit(self.server.url).port or 0
        await self.cluster.stop()
        other.advance(self.world.monotonic())
        await other.start()
        self.cluster = other

    def scale(self, replicas: int, *, within: float = AT_ONCE) -> None:
        """Life goes on: somebody scales the set. A picture that is called live shows it after `within` seconds."""
        self.cluster.scale("default", "zookeeper", replicas)
        self.must_show(f"{replicas} replicas", lambda: self.view.replicas == replicas, within)

    def must_show(self, what: str, shown: Callable[[], bool], within: float = AT_ONCE) -> None:
        due = self.world.monotonic() + within
        self._happened.append(Happened(what, self.world.now(), shown, due))

    async def says(self, head: str, notice: str = "", *body: str) -> None:
        """Let time pass until the first line, the one below it and the rest of the screen match these patterns.

        Without anything of the rest it is enough that they have done so since this was last asked.
        """

        drawn: Snapshot | None = None
        again = 0.0

        def so() -> bool:
            nonlocal drawn, again
            if not body:
                return self.has_said(head, notice, since=self._heard)
            said, snapshot, now = self.screen.said, self.live.snapshot, self.world.monotonic()
            if not (re.search(head, said.head) and re.search(notice, said.notice)):
                return False
            # Drawing takes longer than all the rest.
            if snapshot is drawn and now < again:
                return False
            drawn, again = snapshot, now + REDRAW_SECONDS
            return all(re.search(pattern, self.screen.text) for pattern in body)

        await self.until(so, f"{head!r}, {notice!r}, {body}")
        self._heard = len(self.all_said)

    async def says_unasked(self, head: str, notice: str) -> None:
        """Wait, in real time, until the first line and the one below it match these patterns. The clock stands still;
        it is for what a socket does by itself."""
        self._told.clear()
        async with asyncio.timeout(30):
            while not self.has_said(head, notice, since=self._heard):
                await self._told.wait()
                self._told.clear()
        self._heard = len(self.all_said)

    def has_said(self, head: str, notice: str = "", *, since: int = 0) -> bool:
        """Whether the first line and the one below it matched these patterns, at the same time and at any."""
        return any(re.search(head, one.head) and re.search(notice, one.notice) for one in self.all_said[since:])

    async def until(self, holds: Callable[[], bool], expected: str) -> None:
        ends, patience = self.world.monotonic() + LONGEST, monotonic() + REAL_SECONDS
        while not holds():
            if self.world.monotonic() >= ends and monotonic() >= patience:
                raise AssertionError(f"waited in vain for {expected}; said:\n{self._last_said()}")
            await self._step()

    async def passes(self, seconds: float) -> None:
        """Let time pass."""
        ends = self.world.monotonic() + seconds
        while self.world.monotonic() < ends:
            await self._step()

    async def _step(self) -> None:
        await self.world.advance(STEP)
        if self._running is not None and self._running.done():
            self._running.result()
        if self._screen is not None:
            self._look()

    def _look(self) -> None:
        said = self.screen.said
        if not self.all_said or self.all_said[-1] != said:
            self.all_said.append(said)
            self._told.set()
        assert all(line.isprintable() for line in said)
        assert "internal error" not in said.notice
        self._happened = [one for one in self._happened if not one.shown()]
        if not self._happened:
            return
        now, health = self.world.monotonic(), self.live.snapshot.health
        overdue = [one.what for one in self._happened if one.due <= now]
        assert not (overdue and "● live" in said.head), f"called live without {overdue}:\n{self._last_said()}"
        if health.link in STALE:
            assert health.since is not None
            younger = [one.what for one in self._happened if one.at < health.since - timedelta(seconds=AT_ONCE)]
            assert not younger, f"called younger than it is, without {younger}:\n{self._last_said()}"

    async def recovers(self) -> None:
        """Let time pass until the screen says that all is well, and hold the model against a fresh list."""
        await self.says("● live", self.lasting)
        await self.until(lambda: not self._happened and self.view.ready == self.wanted, "all that happened")
        assert re.search(rf"zookeeper .*{self.wanted}/{self.wanted}", self.screen.text)
        await self.is_whole()

    async def is_whole(self) -> None:
        """The model equals a fresh list, object by object, and so do the views."""
        await self.passes(1)
        mine, fresh = picture_of(self.live), await fresh_picture(self.server, self.machine, self.live)
        assert mine.objects.keys() == fresh.objects.keys()
        for kind, objects in fresh.objects.items():
            assert mine.objects[kind] == objects, kind
        assert mine.views == fresh.views
        assert self.live.snapshot.fleet.sets == fresh.views

    def _last_said(self) -> str:
        lines = [f"{head}\n  {notice}" for head, notice in self.all_said[-12:]]
        return "\n".join([*lines, self.screen.text] if self._screen is not None else lines)
