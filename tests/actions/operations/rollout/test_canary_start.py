"""Canaries: started, extended, and stopped where they do not become available."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from msgspec.structs import replace

from stsview.actions.context import PlanContext
from stsview.actions.errors import Changed, Refused
from stsview.actions.intents import CanaryStart, CanaryStep
from stsview.actions.operations.rollout import canary_start
from stsview.actions.operations.rollout.common import RolloutFacts
from stsview.actions.operations.rollout.saved_partition import CANARY_PARTITION, PAUSED_PARTITION
from stsview.actions.operations.rollout.template_patches import RESTARTED_AT
from stsview.actions.plan import Plan, Result
from stsview.actions.policy import Policy
from stsview.actions.progress import Outcome, Progress
from stsview.cluster.http.write_gate import WriteGate
from stsview.model.states import Health
from stsview.model.views import WaitReason
from stsview.simulator.apiserver.auth.rbac import Rule
from stsview.simulator.apiserver.faults.faults import DroppedResponse
from stsview.simulator.apiserver.resources import PODS
from tests.actions.conftest import ActionHarness, check
from tests.support.actions.rollouts import (
    KAFKA,
    NEW,
    OLD,
    TYPO,
    add_autoscaler,
    annotate,
    annotations_of,
    change_observed,
    images,
    kafka,
    partition,
    rollout,
    row,
    set_partition,
    set_strategy,
    stored,
    uid,
)


def start(harness: ActionHarness, pods: int = 2, image: str = NEW, **changes: Any) -> CanaryStart:
    asked = CanaryStart(KAFKA, uid(harness), rollout(harness).update, pods, (("kafka", image),))
    return replace(asked, **changes)


def step(harness: ActionHarness, to_end: bool = False) -> CanaryStep:
    return CanaryStep(KAFKA, uid(harness), rollout(harness).update, rollout(harness).partition, to_end)


async def planned(harness: ActionHarness, pods: int = 2, image: str = NEW, **changes: Any) -> Plan:
    await change_observed(harness)
    return await harness.plan(start(harness, pods, image, **changes))


async def next_one(harness: ActionHarness, to_end: bool = False) -> Plan:
    await change_observed(harness)
    return await harness.plan(step(harness, to_end))


async def done(harness: ActionHarness, plan: Plan) -> Progress:
    return (await harness.carry_out(await harness.confirm(plan)))[-1]


def failed(plan: Plan) -> dict[str, str]:
    return {one.id: one.words for one in plan.refused}


async def test_a_canary_is_started_extended_and_finished(tmp_path: Path) -> None:
    async with kafka(tmp_path, 5, ordinals={"start": 5}) as harness:
        assert "annotations" not in stored(harness)["metadata"]
        plan = await planned(harness)
        old = rollout(harness).update.removeprefix("kafka-")
        assert plan.title == "Canary data/kafka: 2 pods"
        assert plan.steps == (
            "set the image of kafka from kafka:3.8 to kafka:3.9, and the partition from 0 to 3",
            "update kafka-9 and kafka-8, one at a time",
            f"hold until next, finish or abort: kafka-7, -6 and -5 stay on {old} even if recreated",
        )
        assert {one.result for one in plan.checks} == {Result.PASS}, plan.checks
        assert plan.same_as.endswith(" && kubectl -n data set image statefulset/kafka kafka=kafka:3.9")
        assert '"partition":3' in plan.same_as
        assert plan.confirmation.name == ""

        told = await done(harness, plan)
        assert (told.outcome, told.part) == (Outcome.REACHED, (2, 2))
        assert images(harness) == {5: OLD, 6: OLD, 7: OLD, 8: NEW, 9: NEW}
        assert (partition(harness), annotations_of(harness)[CANARY_PARTITION]) == (3, "0")
        wait = harness.view("kafka", "data").wait
        assert (wait.reason, wait.headline) == (WaitReason.PARTITION, "canary: held by partition 3")
        assert len([one for one in harness.written() if one["moment"] == "before"]) == 1

        new = rollout(harness).update.removeprefix("kafka-")
        plan = await next_one(harness)
        assert plan.title == "Canary data/kafka: next pod"
        assert plan.steps == (
            "set the partition from 3 to 2",
            f"update kafka-7 to {new}",
            f"kafka-6 and kafka-5 stay on {old} even if recreated",
        )
        assert {one.result for one in plan.checks} == {Result.PASS}, plan.checks
        assert check(plan, "canary-pods").words == "canary pods available: kafka-9 and kafka-8"
        assert (await done(harness, plan)).outcome is Outcome.REACHED
        assert images(harness) == {5: OLD, 6: OLD, 7: NEW, 8: NEW, 9: NEW}
        assert annotations_of(harness)[CANARY_PARTITION] == "0"

        plan = await next_one(harness, to_end=True)
        assert plan.steps[0] == "set the partition from 2 to 0 and end the canary"
        assert [one.command for one in plan.safer] == [
            "stsview canary kafka next -n data",
            "stsview canary kafka abort -n data",
        ]
        told = await done(harness, plan)
        assert (told.outcome, told.part) == (Outcome.REACHED, (5, 5))
        assert set(images(harness).values()) == {NEW}
        assert (partition(harness), CANARY_PARTITION in annotations_of(harness)) == (0, False)
        assert not rollout(harness).active


async def test_the_last_step_ends_the_canary_at_its_former_partition(tmp_path: Path) -> None:
    async with kafka(tmp_path, 4, podManagementPolicy="Parallel") as harness:
        set_partition(harness, 1)
        plan = await planned(harness, 1, images=(), restart=True)
        assert plan.safer[0].command == "stsview restart kafka --ordered --only 3 -n data"
        assert plan.same_as.endswith("kubectl -n data rollout restart statefulset/kafka")
        assert (await done(harness, plan)).outcome is Outcome.REACHED
        assert RESTARTED_AT in stored(harness)["spec"]["template"]["metadata"]["annotations"]
        assert (partition(harness), annotations_of(harness)[CANARY_PARTITION]) == (3, "1")
        plan = await next_one(harness)
        assert (await done(harness, plan)).outcome is Outcome.REACHED
        assert (partition(harness), annotations_of(harness)[CANARY_PARTITION]) == (2, "1")
        plan = await next_one(harness)
        assert plan.steps[0] == "set the partition from 2 to 1 and end the canary"
        assert (await done(harness, plan)).outcome is Outcome.REACHED
        assert (partition(harness), CANARY_PARTITION in annotations_of(harness)) == (1, False)
        assert row(harness, 0).at_update is False


async def test_a_canary_of_a_revision_without_rolling_update_parameters(tmp_path: Path) -> None:
    async with kafka(tmp_path, 3, updateStrategy={"type": "RollingUpdate"}) as harness:
        first = rollout(harness).update
        harness.cluster.set_image("data", "kafka", NEW)
        await change_observed(harness)
        await harness.rig.until(lambda: not rollout(harness).active, "all have it", step=0.5)
        assert "rollingUpdate" not in stored(harness)["spec"]["updateStrategy"]
        plan = await planned(harness, 1, images=(), revision=first)
        assert plan.steps[0].startswith(f"set the pod template to that of {first.removeprefix('kafka-')}, and the")
        assert plan.same_as.endswith("rollout undo statefulset/kafka --to-revision=1")
        assert (await done(harness, plan)).outcome is Outcome.REACHED
        assert images(harness) == {0: NEW, 1: NEW, 2: OLD}
        assert rollout(harness).update == first

        again = await planned(harness, 1, images=(), revision="kafka-nonesuch")
        assert failed(again)["change"] == "revision nonesuch no longer exists"
        admin = harness.cluster.server.users["admin"]
        admin.denied.append(Rule(("list",), ("apps",), ("controllerrevisions",)))
        again = await planned(harness, 1, images=(), revision=first)
        assert check(again, "change").result is Result.UNKNOWN
        assert "change" in failed(again)


async def test_a_failing_canary_is_reported_and_not_extended(tmp_path: Path) -> None:
    async with kafka(tmp_path, 3) as harness:
        told = await done(harness, await planned(harness, 1, TYPO))
        assert told.outcome is Outcome.NOT_REACHED
        finding = next(one for one in harness.view("kafka", "data").findings if 2 in one.ordinals)
        assert finding.headline in told.words
        assert images(harness) == {0: OLD, 1: OLD, 2: TYPO}

        plan = await next_one(harness)
        assert failed(plan)["canary-pods"].startswith("canary pod kafka-2 is ")
        assert "to abort: `stsview canary kafka abort -n data`" in failed(plan)["canary-pods"]
        with pytest.raises(Refused, match="the controller would not continue"):
            await harness.confirm(plan)

        harness.cluster.images.missing.clear()
        harness.cluster.storage.delete(PODS, "data", "kafka-2", grace_seconds=0)
        await harness.rig.until(
            lambda: row(harness, 2).state.health is Health.PROGRESSING, "it is on its way", step=0.1
        )
        assert "is not available yet" in failed(await next_one(harness))["canary-pods"]


@pytest.mark.parametrize(
    ("changes", "check_id", "words"),
    [
        ({"pods": 0}, "pods", "a canary needs at least 1 pod"),
        (
            {"pods": 3},
            "pods",
            "3 of 3 pods is not a canary: no pod stays unchanged; to change all, use "
            "`kubectl -n data set image statefulset/kafka kafka=kafka:3.9`",
        ),
        (
            {"pods": 4, "images": (), "restart": True},
            "pods",
            "4 of 3 pods is not a canary: no pod stays unchanged; to change all, use `stsview restart kafka -n data`",
        ),
        ({"images": ()}, "change", "a canary is one change: images, a revision or a restart"),
        ({"restart": True}, "change", "a canary is one change: images, a revision or a restart"),
        ({"image": OLD}, "change", "the template already has that image"),
        ({"image": ""}, "change", "an image is missing: use container=image"),
        ({"images": (("zk", NEW),)}, "change", "the template has no container zk; it has kafka"),
        ({"seen_revision": "kafka-x"}, "seen", "the pod template was changed: update revision is "),
        ({"set_uid": "another"}, "same-set", "kafka was deleted and recreated (uid changed)"),
    ],
)
async def test_invalid_canaries_are_refused(tmp_path: Path, changes: dict[str, Any], check_id: str, words: str) -> None:
    async with kafka(tmp_path, 3) as harness:
        plan = await planned(harness, **{"pods": 1, **changes})
        assert failed(plan)[check_id].startswith(words)
        with pytest.raises(Refused):
            await harness.confirm(plan)
        assert harness.written() == []


async def test_states_in_which_no_canary_starts(tmp_path: Path) -> None:
    async with kafka(tmp_path, 3) as harness:
        set_strategy(harness, type="OnDelete")
        assert "it has no partition" in failed(await planned(harness, 1))["strategy"]
        set_partition(harness, 2)
        words = "partition 2 already limits a change to 1 of 3 pods: a canary must be smaller"
        assert failed(await planned(harness, 1))["pods"] == words
        set_partition(harness, 0)
        annotate(harness, **{PAUSED_PARTITION: "0"})
        assert "paused (previous partition 0)" in failed(await planned(harness, 1))["paused"]
        annotate(harness, **{PAUSED_PARTITION: None, CANARY_PARTITION: "\x07nonsense"})
        plan = await planned(harness, 1)
        assert check(plan, "rollout").result is Result.WARN
        assert "'\\x07nonsense'" in check(plan, "rollout").words
        assert not plan.refused

        admin = harness.cluster.server.users["admin"]
        hidden = Rule(("list",), ("",), (PODS.plural,))
        admin.denied.append(hidden)
        plan = await planned(harness, 1)
        assert {"rollout", "others"} <= set(failed(plan))
        assert plan.confirmation.name == "kafka"
        admin.denied.remove(hidden)

        set_partition(harness, 2)
        harness.cluster.set_image("data", "kafka", NEW)
        await change_observed(harness)
        await harness.rig.until(lambda: rollout(harness).held, "it is held", step=0.5)
        words = failed(await planned(harness, 1, "kafka:4"))["rollout"]
        assert words.startswith("a canary to ")
        assert words.endswith("is in progress (paused by partition 2): finish it first")

        assert harness.live.session is not None
        harness.live.session.gate = WriteGate("--read-only")
        plan = await planned(harness, 1)
        assert "read-only" in failed(plan)
        assert not [one for one in plan.checks if one.id == "dry-run"]


async def test_no_canary_starts_while_a_member_is_down_and_an_autoscaler_is_named(tmp_path: Path) -> None:
    async with kafka(tmp_path, 3) as harness:
        add_autoscaler(harness)
        await harness.rig.pass_time(1.0)
        plan = await planned(harness, 1)
        words = "HPA h may change the replicas: the partition would then apply to other pods"
        assert (check(plan, "autoscaler").result, check(plan, "autoscaler").words) == (Result.WARN, words)
        assert "a scale-down to 2 or fewer removes them all" in plan.risks[-1]
        node = row(harness, 0).node
        harness.cluster.fail_node(node)
        await harness.rig.until(lambda: not row(harness, 0).available, "it is down", step=2.0)
        assert failed(await planned(harness, 1)) == {"others": "kafka-0 is not available: wait until all are"}


def between(facts: RolloutFacts, **changes: Any) -> RolloutFacts:
    """The facts with another status of the rollout."""
    found = facts.fresh
    view = structs.replace(found.view, rollout=structs.replace(found.view.rollout, **changes))
    return replace(facts, templates=replace(facts.templates, fresh=replace(found, view=view)))


async def test_no_canary_starts_while_the_current_revision_differs(tmp_path: Path) -> None:
    async with kafka(tmp_path, 3) as harness:
        await change_observed(harness)
        asked = start(harness, 1)
        assert harness.live.session is not None
        plan_context = PlanContext(harness.settings, tmp_path)
        facts = await harness.through(canary_start.gather(harness.live.session, asked, plan_context))
        assert not canary_start.plan(facts, asked, Policy()).refused
        behind = canary_start.plan(between(facts, current="kafka-older"), asked, Policy())
        assert failed(behind)["rollout"].endswith("yet: new pods below a partition would run older")
        unknown = canary_start.plan(between(facts, strategy="Recreate"), asked, Policy())
        assert failed(unknown)["strategy"].endswith("strategy Recreate is not supported")


async def test_changes_before_confirmation_or_sending(tmp_path: Path) -> None:
    async with kafka(tmp_path, 4) as harness:
        plan = await planned(harness)
        harness.cluster.scale("data", "kafka", 5)
        with pytest.raises(Changed, match="replicas was 4, is 5"):
            await harness.confirm(plan)
        await harness.rig.until(lambda: harness.view("kafka", "data").ready == 5, "it is scaled", step=0.5)

        run = await harness.confirm(await planned(harness))
        harness.cluster.scale("data", "kafka", 7)
        told = (await harness.carry_out(run))[-1]
        assert told.words == "the API server rejected the request: the replicas were set to 7 meanwhile"
        harness.cluster.scale("data", "kafka", 5)
        await harness.rig.until(lambda: len(harness.view("kafka", "data").ordinals) == 5, "scaled back", step=0.5)

        run = await harness.confirm(await planned(harness))
        set_partition(harness, 1)
        told = (await harness.carry_out(run))[-1]
        assert told.words == "the API server rejected the request: the partition was set to 1 meanwhile"
        set_partition(harness, 0)
        run = await harness.confirm(await planned(harness))
        harness.cluster.edit_template("data", "kafka", annotations={"a": "b"})
        told = (await harness.carry_out(run))[-1]
        assert told.words.startswith("the API server rejected the request: the pod template was changed meanwhile")
        await harness.rig.until(lambda: not rollout(harness).active and rollout(harness).observed, "over", step=0.5)
        assert CANARY_PARTITION not in annotations_of(harness)

        run = await harness.confirm(await planned(harness))
        harness.cluster.server.faults.dropped_responses.append(DroppedResponse("patch", "statefulsets", executed=True))
        told = (await harness.carry_out(run))[-1]
        assert (told.outcome, told.part) == (Outcome.REACHED, (2, 2))
        assert "found done" in [one.get("result") for one in harness.written()]


async def test_a_step_on_a_changed_canary_is_refused(tmp_path: Path) -> None:
    async with kafka(tmp_path, 4) as harness:
        assert failed(await next_one(harness))["canary"] == "no canary: no pod is held back by the partition"
        assert (await done(harness, await planned(harness, 1))).outcome is Outcome.REACHED

        plan = await next_one(harness)
        set_partition(harness, 1)
        with pytest.raises(Changed, match="the partition was 3, is 1") as changed:
            await harness.confirm(plan)
        assert failed(changed.value.plan)["partition"] == "the partition was set to 1, you saw 3"
        set_partition(harness, 3)
        await harness.rig.until(lambda: rollout(harness).held and rollout(harness).partition == 3, "held", step=0.5)

        for value, words in (
            (
                "x",
                f"the annotation {CANARY_PARTITION} is 'x', which is not a partition: final partition unknown",
            ),
            ("3", "the partition was set to 3, and was 3 before the canary: no pods left to update"),
        ):
            annotate(harness, **{CANARY_PARTITION: value})
            assert failed(await next_one(harness))["canary"] == words
        annotate(harness, **{CANARY_PARTITION: None})
        plan = await next_one(harness)
        assert not plan.refused
        assert check(plan, "canary").result is Result.WARN
        run = await harness.confirm(plan)
        harness.cluster.set_image("data", "kafka", "kafka:4")
        told = (await harness.carry_out(run))[-1]
        assert told.outcome is Outcome.NOT_REACHED
        assert "the pod template was changed meanwhile" in told.words
        assert partition(harness) == 3

        annotate(harness, **{PAUSED_PARTITION: "0"})
        assert "paused" in failed(await next_one(harness))
