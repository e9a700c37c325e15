"""An action service for a simulated cluster over real HTTP, on a clock that only the test moves."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, TypeVar

import pytest

from stsview.actions.execution.audit_log import AuditLog
from stsview.actions.intents import Intent
from stsview.actions.plan import Answers, Check, Plan
from stsview.actions.policy import Policy
from stsview.actions.progress import Progress
from stsview.actions.run import Run
from stsview.actions.service import ActionService
from stsview.live.live import Live
from stsview.live.snapshot import Link
from stsview.model.settings import ModelSettings
from stsview.model.views import SetView
from stsview.objects.meta import Key
from stsview.simulator.cluster import Scenario, SimulatedCluster
from tests.live.conftest import STEPS, Rig

T = TypeVar("T")


class ActionHarness:
    """The action service, its simulated cluster, its audit log and its clock."""

    def __init__(self, rig: Rig, cluster: SimulatedCluster, live: Live, folder: Path) -> None:
        self.rig = rig
        self.cluster = cluster
        self.live = live
        self.log = AuditLog(folder / "state" / "audit.jsonl")
        self.policy = Policy()
        self.settings = ModelSettings()

    @property
    def action_service(self) -> ActionService:
        return ActionService(self.live, self.log, self.settings, self.rig.clock, lambda _: self.policy)

    def view(self, name: str = "zookeeper", namespace: str = "default") -> SetView:
        return self.live.snapshot.fleet.sets[Key(namespace, name)]

    async def through(self, doing: Awaitable[T], step: float = 0.05) -> T:
        """Await something while time passes, and return its result."""
        task = asyncio.ensure_future(doing)
        for _ in range(STEPS):
            if task.done():
                return await task
            await self.rig.clock.advance(step)
            await asyncio.sleep(0)
        task.cancel()
        raise AssertionError("it does not finish")

    async def plan(self, intent: Intent) -> Plan:
        return await self.through(self.action_service.plan(intent))

    async def confirm(self, plan: Plan, answers: Answers | None = None) -> Run:
        return await self.through(self.action_service.confirm(plan, answers or agreeing(plan)))

    async def carry_out(self, run: Run, seconds: float | None = None, step: float = 0.5) -> list[Progress]:
        """Follow a run to its end."""

        async def follow() -> list[Progress]:
            return [progress async for progress in run.follow(seconds)]

        return await self.through(follow(), step)

    def written(self) -> list[dict[str, Any]]:
        """The audit log."""
        path = self.log.path
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def agreeing(plan: Plan) -> Answers:
    """The answers that a plan requires."""
    needs = plan.confirmation
    return Answers(
        needs.name, frozenset(one.id for one in needs.attestations), needs.context, "because" if needs.reason else ""
    )


def check(plan: Plan, id_: str) -> Check:
    """The only check of that id."""
    (found,) = [one for one in plan.checks if one.id == id_]
    return found


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[ActionHarness]:
    async with AsyncExitStack() as stack:
        rig = Rig(tmp_path, stack)
        yield await open_harness(rig, stack, "zookeeper")


async def open_harness(rig: Rig, stack: AsyncExitStack, scenario: str | Scenario) -> ActionHarness:
    cluster = await rig.cluster(scenario)
    live = rig.live()
    await stack.enter_async_context(rig.running(live))
    await rig.until(lambda: live.snapshot.health.link is Link.LIVE, "data is live")
    return ActionHarness(rig, cluster, live, rig.folder)
