"""Two clusters with a set of one name as one fleet: what the operator sees, and that a change goes where it was asked.

Over real HTTP, and judged by what the servers have.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import UTC
from pathlib import Path

import pytest

from stsview.actions.cluster_actions import ClusterActions
from stsview.actions.errors import Refused
from stsview.actions.execution.audit_log import AuditLog
from stsview.actions.intents import Cordon, Scale
from stsview.actions.plan import Answers
from stsview.actions.service import ActionService
from stsview.live.clusters.multi_source import MultiSource
from stsview.live.live import Live
from stsview.live.snapshot import Link
from stsview.live.target import KubeconfigTarget, Rules
from stsview.model.settings import ModelSettings
from stsview.objects.meta import ClusterKey, Key
from stsview.simulator.apiserver.resources import STATEFUL_SETS
from stsview.simulator.cluster import SimulatedCluster
from stsview.ui.app import StsviewApp
from tests.live.conftest import Rig
from tests.support.ui.stage import screen_lines

STAGING, PROD = ClusterKey("staging", "default", "zookeeper"), ClusterKey("prod", "default", "zookeeper")

_STEPS = 1000


class Pair:
    """A cluster `staging` and a protected one `prod`, with the same sets, as the command line would join them."""

    def __init__(self, rig: Rig, staging: SimulatedCluster, prod: SimulatedCluster) -> None:
        self.rig = rig
        self.staging, self.prod = staging, prod
        lives = {
            name: Live(self._target(name), clock=rig.clock, rng=rig.rng(), keep_trying=True)
            for name in ("staging", "prod")
        }
        self.source = MultiSource(lives, rig.clock)
        self.audit = rig.folder / "audit.jsonl"
        self.actions = ClusterActions(
            {
                name: ActionService(live, AuditLog(self.audit), ModelSettings(), rig.clock)
                for name, live in lives.items()
            }
        )

    @classmethod
    async def of(cls, rig: Rig) -> Pair:
        return cls(rig, await rig.cluster(name="staging"), await rig.cluster(name="prod"))

    def _target(self, name: str) -> KubeconfigTarget:
        path = self.rig.folder / name
        path.write_text(path.read_text().replace("stsview-demo", name))
        return KubeconfigTarget(str(path), rules=lambda context: Rules(protected=context == "prod"))

    @property
    def replicas(self) -> tuple[int, int]:
        """What the servers have."""
        specs = [one.storage.get(STATEFUL_SETS, "default", "zookeeper")["spec"] for one in (self.staging, self.prod)]
        return specs[0]["replicas"], specs[1]["replicas"]

    @property
    def live(self) -> bool:
        return all(state.health.link is Link.LIVE for state in self.source.snapshot.clusters)


async def test_a_set_is_scaled_in_the_cluster_of_its_row(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        rig = Rig(tmp_path, stack)
        pair = await Pair.of(rig)
        app = StsviewApp(pair.source, zone=UTC, monotonic=rig.clock.monotonic, action_service=pair.actions)
        pilot = await stack.enter_async_context(app.run_test(size=(120, 36), notifications=True))

        async def sees(*texts: str) -> None:
            for text in texts:
                await until(lambda text=text: any(text in line for line in screen_lines(app)), repr(text))  # type: ignore[misc]

        async def until(holds: Callable[[], bool], expected: str) -> None:
            for _ in range(_STEPS):
                if holds():
                    return
                await rig.clock.advance(0.05)
                await pilot.pause()
            raise AssertionError(f"waited in vain for: {expected}\n" + "\n".join(screen_lines(app)))

        await rig.until(lambda: pair.live, "both are live")
        await sees("2 clusters", "● staging live   ● prod live", "CLUSTER", "2 sets")
        await pilot.press("/", *"cluster:prod", "enter")
        await sees("1 of 2", "● prod")
        await pilot.press("s")
        await sees("Scale prod/default/zookeeper")
        await pilot.press("backspace", "4", "enter")
        await sees("CLUSTER  prod", "kubectl --context prod -n default scale", "Type the context name (prod)")
        await pilot.press("enter")
        await pilot.pause()
        assert pair.replicas == (3, 3), "not without the name of the protected context"
        await pilot.press(*"prod", "enter")
        await until(lambda: pair.replicas == (3, 4), "the change in prod alone")
        lines = [json.loads(line) for line in pair.audit.read_text().splitlines()]
        assert {line["context"] for line in lines} == {"prod"}

        await pilot.press("escape", "enter")
        # The screen of a set is that of its cluster, as where there is no other.
        await sees("prod  PROTECTED", "default", "● live")
        await pilot.press("escape")
        await pair.prod.server.stop_listening()
        await sees("○ prod disconnected", "● staging live", "prod: Data is")
        await pilot.press("s")
        await sees("disconnected: no changes until data is live")
        await pilot.press("escape", "escape")
        await pilot.press("/", *"cluster:staging", "enter")
        await sees("1 of 2", "● staging")
        await pilot.press("s")
        await sees("Scale staging/default/zookeeper")


async def test_an_intent_goes_to_the_cluster_that_it_names_or_nowhere(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        rig = Rig(tmp_path, stack)
        pair = await Pair.of(rig)
        async with rig.running(pair.source):
            await rig.until(lambda: pair.live, "both are live")
            uid = pair.source.snapshot.fleet.sets[STAGING].uid
            plan = await pair.actions.plan(Scale(STAGING, uid, 5, 3))
            assert (plan.cluster, plan.confirmation.context, plan.refused) == ("staging", "", ())
            run = await pair.actions.confirm(plan, Answers())
            assert run.plan.heading.startswith("staging: Scale ")
            following = run.follow()
            await anext(following)
            await rig.until(lambda: pair.replicas == (5, 3), "the change in staging alone")
            run.stop()
            for nowhere in (Scale(Key("default", "zookeeper"), uid, 5, 3), Cordon("node", "uid")):
                with pytest.raises(Refused, match="in no cluster that is shown"):
                    await pair.actions.plan(nowhere)
