"""Restart by the annotation that kubectl writes, from the plan to the last pod."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from stsview.actions.errors import Changed, Refused
from stsview.actions.intents import Restart
from stsview.actions.operations.rollout.restart import stamp
from stsview.actions.operations.rollout.saved_partition import CANARY_PARTITION, PAUSED_PARTITION
from stsview.actions.operations.rollout.template_patches import RESTARTED_AT, read_templates
from stsview.actions.plan import Answers, Plan, Result
from stsview.actions.progress import Outcome
from stsview.model.finding import Danger
from stsview.model.related import quorum
from stsview.simulator.apiserver.auth.rbac import Rule
from stsview.simulator.apiserver.faults.faults import DroppedResponse
from stsview.simulator.apiserver.resources import AUTOSCALERS, BUDGETS, PODS
from stsview.simulator.controllers.statefulset.rollout import MaxUnavailable
from tests.actions.conftest import ActionHarness, check
from tests.support.actions.rollouts import (
    KAFKA,
    NEW,
    TYPO,
    add_autoscaler,
    add_budget,
    annotate,
    change_observed,
    kafka,
    partition,
    rollout,
    row,
    set_partition,
    set_strategy,
    stored,
    uid,
)


def restart(harness: ActionHarness, **changes: Any) -> Restart:
    return replace(Restart(KAFKA, uid(harness), rollout(harness).update), **changes)


async def planned(harness: ActionHarness) -> Plan:
    await change_observed(harness)
    return await harness.plan(restart(harness))


def failed(plan: Plan) -> list[str]:
    return [one.words for one in plan.refused]


async def test_the_plan_and_its_execution(tmp_path: Path) -> None:
    async with kafka(tmp_path, 3, minReadySeconds=20) as harness:
        plan = await harness.plan(restart(harness))
        assert plan.title == "Restart data/kafka"
        assert plan.steps == (
            "set the restart annotation on the pod template: a new revision",
            "recreate kafka-2, -1 and -0, one at a time (each Ready for 20s), with the same names and PVCs",
        )
        assert {one.result for one in plan.checks} == {Result.PASS}, plan.checks
        assert check(plan, "reach").words == "3 of 3 pods will restart"
        assert plan.same_as == "kubectl -n data rollout restart statefulset/kafka"
        assert [one.command for one in plan.safer] == ["stsview restart kafka --ordered -n data"]
        assert (plan.confirmation.name, plan.danger) == ("", Danger.DISRUPTIVE)

        before = {one.ordinal: one.uid for one in harness.view("kafka", "data").ordinals}
        told = await harness.carry_out(await harness.confirm(plan))
        assert told[-1].outcome is Outcome.REACHED
        assert told[-1].part == (3, 3)
        view = harness.view("kafka", "data")
        assert all(one.available and one.uid != before[one.ordinal] for one in view.ordinals)
        assert not rollout(harness).active
        template = stored(harness)["spec"]["template"]
        assert list(template["metadata"]["annotations"]) == [RESTARTED_AT]
        body = harness.written()[0]["request"]["body"]
        assert [one["path"] for one in body if one["op"] == "test"] == [
            "/metadata/uid",
            "/status/updateRevision",
            "/spec/template",
            "/spec/updateStrategy",
        ]


async def test_two_restarts_in_one_second_differ(tmp_path: Path) -> None:
    async with kafka(tmp_path, 1) as harness:
        assert harness.live.session is not None
        now = harness.live.session.server_now()
        stamps = [f"{now:%Y-%m-%dT%H:%M:%SZ}"]
        for _ in range(2):
            harness.cluster.edit_template("data", "kafka", annotations={RESTARTED_AT: stamps[-1]})
            found = await harness.through(read_templates(harness.live.session, KAFKA, harness.settings), 0.001)
            stamps.append(stamp(found))
        assert stamps[1] > stamps[0]
        assert stamps[2] != stamps[1]


async def test_the_only_member_and_a_quorum(tmp_path: Path) -> None:
    async with kafka(tmp_path, 1) as harness:
        plan = await planned(harness)
        assert "the service is down until the new pod is Ready" in plan.risks[0]
        annotate(harness, **{quorum.ANNOTATION: "1"})
        plan = await planned(harness)
        assert check(plan, "members").words == "none of 1 remains available, below the quorum of 1"
        assert plan.confirmation.name == "kafka"
        with pytest.raises(Refused, match="type the name kafka"):
            await harness.confirm(plan, Answers())


async def test_a_partition_protects_lower_ordinals(tmp_path: Path) -> None:
    async with kafka(tmp_path, 5, ordinals={"start": 5}) as harness:
        set_partition(harness, 3)
        plan = await planned(harness)
        assert plan.steps[1].startswith("recreate kafka-9 and kafka-8, one at a time")
        assert plan.steps[2] == "kafka-7, -6 and -5 do not restart: partition 3 protects them"
        assert check(plan, "reach").words == "2 of 5 pods will restart"
        before = {one.ordinal: one.uid for one in harness.view("kafka", "data").ordinals}
        told = await harness.carry_out(await harness.confirm(plan))
        assert (told[-1].outcome, told[-1].part) == (Outcome.REACHED, (2, 2))
        new = {one.ordinal for one in harness.view("kafka", "data").ordinals if one.uid != before[one.ordinal]}
        assert new == {8, 9}

        again = await planned(harness)
        assert "partition 3 pauses the rollout" in check(again, "rollout").words
        assert check(again, "revision").result is Result.PASS


async def test_a_restart_of_no_pod_is_refused_with_an_alternative(tmp_path: Path) -> None:
    ordered = "`stsview restart kafka --ordered -n data`"
    async with kafka(tmp_path, 2) as harness:
        set_strategy(harness, type="OnDelete")
        plan = await planned(harness)
        assert failed(plan) == [f"update strategy OnDelete: no pod would restart; use {ordered}"]
        set_partition(harness, 7)
        words = f"partition 7 protects all 2 pods: no pod would restart; use {ordered}"
        assert failed(await planned(harness)) == [words]
        set_partition(harness, 0)
        for value, shown in (("1", "1"), ("\x1b[2J" + "x" * 99, "'\\x1b[2J" + "x" * 35 + "…'")):
            annotate(harness, **{PAUSED_PARTITION: value})
            words = f"paused (previous partition {shown}): run `stsview resume kafka -n data` first"
            plan = await planned(harness)
            assert failed(plan) == [words]
            with pytest.raises(Refused, match="paused"):
                await harness.confirm(plan)
        annotate(harness, **{PAUSED_PARTITION: None})
        harness.cluster.scale("data", "kafka", 0)
        await harness.rig.until(lambda: not harness.view("kafka", "data").ordinals, "all are gone", step=0.5)
        assert failed(await planned(harness)) == ["scaled to 0: no pod to restart"]
        assert harness.written() == []


async def test_a_restart_does_not_unblock_a_deadlock(tmp_path: Path) -> None:
    async with kafka(tmp_path, 3) as harness:
        harness.cluster.set_image("data", "kafka", TYPO)
        await harness.rig.until(lambda: "Pull" in row(harness, 2).state.label, "it cannot be pulled", step=0.5)
        plan = await planned(harness)
        assert check(plan, "deadlock").words == (
            f"the controller waits for kafka-2 ({row(harness, 2).state.label}) before it restarts any pod"
        )
        assert "is in progress" in check(plan, "rollout").words
        assert check(plan, "revision").result is Result.WARN
        assert check(plan, "revision").words.startswith("kafka-1 and kafka-0 run")

        harness.cluster.set_image("data", "kafka", NEW)
        await change_observed(harness)
        plan = await planned(harness)
        assert check(plan, "deadlock").words == (
            "kafka-2 blocks its own update, and a restart does not unblock it; run `stsview unblock kafka -n data`"
        )
        assert check(plan, "deadlock").result is Result.WARN
        assert plan.confirmation.name == "kafka"

        told = await harness.carry_out(await harness.confirm(plan))
        assert told[-1].outcome is Outcome.NOT_REACHED
        assert "kafka-2" in told[-1].words
        assert row(harness, 0).available
        assert row(harness, 0).at_update is False


async def test_budgets_do_not_apply_and_an_autoscaler_is_named(tmp_path: Path) -> None:
    async with kafka(tmp_path, 3, podManagementPolicy="Parallel") as harness:
        add_budget(harness)
        add_autoscaler(harness)
        await harness.rig.pass_time(2.0)
        plan = await planned(harness)
        assert check(plan, "budget").result is Result.WARN
        assert check(plan, "budget").words.endswith("rollouts ignore it")
        assert "HPA h" in check(plan, "writers").words
        told = await harness.carry_out(await harness.confirm(plan))
        assert told[-1].outcome is Outcome.REACHED

        admin = harness.cluster.server.users["admin"]
        admin.denied.append(Rule(("list",), ("policy", "autoscaling"), (BUDGETS.plural, AUTOSCALERS.plural)))
        admin.denied.append(Rule(("list",), ("",), (PODS.plural,)))
        plan = await harness.plan(restart(harness))
        unknown = {one.id for one in plan.checks if one.result is Result.UNKNOWN}
        assert {"budget", "writers", "members"} <= unknown
        assert plan.confirmation.name == "kafka"


async def test_changes_before_confirmation_need_a_new_one(tmp_path: Path) -> None:
    async with kafka(tmp_path, 3) as harness:
        plan = await planned(harness)
        harness.cluster.scale("data", "kafka", 4)
        with pytest.raises(Changed, match="replicas was 3, is 4"):
            await harness.confirm(plan)
        await harness.rig.until(lambda: harness.view("kafka", "data").ready == 4, "it is scaled", step=0.5)
        plan = await planned(harness)
        set_partition(harness, 1)
        with pytest.raises(Changed, match="the partition was 0, is 1"):
            await harness.confirm(plan)
        plan = await planned(harness)
        harness.cluster.set_image("data", "kafka", NEW)
        with pytest.raises(Changed, match="the update revision was") as changed:
            await harness.confirm(plan)
        assert check(changed.value.plan, "seen").result is Result.FAIL
        plan = await harness.plan(replace(plan.intent, set_uid="another"))
        assert check(plan, "same-set").result is Result.FAIL
        assert harness.written() == []


async def test_changes_before_sending_are_refused_by_the_server(tmp_path: Path) -> None:
    async with kafka(tmp_path, 3) as harness:
        run = await harness.confirm(await planned(harness))
        harness.cluster.set_image("data", "kafka", NEW)
        told = await harness.carry_out(run)
        assert told[-1].outcome is Outcome.NOT_REACHED
        assert told[-1].words.startswith("the API server rejected the request: the pod template was changed meanwhile")
        assert RESTARTED_AT not in str(stored(harness)["spec"]["template"])
        assert "the pod template was changed" in harness.written()[1]["words"]


async def test_a_connection_broken_after_sending_is_checked(tmp_path: Path) -> None:
    async with kafka(tmp_path, 2) as harness:
        run = await harness.confirm(await planned(harness))
        harness.cluster.server.faults.dropped_responses.append(DroppedResponse("patch", "statefulsets", executed=True))
        told = await harness.carry_out(run)
        assert told[-1].outcome is Outcome.REACHED
        assert [one.get("result") for one in harness.written()] == [None, "unknown", "found done", "reached"]
        run = await harness.confirm(await planned(harness))
        harness.cluster.server.faults.dropped_responses.append(DroppedResponse("patch", "statefulsets", executed=False))
        told = await harness.carry_out(run)
        assert told[-1].outcome is Outcome.NOT_REACHED
        assert "before the request was carried out: try again" in told[-1].words


async def test_a_restart_of_a_canary_restarts_its_pods_only(tmp_path: Path) -> None:
    async with kafka(tmp_path, 3) as harness:
        annotate(harness, **{CANARY_PARTITION: "0"})
        set_partition(harness, 2)
        harness.cluster.set_image("data", "kafka", NEW)
        await change_observed(harness)
        await harness.rig.until(lambda: rollout(harness).held, "the canary is there", step=0.5)
        plan = await planned(harness)
        assert "only pods already on it restart" in check(plan, "rollout").words
        told = await harness.carry_out(await harness.confirm(plan))
        assert (told[-1].outcome, told[-1].part) == (Outcome.REACHED, (1, 1))
        assert partition(harness) == 2


async def test_a_restart_paused_meanwhile_is_not_reached(tmp_path: Path) -> None:
    async with kafka(tmp_path, 3) as harness:
        run = await harness.confirm(await planned(harness))

        async def follow() -> None:
            async for progress in run.follow():
                if progress.steps and progress.steps[0].done and partition(harness) == 0:
                    set_partition(harness, 2)

        await harness.through(follow())
        assert run.progress.outcome is Outcome.NOT_REACHED
        assert run.progress.words == "the partition was set to 2 meanwhile"


async def test_several_at_a_time_count_against_the_quorum(tmp_path: Path) -> None:
    async with kafka(tmp_path, 4, podManagementPolicy="Parallel") as harness:
        harness.cluster.set_max_unavailable(MaxUnavailable.V1_35)
        set_strategy(harness, type="RollingUpdate", rollingUpdate={"partition": 0, "maxUnavailable": "50%"})
        annotate(harness, **{quorum.ANNOTATION: "majority"})
        plan = await planned(harness)
        assert plan.steps[1].startswith("recreate kafka-3 to kafka-0, up to 2 at a time, highest first")
        assert check(plan, "members").words == "only 2 of 4 remain available, below the quorum of 3"
        assert plan.confirmation.name == "kafka"
        assert (await harness.carry_out(await harness.confirm(plan)))[-1].outcome is Outcome.REACHED
