"""A simulated cluster over real HTTP, and a live picture of it, on one manual clock."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import pytest

from stsview.clock import ManualClock
from stsview.live.clusters.multi_source import MultiSource
from stsview.live.live import Live
from stsview.live.snapshot import Snapshot
from stsview.live.target import KubeconfigTarget
from stsview.simulator.cluster import Scenario, SimulatedCluster
from stsview.simulator.scenarios import find

STEPS = 4000


class Rig:
    """Clock, clusters and pictures for a test of the live loop."""

    def __init__(self, folder: Path, stack: AsyncExitStack) -> None:
        self.clock = ManualClock()
        self.folder = folder
        self._stack = stack

    async def cluster(self, scenario: str | Scenario = "zookeeper", name: str = "kubeconfig") -> SimulatedCluster:
        """A cluster that is being served; its kubeconfig is the file `name` in `folder`."""
        cluster = SimulatedCluster(find(scenario) if isinstance(scenario, str) else scenario, clock=self.clock)
        await cluster.start()
        self._stack.push_async_callback(cluster.stop)
        cluster.server.write_kubeconfig(self.folder / name)
        return cluster

    def rng(self) -> random.Random:
        return random.Random(1)

    def live(self, namespaces: tuple[str, ...] = (), name: str = "kubeconfig") -> Live:
        target = KubeconfigTarget(str(self.folder / name), namespaces=namespaces)
        return Live(target, clock=self.clock, rng=self.rng())

    @asynccontextmanager
    async def running(self, live: Live | MultiSource) -> AsyncIterator[list[Snapshot]]:
        """Run `live` within the block; yields the list of its published snapshots."""
        seen: list[Snapshot] = []
        unsubscribe = live.subscribe(seen.append)
        task = asyncio.create_task(live.run())
        try:
            yield seen
        finally:
            unsubscribe()
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def until(self, holds: Callable[[], bool], expected: str, step: float = 0.05) -> None:
        """Let time pass in steps of `step` seconds, with turns for the network, until `holds`."""
        for _ in range(STEPS):
            if holds():
                return
            await self.clock.advance(step)
            # Sockets need the selector, which runs when a task yields.
            await asyncio.sleep(0)
        raise AssertionError(f"waited in vain for: {expected}")

    async def pass_time(self, seconds: float, step: float = 0.5) -> None:
        """Let `seconds` pass on the clock, with turns for the network between the steps."""
        for _ in range(round(seconds / step)):
            await self.clock.advance(step)


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with AsyncExitStack() as stack:
        yield Rig(tmp_path, stack)
