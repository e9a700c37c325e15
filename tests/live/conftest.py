"""A simulated cluster over real HTTP, and a live picture of it, on one clock that only the test moves."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import pytest

from stsview.clock import ManualClock
from stsview.live.live import Live
from stsview.live.snapshot import Snapshot
from stsview.live.target import KubeconfigTarget
from stsview.simulator.cluster import Scenario, SimulatedCluster
from stsview.simulator.scenarios import find

STEPS = 4000


class Rig:
    """What a test of the live loop needs in one hand."""

    def __init__(self, folder: Path, stack: AsyncExitStack) -> None:
        self.clock = ManualClock()
        self.folder = folder
        self._stack = stack

    async def cluster(self, scenario: str | Scenario = "zookeeper", name: str = "kubeconfig") -> SimulatedCluster:
        """A served cluster; its kubeconfig is the file `name` in `folder`."""
        cluster = SimulatedCluster(find(scenario) if isinstance(scenario, str) else scenario, clock=self.clock)
        await cluster.start()
        self._stack.push_async_callback(cluster.stop)
        cluster.server.write_kubeconfig(self.folder / name)
        return cluster

    def dice(self) -> random.Random:
        return random.Random(1)

    def live(self, namespaces: tuple[str, ...] = (), name: str = "kubeconfig") -> Live:
        target = KubeconfigTarget(str(self.folder / name), namespaces=namespaces)
        return Live(target, clock=self.clock, dice=self.dice())

    @asynccontextmanager
    async def running(self, live: Live) -> AsyncIterator[list[Snapshot]]:
        """Run `live` while the block lasts; yields the snapshots that a listener was given."""
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
        """Let time pass in steps of `step` seconds, and the network have its turns, until `holds`."""
        for _ in range(STEPS):
            if holds():
                return
            await self.clock.advance(step)
            # The sockets need the selector, which a hand-off lets run.
            await asyncio.sleep(0)
        raise AssertionError(f"waited in vain for: {expected}")

    async def pass_time(self, seconds: float, step: float = 0.5) -> None:
        """Let `seconds` pass on the clock, with the network having its turns between the steps."""
        for _ in range(round(seconds / step)):
            await self.clock.advance(step)


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with AsyncExitStack() as stack:
        yield Rig(tmp_path, stack)
