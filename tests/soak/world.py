"""A simulated cluster over real HTTP, and a live picture of it, on clocks that only the soak test moves."""

from __future__ import annotations

import asyncio
import logging
import random
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import yaml

from stsview.clock import ManualClock
from stsview.cluster.http.connection_pool import load_transport
from stsview.cluster.http.session import SessionSettings
from stsview.cluster.watch.reflector import ReflectorSettings
from stsview.live.live import Live
from stsview.live.snapshot import Link, Snapshot
from stsview.live.target import KubeconfigTarget
from stsview.model.views import Severity
from stsview.simulator.cluster import Scenario, SimulatedCluster
from stsview.simulator.settings import Settings
from tests.support.clocks import MachineClock

STEP = 0.5
"""Largest step of the clock, after which sockets get a turn."""

# Sockets use real time, in which an hour of the clock is a minute or less.
SESSION = SessionSettings(connect_seconds=2.0, read_seconds=0.5, ping_seconds=0.5)
REFLECTORS = ReflectorSettings(
    answer_seconds=0.5, list_silence_seconds=1.0, watch_silence_seconds=1.0, unmarked_silence_seconds=2.0
)


class ErrorLog(logging.Handler):
    """Collects logged errors, which are bugs in the program or the simulator."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        self.messages.append(f"{record.name}: {record.getMessage()} {error!r}")


class World:
    """Cluster, picture and clocks. Advancing time raises what ended the live loop."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.clock = ManualClock()
        self.machine = MachineClock(self.clock)
        self.cluster = SimulatedCluster(
            Scenario("empty", "nothing", ()), clock=self.clock, seed=seed, settings=Settings()
        )
        self.token_file = folder / "token"
        self.errors = ErrorLog()
        self.snapshots = 0
        self._kubeconfig = folder / "kubeconfig"
        self._seed = seed
        self._live: Live | None = None
        self._running: asyncio.Task[None] | None = None

    @property
    def live(self) -> Live:
        assert self._live is not None
        return self._live

    async def __aenter__(self) -> Self:
        logging.getLogger().addHandler(self.errors)
        await load_transport()
        await self.cluster.start()
        self.cluster.server.write_kubeconfig(self._kubeconfig)
        self.token_file.write_text(self.cluster.server.token)
        document = yaml.safe_load(self._kubeconfig.read_text())
        document["clusters"][0]["cluster"] = {"server": self.cluster.server.url}
        document["users"][0]["user"] = {"tokenFile": str(self.token_file)}
        self._kubeconfig.write_text(yaml.safe_dump(document))
        self._live = Live(
            KubeconfigTarget(str(self._kubeconfig), namespaces=()),
            clock=self.machine,
            rng=random.Random(self._seed),
            session_settings=SESSION,
            reflector_settings=REFLECTORS,
        )
        self._live.subscribe(self._seen)
        self._running = asyncio.create_task(self._live.run(), name="live")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        if self._running is not None:
            self._running.cancel()
            with suppress(asyncio.CancelledError):
                await self._running
        await self.cluster.stop()
        logging.getLogger().removeHandler(self.errors)

    @property
    def is_live(self) -> bool:
        health = self.live.snapshot.health
        return health.link is Link.LIVE and not health.degraded and not health.problem

    async def advance(self, seconds: float) -> None:
        """Let time pass, with turns for the sockets."""
        ends = self.clock.monotonic() + seconds
        while (left := ends - self.clock.monotonic()) > 1e-6:
            await self.step(min(STEP, left))

    async def advance_slowly(self, seconds: float) -> None:
        """Let time pass in small steps, so that sockets get more turns: a lost peer is noticed in real time only."""
        for _ in range(round(seconds * 10)):
            await self.step(0.1)

    async def step(self, seconds: float = STEP) -> None:
        await self.clock.advance(seconds)
        assert self._running is not None
        if self._running.done():
            self._running.result()
            raise AssertionError("the live loop has ended")

    def _seen(self, snapshot: Snapshot) -> None:
        self.snapshots += 1
        fleet = snapshot.fleet
        counted = dict.fromkeys(Severity, 0)
        for view in fleet.sets.values():
            counted[view.severity] += 1
        assert fleet.counts == counted
