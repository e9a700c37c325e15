"""Sets whose rollout waits for itself, and what their tests share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from stsview.actions.intent import Free, Undo
from stsview.actions.plan import Plan
from stsview.actions.progress import Progress
from stsview.actions.run import Run
from stsview.model.views import OrdinalView
from stsview.objects.meta import Key
from stsview.simulator.apiserver.resources import PODS, STATEFUL_SETS
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.behaviour import PREFIX
from stsview.simulator.cluster import SimulatedCluster
from stsview.simulator.scenarios import zookeeper
from stsview.simulator.scenarios.story import Chapter, Scenario, ago
from tests.actions.conftest import Doorway, open_doorway
from tests.live.conftest import Rig

ZOOKEEPER = Key("default", "zookeeper")

BAD = "zookeeper:3.8.l"


def _update(cluster: SimulatedCluster) -> None:
    cluster.images.missing.add(BAD)
    cluster.set_image("default", "zookeeper", BAD)


UPDATE = ago(_update, minutes=20)
"""An image that cannot be pulled; zookeeper-2 gets it, and nothing else moves."""


def edit(cluster: SimulatedCluster, change: Callable[[Object], None], manager: str = "kubectl-edit") -> None:
    cluster.edit(STATEFUL_SETS, "default", "zookeeper", change, manager)


def spec(**changes: object) -> Chapter:
    """The set had these fields from the beginning."""
    return ago(lambda cluster: edit(cluster, lambda one: one["spec"].update(changes)), days=11)


def dies(cluster: SimulatedCluster, ordinal: int) -> None:
    """It is deleted, so that its successor is of the revision that is its due now."""
    cluster.storage.delete(PODS, "default", f"zookeeper-{ordinal}", grace_seconds=0)


def says(cluster: SimulatedCluster, ordinal: int, name: str, value: str | None) -> None:
    def change(one: Object) -> None:
        annotations = one["metadata"].setdefault("annotations", {})
        annotations.pop(PREFIX + name, None)
        if value is not None:
            annotations[PREFIX + name] = value

    cluster.edit(PODS, "default", f"zookeeper-{ordinal}", change)


def story(*chapters: Chapter) -> Scenario:
    return Scenario("freed", "for one test", (ago(zookeeper.applied, days=12), *chapters))


def deadlock(*before: Chapter) -> Scenario:
    """An update that zookeeper-2 cannot start with."""
    return story(*before, UPDATE)


@asynccontextmanager
async def doorway_to(folder: Path, scenario: Scenario) -> AsyncIterator[Doorway]:
    async with AsyncExitStack() as stack:
        yield await open_doorway(Rig(folder, stack), stack, scenario)


def undo(doorway: Doorway, to: str = "") -> Undo:
    view = doorway.view()
    return Undo(ZOOKEEPER, view.uid, view.rollout.update, to)


def free(doorway: Doorway) -> Free:
    view = doorway.view()
    return Free(ZOOKEEPER, view.uid, view.rollout.update)


def row(doorway: Doorway, ordinal: int) -> OrdinalView:
    return next(one for one in doorway.view().ordinals if one.ordinal == ordinal)


def uids(doorway: Doorway) -> list[str | None]:
    return [one.uid for one in doorway.view().ordinals]


def sent(doorway: Doorway) -> list[tuple[str, str]]:
    """Method and name of all that was sent, by the audit log."""
    return [
        (entry["request"]["method"], entry["request"]["about"]["name"])
        for entry in doorway.written()
        if entry["moment"] == "before"
    ]


async def done(doorway: Doorway, plan: Plan, seconds: float | None = None) -> Progress:
    """Confirm it and carry it out; how it ended."""
    run: Run = await doorway.confirm(plan)
    return (await doorway.carry_out(run, seconds))[-1]
