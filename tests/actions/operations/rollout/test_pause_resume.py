"""Pause by the partition, and resume, also by another operator."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stsview.actions.errors import Changed, Refused
from stsview.actions.intents import PauseRollout, ResumeRollout
from stsview.actions.operations.rollout.saved_partition import CANARY_PARTITION, PAUSED_PARTITION
from stsview.actions.plan import Plan, Result
from stsview.actions.policy import Policy
from stsview.actions.progress import Outcome, Progress
from stsview.actions.run import Run
from stsview.cluster.http.write_gate import WriteGate
from stsview.live.snapshot import Link
from stsview.model.finding import Danger
from stsview.model.views import WaitReason
from stsview.simulator.apiserver.auth.rbac import Rule
from stsview.simulator.apiserver.faults.faults import DroppedResponse
from stsview.simulator.apiserver.resources import PODS, STATEFUL_SETS
from stsview.simulator.apiserver.wire import Object
from tests.actions.conftest import Doorway, agreeing, check
from tests.support.actions.rollouts import (
    KAFKA,
    NEW,
    OLD,
    TYPO,
    annotate,
    annotations_of,
    change_observed,
    images,
    kafka,
    partition,
    quickly,
    rollout,
    row,
    set_partition,
    set_strategy,
    stored,
    uid,
)


def pause(doorway: Doorway) -> PauseRollout:
    return PauseRollout(KAFKA, uid(doorway), rollout(doorway).update, rollout(doorway).partition)


def resume(doorway: Doorway) -> ResumeRollout:
    return ResumeRollout(KAFKA, uid(doorway), rollout(doorway).update, rollout(doorway).partition)


async def pausing(doorway: Doorway) -> Plan:
    await change_observed(doorway)
    return await quickly(doorway, doorway.action_service.plan(pause(doorway)))


async def resuming(doorway: Doorway) -> Plan:
    await change_observed(doorway)
    return await doorway.plan(resume(doorway))


async def confirmed(doorway: Doorway, plan: Plan) -> Run:
    """Confirm before the rollout has updated any further pod."""
    return await quickly(doorway, doorway.action_service.confirm(plan, agreeing(plan)))


async def done(doorway: Doorway, plan: Plan) -> Progress:
    return (await doorway.carry_out(await confirmed(doorway, plan), step=0.05))[-1]


def failed(plan: Plan) -> dict[str, str]:
    return {one.id: one.words for one in plan.refused}


async def updated(doorway: Doorway, *ordinals: int, image: str = NEW) -> None:
    """Start a rollout, and wait until these are updated and the next one is being replaced."""
    doorway.cluster.set_image("data", "kafka", image)
    await change_observed(doorway)

    def so() -> bool:
        return all(row(doorway, one).at_update and row(doorway, one).available for one in ordinals)

    await doorway.rig.until(so, f"{ordinals} are updated")
    following = min(ordinals) - 1
    await doorway.rig.until(lambda: not row(doorway, following).available, "the next one is being replaced")


async def test_updated_pods_stay_and_another_operator_resumes(tmp_path: Path) -> None:
    async with kafka(tmp_path, 5, ordinals={"start": 5}) as doorway:
        old = rollout(doorway).update
        assert "annotations" not in stored(doorway)["metadata"]
        await updated(doorway, 9, 8)
        plan = await pausing(doorway)
        new, was = (one.removeprefix("kafka-") for one in (rollout(doorway).update, old))
        assert plan.title == "Pause the rollout of data/kafka"
        assert plan.steps == (
            "set the partition from 0 to 2; the old partition is saved in an annotation",
            f"kafka-9 and kafka-8 stay on {new} even if recreated",
            f"kafka-7 is already being replaced and will run {new}",
            f"kafka-6 and kafka-5 stay on {was}: no further pod is updated",
        )
        assert plan.risks == (
            f"A pod being replaced right now comes back on {was}.",
            f"While paused, kafka-6 and kafka-5 are recreated on {was} if deleted.",
        )
        assert {one.result for one in plan.checks} == {Result.PASS}, plan.checks
        assert (plan.confirmation.name, plan.danger) == ("", Danger.REVERSIBLE)
        assert '{"stsview.io/paused-partition":"0"}' in plan.same_as

        assert (await done(doorway, plan)).outcome is Outcome.REACHED
        assert (partition(doorway), annotations_of(doorway)) == (2, {PAUSED_PARTITION: "0"})
        await doorway.rig.until(lambda: rollout(doorway).held, "it is held", step=0.5)
        await doorway.rig.pass_time(120.0, 2.0)
        paused = {5: OLD, 6: OLD, 7: NEW, 8: NEW, 9: NEW}
        assert images(doorway) == paused
        wait = doorway.view("kafka", "data").wait
        assert (wait.reason, wait.headline) == (WaitReason.PARTITION, "paused at partition 2")
        assert wait.next == "resume sets the partition back to 0"
        for dies in ("kafka-9", "kafka-5"):
            doorway.cluster.storage.delete(PODS, "data", dies)
        await doorway.rig.pass_time(60.0, 1.0)
        assert images(doorway) == paused

        live = doorway.rig.live()
        async with doorway.rig.running(live):
            await doorway.rig.until(lambda: live.snapshot.health.link is Link.LIVE, "the second picture is live")
            second = Doorway(doorway.rig, doorway.cluster, live, tmp_path / "second")
            assert rollout(second).paused_from == 0
            plan = await resuming(second)
            assert plan.steps == (
                "restore the partition from 2 to 0 and remove the pause annotation",
                f"update kafka-6 and kafka-5 to {new}, one at a time",
            )
            assert {one.result for one in plan.checks} == {Result.PASS}, plan.checks
            assert plan.safer[0].words == "update only kafka-6 first"
            assert '"partition":1' in plan.safer[0].command
            told = (await second.carry_out(await second.confirm(plan)))[-1]
        assert (told.outcome, told.part) == (Outcome.REACHED, (5, 5))
        assert set(images(doorway).values()) == {NEW}
        assert (partition(doorway), PAUSED_PARTITION in annotations_of(doorway)) == (0, False)
        assert len(doorway.written()) == len(second.written()) == 3


async def test_resuming_a_canary_restores_its_partition(tmp_path: Path) -> None:
    async with kafka(tmp_path, 4) as doorway:
        annotate(doorway, **{CANARY_PARTITION: "0"})
        set_partition(doorway, 1)
        doorway.cluster.set_image("data", "kafka", NEW)
        await change_observed(doorway)
        await doorway.rig.until(lambda: row(doorway, 3).at_update is True and row(doorway, 3).available, "one has it")
        plan = await pausing(doorway)
        at = int(plan.steps[0].split()[6].rstrip(";"))
        assert at in (2, 3)
        assert (await done(doorway, plan)).outcome is Outcome.REACHED
        assert (partition(doorway), annotations_of(doorway)) == (at, {CANARY_PARTITION: "0", PAUSED_PARTITION: "1"})
        await doorway.rig.until(lambda: rollout(doorway).held, "it is held", step=0.5)
        assert doorway.view("kafka", "data").wait.headline == f"paused at partition {at}"
        plan = await resuming(doorway)
        assert plan.steps[-1] == "kafka-0 stays unchanged: protected by the canary's partition"
        told = await done(doorway, plan)
        assert (told.outcome, told.part) == (Outcome.REACHED, (3, 3))
        assert (partition(doorway), annotations_of(doorway)) == (1, {CANARY_PARTITION: "0"})
        assert images(doorway) == {0: OLD, 1: NEW, 2: NEW, 3: NEW}


async def test_a_stuck_rollout_can_be_paused(tmp_path: Path) -> None:
    async with kafka(tmp_path, 3, updateStrategy={"type": "RollingUpdate"}) as doorway:
        doorway.cluster.set_image("data", "kafka", TYPO)
        await doorway.rig.until(lambda: "Pull" in row(doorway, 2).state.label, "it cannot be pulled", step=0.5)
        assert (await done(doorway, await pausing(doorway))).outcome is Outcome.REACHED
        assert stored(doorway)["spec"]["updateStrategy"] == {"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}
        plan = await resuming(doorway)
        assert plan.confirmation.name == "kafka"
        assert check(plan, "members").words == "only 1 of 3 remains available (kafka-2 is already down)"
        told = await done(doorway, plan)
        assert told.outcome is Outcome.NOT_REACHED
        assert "kafka-2" in told.words


async def test_a_pause_before_the_first_pod_keeps_all_of_them(tmp_path: Path) -> None:
    async with kafka(tmp_path, 3) as doorway:
        doorway.cluster.fail_node(row(doorway, 0).node)
        await doorway.rig.until(lambda: not row(doorway, 0).available, "one is down", step=2.0)
        doorway.cluster.set_image("data", "kafka", NEW)
        plan = await pausing(doorway)
        assert plan.steps[0].startswith("set the partition from 0 to 3;")
        assert (await done(doorway, plan)).outcome is Outcome.REACHED
        assert set(images(doorway).values()) == {OLD}


async def test_a_pod_updated_early_is_reported_and_does_not_lower_the_partition(tmp_path: Path) -> None:
    async with kafka(tmp_path, 5) as doorway:
        set_partition(doorway, 4)
        doorway.cluster.set_image("data", "kafka", NEW)
        await doorway.rig.until(lambda: rollout(doorway).held, "one has it", step=0.5)
        set_partition(doorway, 0)
        doorway.cluster.storage.delete(PODS, "data", "kafka-1", grace_seconds=0)
        await doorway.rig.until(lambda: bool(row(doorway, 1).at_update), "it came back on the new one")
        plan = await pausing(doorway)
        assert check(plan, "rollout").result is Result.PASS
        at = int(plan.steps[0].split()[6].rstrip(";"))
        assert at in (3, 4)
        assert plan.risks[-1].startswith("kafka-1 is updated but below the partition")
        assert (await done(doorway, plan)).outcome is Outcome.REACHED
        await doorway.rig.pass_time(60.0, 1.0)
        assert images(doorway)[2] == OLD


async def test_nothing_to_pause(tmp_path: Path) -> None:
    async with kafka(tmp_path, 2) as doorway:
        assert failed(await pausing(doorway)) == {"rollout": "no rollout in progress"}
        set_strategy(doorway, type="OnDelete")
        doorway.cluster.set_image("data", "kafka", NEW)
        words = "update strategy OnDelete: pods are not updated automatically, nothing to pause"
        assert failed(await pausing(doorway))["strategy"] == words
        set_partition(doorway, 0)
        await change_observed(doorway)
        await doorway.rig.until(lambda: row(doorway, 0).uid is None or not row(doorway, 0).available, "the last one")
        words = "all pods are updated or being replaced: nothing left to pause"
        assert failed(await pausing(doorway)) == {"rollout": words}
        annotate(doorway, **{PAUSED_PARTITION: "0"})
        assert "paused (previous partition 0)" in failed(await pausing(doorway))["paused"]

        admin = doorway.cluster.server.users["admin"]
        admin.denied.append(Rule(("list",), ("",), (PODS.plural,)))
        assert check(await pausing(doorway), "rollout").result is Result.UNKNOWN
        doorway.policy = Policy(protected="prod")
        plan = await resuming(doorway)
        assert check(plan, "members").result is Result.UNKNOWN
        assert plan.confirmation.context == "prod"
        assert doorway.live.session is not None
        doorway.live.session.gate = WriteGate("--read-only")
        assert "read-only" in failed(await resuming(doorway))


async def test_an_invalid_saved_partition_is_refused(tmp_path: Path) -> None:
    async with kafka(tmp_path, 1) as doorway:
        assert failed(await resuming(doorway))["paused"] == "not paused: no saved partition"
        for value in ("", "-1", "0x1", "1e3", "99999999999", "٣", "\x1b[31m", "x" * 500):
            annotate(doorway, **{PAUSED_PARTITION: value})
            plan = await resuming(doorway)
            words = failed(plan)["paused"]
            assert words.startswith(f"the annotation {PAUSED_PARTITION} is '")
            assert words.endswith("', which is not a partition: partition to restore unknown")
            assert words.isprintable()
            assert len(words) < 200
            assert plan.requests == ()
            assert plan.safer[0].command == f"kubectl -n data annotate statefulset kafka {PAUSED_PARTITION}-"
            with pytest.raises(Refused, match="is not a partition"):
                await doorway.confirm(plan)


async def test_a_partition_changed_during_the_pause(tmp_path: Path) -> None:
    async with kafka(tmp_path, 3) as doorway:
        annotate(doorway, **{PAUSED_PARTITION: "2"})
        set_partition(doorway, 1)
        doorway.cluster.set_image("data", "kafka", NEW)
        await change_observed(doorway)
        await doorway.rig.until(lambda: rollout(doorway).held, "it is held", step=0.5)
        plan = await resuming(doorway)
        words = "the partition was set to 1 since, below the 2 before the pause: resuming raises it"
        assert (check(plan, "moved").result, check(plan, "moved").words) == (Result.WARN, words)
        assert plan.confirmation.name == "kafka"
        assert "kafka-1 is below the partition then" in plan.risks[0]
        stale = await doorway.plan(replace(resume(doorway), seen_partition=0))
        assert failed(stale)["partition"] == "the partition was set to 1, you saw 0"

        run = await doorway.confirm(plan)
        annotate(doorway, **{PAUSED_PARTITION: "0"})
        told = (await doorway.carry_out(run))[-1]
        problem = f"the annotation {PAUSED_PARTITION} was changed meanwhile to 0"
        assert told.words == f"the API server rejected the request: {problem}"
        plan = await resuming(doorway)
        annotate(doorway, **{PAUSED_PARTITION: "1"})
        with pytest.raises(Changed, match="the partition before the pause was 0, is 1") as changed:
            await doorway.confirm(plan)
        plan = changed.value.plan
        assert check(plan, "moved").words == "the partition is already 1: only the annotation is removed"
        assert plan.confirmation.name == ""
        assert (await done(doorway, plan)).outcome is Outcome.REACHED
        assert (partition(doorway), PAUSED_PARTITION in annotations_of(doorway)) == (1, False)


@pytest.mark.parametrize(
    ("meanwhile", "words"),
    [
        (lambda doorway: set_partition(doorway, 1), "the partition was set to 1 meanwhile"),
        (
            lambda doorway: set_strategy(doorway, type="OnDelete"),
            "the update strategy was changed meanwhile to OnDelete",
        ),
        (
            lambda doorway: doorway.cluster.set_image("data", "kafka", "x"),
            "the pod template was changed meanwhile",
        ),
        (lambda doorway: annotate(doorway, other="x"), "it was modified just now: try again"),
    ],
)
async def test_changes_before_sending(tmp_path: Path, meanwhile: Any, words: str) -> None:
    async with kafka(tmp_path, 4) as doorway:
        await updated(doorway, 3)
        run = await confirmed(doorway, await pausing(doorway))
        meanwhile(doorway)
        told = (await doorway.carry_out(run))[-1]
        assert told.outcome is Outcome.NOT_REACHED
        assert told.words.startswith(f"the API server rejected the request: {words}")
        assert PAUSED_PARTITION not in annotations_of(doorway)


async def test_a_status_update_meanwhile_does_not_matter(tmp_path: Path) -> None:
    async with kafka(tmp_path, 4) as doorway:
        assert "annotations" not in stored(doorway)["metadata"]
        await updated(doorway, 3)
        run = await confirmed(doorway, await pausing(doorway))

        def count(one: Object) -> None:
            one["status"]["collisionCount"] = one["status"].get("collisionCount", 0) + 1

        storage = doorway.cluster.storage
        storage.modify(STATEFUL_SETS, "data", "kafka", count, subresource="status", manager="test")
        assert (await doorway.carry_out(run, step=0.05))[-1].outcome is Outcome.REACHED
        assert annotations_of(doorway) == {PAUSED_PARTITION: "0"}
        sent = [one for one in doorway.written() if one["moment"] == "before"]
        assert len(sent) == 2
        assert doorway.written()[1]["words"] == "it was modified just now: try again"


async def test_a_connection_broken_after_sending(tmp_path: Path) -> None:
    async with kafka(tmp_path, 4) as doorway:
        await updated(doorway, 3)
        run = await confirmed(doorway, await pausing(doorway))
        doorway.cluster.server.faults.dropped_responses.append(DroppedResponse("patch", "statefulsets", executed=True))
        assert (await doorway.carry_out(run))[-1].outcome is Outcome.REACHED
        assert annotations_of(doorway)[PAUSED_PARTITION] == "0"
        run = await doorway.confirm(await resuming(doorway))
        doorway.cluster.server.faults.dropped_responses.append(DroppedResponse("patch", "statefulsets", executed=True))
        assert (await doorway.carry_out(run))[-1].outcome is Outcome.REACHED
        assert PAUSED_PARTITION not in annotations_of(doorway)


async def test_a_pause_lifted_at_once_is_not_reached(tmp_path: Path) -> None:
    async with kafka(tmp_path, 4) as doorway:
        await updated(doorway, 3)
        run = await confirmed(doorway, await pausing(doorway))
        lifted = False

        async def follow() -> None:
            nonlocal lifted
            async for progress in run.follow():
                if not lifted and progress.steps and progress.steps[0].done:
                    lifted = True
                    set_partition(doorway, 1)

        await doorway.through(follow())
        assert run.progress.outcome is Outcome.NOT_REACHED
        assert run.progress.words == "the partition was set to 1 meanwhile"
