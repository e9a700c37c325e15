"""Pause by the partition, and resume, also by another operator."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

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
from tests.actions.conftest import ActionHarness, agreeing, check
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


def pause(harness: ActionHarness) -> PauseRollout:
    return PauseRollout(KAFKA, uid(harness), rollout(harness).update, rollout(harness).partition)


def resume(harness: ActionHarness) -> ResumeRollout:
    return ResumeRollout(KAFKA, uid(harness), rollout(harness).update, rollout(harness).partition)


async def pausing(harness: ActionHarness) -> Plan:
    await change_observed(harness)
    return await quickly(harness, harness.action_service.plan(pause(harness)))


async def resuming(harness: ActionHarness) -> Plan:
    await change_observed(harness)
    return await harness.plan(resume(harness))


async def confirmed(harness: ActionHarness, plan: Plan) -> Run:
    """Confirm before the rollout has updated any further pod."""
    return await quickly(harness, harness.action_service.confirm(plan, agreeing(plan)))


async def done(harness: ActionHarness, plan: Plan) -> Progress:
    return (await harness.carry_out(await confirmed(harness, plan), step=0.05))[-1]


def failed(plan: Plan) -> dict[str, str]:
    return {one.id: one.words for one in plan.refused}


async def updated(harness: ActionHarness, *ordinals: int, image: str = NEW) -> None:
    """Start a rollout, and wait until these are updated and the next one is being replaced."""
    harness.cluster.set_image("data", "kafka", image)
    await change_observed(harness)

    def so() -> bool:
        return all(row(harness, one).at_update and row(harness, one).available for one in ordinals)

    await harness.rig.until(so, f"{ordinals} are updated")
    following = min(ordinals) - 1
    await harness.rig.until(lambda: not row(harness, following).available, "the next one is being replaced")


async def test_updated_pods_stay_and_another_operator_resumes(tmp_path: Path) -> None:
    async with kafka(tmp_path, 5, ordinals={"start": 5}) as harness:
        old = rollout(harness).update
        assert "annotations" not in stored(harness)["metadata"]
        await updated(harness, 9, 8)
        plan = await pausing(harness)
        new, was = (one.removeprefix("kafka-") for one in (rollout(harness).update, old))
        assert plan.title == "Pause the rollout of data/kafka"
        assert plan.steps == (
            "set the partition from 0 to 2 (0 is saved in an annotation)",
            f"kafka-9 and kafka-8 stay on {new}",
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

        assert (await done(harness, plan)).outcome is Outcome.REACHED
        assert (partition(harness), annotations_of(harness)) == (2, {PAUSED_PARTITION: "0"})
        await harness.rig.until(lambda: rollout(harness).held, "it is held", step=0.5)
        await harness.rig.pass_time(120.0, 2.0)
        paused = {5: OLD, 6: OLD, 7: NEW, 8: NEW, 9: NEW}
        assert images(harness) == paused
        wait = harness.view("kafka", "data").wait
        assert (wait.reason, wait.headline) == (WaitReason.PARTITION, "paused at partition 2")
        assert wait.next == "resume sets the partition back to 0"
        for dies in ("kafka-9", "kafka-5"):
            harness.cluster.storage.delete(PODS, "data", dies)
        await harness.rig.pass_time(60.0, 1.0)
        assert images(harness) == paused

        live = harness.rig.live()
        async with harness.rig.running(live):
            await harness.rig.until(lambda: live.snapshot.health.link is Link.LIVE, "the second picture is live")
            second = ActionHarness(harness.rig, harness.cluster, live, tmp_path / "second")
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
        assert set(images(harness).values()) == {NEW}
        assert (partition(harness), PAUSED_PARTITION in annotations_of(harness)) == (0, False)
        assert len(harness.written()) == len(second.written()) == 3


async def test_resuming_a_canary_restores_its_partition(tmp_path: Path) -> None:
    async with kafka(tmp_path, 4) as harness:
        annotate(harness, **{CANARY_PARTITION: "0"})
        set_partition(harness, 1)
        harness.cluster.set_image("data", "kafka", NEW)
        await change_observed(harness)
        await harness.rig.until(lambda: row(harness, 3).at_update is True and row(harness, 3).available, "one has it")
        plan = await pausing(harness)
        at = int(plan.steps[0].split()[6].rstrip(";"))
        assert at in (2, 3)
        assert (await done(harness, plan)).outcome is Outcome.REACHED
        assert (partition(harness), annotations_of(harness)) == (at, {CANARY_PARTITION: "0", PAUSED_PARTITION: "1"})
        await harness.rig.until(lambda: rollout(harness).held, "it is held", step=0.5)
        assert harness.view("kafka", "data").wait.headline == f"paused at partition {at}"
        plan = await resuming(harness)
        assert plan.steps[-1] == "kafka-0 stays unchanged: protected by the canary's partition"
        told = await done(harness, plan)
        assert (told.outcome, told.part) == (Outcome.REACHED, (3, 3))
        assert (partition(harness), annotations_of(harness)) == (1, {CANARY_PARTITION: "0"})
        assert images(harness) == {0: OLD, 1: NEW, 2: NEW, 3: NEW}


async def test_a_stuck_rollout_can_be_paused(tmp_path: Path) -> None:
    async with kafka(tmp_path, 3, updateStrategy={"type": "RollingUpdate"}) as harness:
        harness.cluster.set_image("data", "kafka", TYPO)
        await harness.rig.until(lambda: "Pull" in row(harness, 2).state.label, "it cannot be pulled", step=0.5)
        assert (await done(harness, await pausing(harness))).outcome is Outcome.REACHED
        assert stored(harness)["spec"]["updateStrategy"] == {"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}
        plan = await resuming(harness)
        assert plan.confirmation.name == "kafka"
        assert check(plan, "members").words == "only 1 of 3 remains available (kafka-2 is already down)"
        told = await done(harness, plan)
        assert told.outcome is Outcome.NOT_REACHED
        assert "kafka-2" in told.words


async def test_a_pause_before_the_first_pod_keeps_all_of_them(tmp_path: Path) -> None:
    async with kafka(tmp_path, 3) as harness:
        harness.cluster.fail_node(row(harness, 0).node)
        await harness.rig.until(lambda: not row(harness, 0).available, "one is down", step=2.0)
        harness.cluster.set_image("data", "kafka", NEW)
        plan = await pausing(harness)
        assert plan.steps[0].startswith("set the partition from 0 to 3 (0 is saved")
        assert (await done(harness, plan)).outcome is Outcome.REACHED
        assert set(images(harness).values()) == {OLD}


async def test_a_pod_updated_early_is_reported_and_does_not_lower_the_partition(tmp_path: Path) -> None:
    async with kafka(tmp_path, 5) as harness:
        set_partition(harness, 4)
        harness.cluster.set_image("data", "kafka", NEW)
        await harness.rig.until(lambda: rollout(harness).held, "one has it", step=0.5)
        set_partition(harness, 0)
        harness.cluster.storage.delete(PODS, "data", "kafka-1", grace_seconds=0)
        await harness.rig.until(lambda: bool(row(harness, 1).at_update), "it came back on the new one")
        plan = await pausing(harness)
        assert check(plan, "rollout").result is Result.PASS
        at = int(plan.steps[0].split()[6].rstrip(";"))
        assert at in (3, 4)
        assert plan.risks[-1].startswith("kafka-1 is updated but below the partition")
        assert (await done(harness, plan)).outcome is Outcome.REACHED
        await harness.rig.pass_time(60.0, 1.0)
        assert images(harness)[2] == OLD


async def test_nothing_to_pause(tmp_path: Path) -> None:
    async with kafka(tmp_path, 2) as harness:
        assert failed(await pausing(harness)) == {"rollout": "no rollout in progress"}
        set_strategy(harness, type="OnDelete")
        harness.cluster.set_image("data", "kafka", NEW)
        words = "update strategy OnDelete: pods are not updated automatically, nothing to pause"
        assert failed(await pausing(harness))["strategy"] == words
        set_partition(harness, 0)
        await change_observed(harness)
        await harness.rig.until(lambda: row(harness, 0).uid is None or not row(harness, 0).available, "the last one")
        words = "all pods are updated or being replaced: nothing left to pause"
        assert failed(await pausing(harness)) == {"rollout": words}
        annotate(harness, **{PAUSED_PARTITION: "0"})
        assert "paused (previous partition 0)" in failed(await pausing(harness))["paused"]

        admin = harness.cluster.server.users["admin"]
        admin.denied.append(Rule(("list",), ("",), (PODS.plural,)))
        assert check(await pausing(harness), "rollout").result is Result.UNKNOWN
        harness.policy = Policy(protected="prod")
        plan = await resuming(harness)
        assert check(plan, "members").result is Result.UNKNOWN
        assert plan.confirmation.context == "prod"
        assert harness.live.session is not None
        harness.live.session.gate = WriteGate("--read-only")
        assert "read-only" in failed(await resuming(harness))


async def test_an_invalid_saved_partition_is_refused(tmp_path: Path) -> None:
    async with kafka(tmp_path, 1) as harness:
        assert failed(await resuming(harness))["paused"] == "not paused: no saved partition"
        for value in ("", "-1", "0x1", "1e3", "99999999999", "٣", "\x1b[31m", "x" * 500):
            annotate(harness, **{PAUSED_PARTITION: value})
            plan = await resuming(harness)
            words = failed(plan)["paused"]
            assert words.startswith(f"the annotation {PAUSED_PARTITION} is '")
            assert words.endswith("', which is not a partition: partition to restore unknown")
            assert words.isprintable()
            assert len(words) < 200
            assert plan.requests == ()
            assert plan.safer[0].command == f"kubectl -n data annotate statefulset kafka {PAUSED_PARTITION}-"
            with pytest.raises(Refused, match="is not a partition"):
                await harness.confirm(plan)


async def test_a_partition_changed_during_the_pause(tmp_path: Path) -> None:
    async with kafka(tmp_path, 3) as harness:
        annotate(harness, **{PAUSED_PARTITION: "2"})
        set_partition(harness, 1)
        harness.cluster.set_image("data", "kafka", NEW)
        await change_observed(harness)
        await harness.rig.until(lambda: rollout(harness).held, "it is held", step=0.5)
        plan = await resuming(harness)
        words = "the partition was set to 1 since, below the 2 before the pause: resuming raises it"
        assert (check(plan, "moved").result, check(plan, "moved").words) == (Result.WARN, words)
        assert plan.confirmation.name == "kafka"
        assert "kafka-1 is below the partition then" in plan.risks[0]
        stale = await harness.plan(replace(resume(harness), seen_partition=0))
        assert failed(stale)["partition"] == "the partition was set to 1, you saw 0"

        run = await harness.confirm(plan)
        annotate(harness, **{PAUSED_PARTITION: "0"})
        told = (await harness.carry_out(run))[-1]
        problem = f"the annotation {PAUSED_PARTITION} was changed meanwhile to 0"
        assert told.words == f"the API server rejected the request: {problem}"
        plan = await resuming(harness)
        annotate(harness, **{PAUSED_PARTITION: "1"})
        with pytest.raises(Changed, match="the partition before the pause was 0, is 1") as changed:
            await harness.confirm(plan)
        plan = changed.value.plan
        assert check(plan, "moved").words == "the partition is already 1: only the annotation is removed"
        assert plan.confirmation.name == ""
        assert (await done(harness, plan)).outcome is Outcome.REACHED
        assert (partition(harness), PAUSED_PARTITION in annotations_of(harness)) == (1, False)


@pytest.mark.parametrize(
    ("meanwhile", "words"),
    [
        (lambda harness: set_partition(harness, 1), "the partition was set to 1 meanwhile"),
        (
            lambda harness: set_strategy(harness, type="OnDelete"),
            "the update strategy was changed meanwhile to OnDelete",
        ),
        (
            lambda harness: harness.cluster.set_image("data", "kafka", "x"),
            "the pod template was changed meanwhile",
        ),
        (lambda harness: annotate(harness, other="x"), "it was modified just now: try again"),
    ],
)
async def test_changes_before_sending(tmp_path: Path, meanwhile: Any, words: str) -> None:
    async with kafka(tmp_path, 4) as harness:
        await updated(harness, 3)
        run = await confirmed(harness, await pausing(harness))
        meanwhile(harness)
        told = (await harness.carry_out(run))[-1]
        assert told.outcome is Outcome.NOT_REACHED
        assert told.words.startswith(f"the API server rejected the request: {words}")
        assert PAUSED_PARTITION not in annotations_of(harness)


async def test_a_status_update_meanwhile_does_not_matter(tmp_path: Path) -> None:
    async with kafka(tmp_path, 4) as harness:
        assert "annotations" not in stored(harness)["metadata"]
        await updated(harness, 3)
        run = await confirmed(harness, await pausing(harness))

        def count(one: Object) -> None:
            one["status"]["collisionCount"] = one["status"].get("collisionCount", 0) + 1

        storage = harness.cluster.storage
        storage.modify(STATEFUL_SETS, "data", "kafka", count, subresource="status", manager="test")
        assert (await harness.carry_out(run, step=0.05))[-1].outcome is Outcome.REACHED
        assert annotations_of(harness) == {PAUSED_PARTITION: "0"}
        sent = [one for one in harness.written() if one["moment"] == "before"]
        assert len(sent) == 2
        assert harness.written()[1]["words"] == "it was modified just now: try again"


async def test_a_connection_broken_after_sending(tmp_path: Path) -> None:
    async with kafka(tmp_path, 4) as harness:
        await updated(harness, 3)
        run = await confirmed(harness, await pausing(harness))
        harness.cluster.server.faults.dropped_responses.append(DroppedResponse("patch", "statefulsets", executed=True))
        assert (await harness.carry_out(run))[-1].outcome is Outcome.REACHED
        assert annotations_of(harness)[PAUSED_PARTITION] == "0"
        run = await harness.confirm(await resuming(harness))
        harness.cluster.server.faults.dropped_responses.append(DroppedResponse("patch", "statefulsets", executed=True))
        assert (await harness.carry_out(run))[-1].outcome is Outcome.REACHED
        assert PAUSED_PARTITION not in annotations_of(harness)


async def test_a_pause_lifted_at_once_is_not_reached(tmp_path: Path) -> None:
    async with kafka(tmp_path, 4) as harness:
        await updated(harness, 3)
        run = await confirmed(harness, await pausing(harness))
        lifted = False

        async def follow() -> None:
            nonlocal lifted
            async for progress in run.follow():
                if not lifted and progress.steps and progress.steps[0].done:
                    lifted = True
                    set_partition(harness, 1)

        await harness.through(follow())
        assert run.progress.outcome is Outcome.NOT_REACHED
        assert run.progress.words == "the partition was set to 1 meanwhile"
