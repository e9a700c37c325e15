"""Sets whose rollout is blocked by one of its own pods."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from stsview.actions.intents import Unblock, Undo
from stsview.actions.plan import Plan
from stsview.actions.progress import Progress
from stsview.actions.run import Run
from stsview.model.views import OrdinalView
from stsview.objects.meta import Key
from stsview.simulator.apiserver.resources import PODS, STATEFUL_SETS
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.cluster import Scenario, SimulatedCluster, Step, ago
from stsview.simulator.fault_annotations import PREFIX
from stsview.simulator.scenarios.manifests import headless, stateful_set
from tests.actions.conftest import ActionHarness, open_harness
from tests.live.conftest import Rig

ZOOKEEPER = Key("default", "zookeeper")

GOOD, NEWER, BAD = "zookeeper:3.8.1", "zookeeper:3.9.2", "zookeeper:3.8.l"


def _update(cluster: SimulatedCluster) -> None:
    cluster.images.missing.add(BAD)
    cluster.set_image("default", "zookeeper", BAD)


UPDATE = ago(_update, minutes=20)
"""An image that cannot be pulled; zookeeper-2 gets it, and nothing else moves."""


def edit(cluster: SimulatedCluster, change: Callable[[Object], None], manager: str = "kubectl-edit") -> None:
    cluster.edit(STATEFUL_SETS, "default", "zookeeper", change, manager)


def image(image: str) -> Callable[[SimulatedCluster], None]:
    return lambda cluster: cluster.set_image("default", "zookeeper", image)


def partition(value: int, **annotations: str) -> Callable[[SimulatedCluster], None]:
    def change(one: Object) -> None:
        one["spec"]["updateStrategy"] = {"type": "RollingUpdate", "rollingUpdate": {"partition": value}}
        one["metadata"].setdefault("annotations", {}).update(annotations)

    return lambda cluster: edit(cluster, change)


def recreate_pod(cluster: SimulatedCluster, ordinal: int) -> None:
    """Delete the pod, so that it is recreated on the revision that applies now."""
    cluster.storage.delete(PODS, "default", f"zookeeper-{ordinal}", grace_seconds=0)


def set_fault(cluster: SimulatedCluster, ordinal: int, name: str, value: str | None) -> None:
    def change(one: Object) -> None:
        annotations = one["metadata"].setdefault("annotations", {})
        annotations.pop(PREFIX + name, None)
        if value is not None:
            annotations[PREFIX + name] = value

    cluster.edit(PODS, "default", f"zookeeper-{ordinal}", change)


def story(*chapters: Step, born: float = 12 * 24, **fields: Any) -> Scenario:
    """A scenario of one set, applied `born` hours ago with these additional `fields` of its spec."""

    def applied(cluster: SimulatedCluster) -> None:
        cluster.apply([headless("zookeeper-hs", "zookeeper"), stateful_set("zookeeper", GOOD, 3, **fields)])

    return Scenario("freed", "for one test", (ago(applied, hours=born), *chapters))


def deadlock(*later: Step, **fields: Any) -> Scenario:
    """An update that zookeeper-2 cannot start with."""
    return story(UPDATE, *later, **fields)


@asynccontextmanager
async def harness_for(folder: Path, scenario: Scenario) -> AsyncIterator[ActionHarness]:
    async with AsyncExitStack() as stack:
        yield await open_harness(Rig(folder, stack), stack, scenario)


def undo(harness: ActionHarness, to: str = "") -> Undo:
    view = harness.view()
    return Undo(ZOOKEEPER, view.uid, view.rollout.update, to)


def unblock(harness: ActionHarness) -> Unblock:
    view = harness.view()
    return Unblock(ZOOKEEPER, view.uid, view.rollout.update)


def row(harness: ActionHarness, ordinal: int) -> OrdinalView:
    return next(one for one in harness.view().ordinals if one.ordinal == ordinal)


def short(row: OrdinalView) -> str:
    return row.revision.removeprefix("zookeeper-")


def uids(harness: ActionHarness) -> list[str | None]:
    return [one.uid for one in harness.view().ordinals]


def sent(harness: ActionHarness) -> list[tuple[str, str]]:
    """Method and object name of every request, from the audit log."""
    return [
        (entry["request"]["method"], entry["request"]["about"]["name"])
        for entry in harness.written()
        if entry["moment"] == "before"
    ]


async def done(harness: ActionHarness, plan: Plan, seconds: float | None = None) -> Progress:
    """Confirm and execute the plan; returns its last progress."""
    run: Run = await harness.confirm(plan)
    return (await harness.carry_out(run, seconds))[-1]
