"""Going back to an earlier revision, with the freeing that it takes."""

from __future__ import annotations

from pathlib import Path

from stsview.actions.progress import Outcome
from tests.actions.conftest import Doorway
from tests.actions.freeing import deadlock, done, doorway_to, sent, undo


async def test_a_healthy_set_goes_back_pod_by_pod(doorway: Doorway) -> None:
    former = doorway.view().rollout.update
    doorway.cluster.set_image("default", "zookeeper", "zookeeper:3.9.9")
    await doorway.rig.until(
        lambda: doorway.view().rollout.update != former and not doorway.view().rollout.active, "it is updated", step=0.5
    )
    plan = await doorway.plan(undo(doorway))
    end = await done(doorway, plan)
    assert end.outcome is Outcome.REACHED, end
    assert doorway.view().rollout.update == former
    assert all(one.revision == former and one.available for one in doorway.view().ordinals)
    assert sent(doorway) == [("PATCH", "zookeeper")]


async def test_a_deadlocked_set_is_freed(tmp_path: Path) -> None:
    async with doorway_to(tmp_path, deadlock()) as doorway:
        plan = await doorway.plan(undo(doorway))
        end = await done(doorway, plan)
        assert end.outcome is Outcome.REACHED, end
        assert sent(doorway) == [("PATCH", "zookeeper"), ("DELETE", "zookeeper-2")]
