"""Scaling, from the plan to the last pod."""

from __future__ import annotations

import pytest

from stsview.actions.errors import Changed, Refused
from stsview.actions.intents import Scale
from stsview.actions.plan import Answers, Result
from stsview.actions.progress import Outcome
from stsview.model.finding import Danger
from stsview.model.views import Severity
from stsview.objects.meta import Key
from stsview.simulator.apiserver.resources import STATEFUL_SETS
from tests.actions.conftest import ActionHarness, check

ZOOKEEPER = Key("default", "zookeeper")


def scale(harness: ActionHarness, replicas: int) -> Scale:
    view = harness.view()
    return Scale(ZOOKEEPER, view.uid, replicas, view.replicas)


async def test_scale_up_with_its_plan_and_audit_log(harness: ActionHarness) -> None:
    plan = await harness.plan(scale(harness, 5))
    assert plan.title == "Scale default/zookeeper from 3 to 5"
    assert plan.steps == (
        "set replicas to 5",
        "create zookeeper-3 and zookeeper-4, one at a time",
    )
    assert {one.result for one in plan.checks} == {Result.PASS}, plan.checks
    assert plan.same_as == "kubectl -n default scale statefulset zookeeper --replicas=5"
    assert (plan.confirmation.name, plan.danger) == ("", Danger.REVERSIBLE)

    run = await harness.confirm(plan)
    progress = await harness.carry_out(run)
    assert progress[-1].outcome is Outcome.REACHED
    assert [(step.words, step.done) for step in progress[-1].steps] == [
        ("set the replicas of default/zookeeper to 5", True),
        ("the replicas are set", True),
        ("all replicas are available", True),
    ]
    assert harness.view().ready == 5
    before, after, end = harness.written()
    assert [before["moment"], after["moment"], end["moment"]] == ["before", "after", "end"]
    assert before["request"]["body"][0] == {"op": "test", "path": "/metadata/uid", "value": plan.about.uid}
    assert (before["action"], after["result"], end["result"]) == ("scale", "done", "reached")
    assert before["user"] == "admin"
    assert harness.log.path.stat().st_mode & 0o777 == 0o600


async def test_scale_to_zero_requires_the_name(harness: ActionHarness) -> None:
    plan = await harness.plan(scale(harness, 0))
    assert plan.confirmation.name == "zookeeper"
    assert "No replica is left: the service stops." in plan.risks
    assert plan.steps[1] == "terminate zookeeper-2, -1 and -0, one at a time"
    assert "PVCs are kept (whenScaled: Retain): " in plan.steps[2]
    for answers in (Answers(), Answers(name="zookeper")):
        with pytest.raises(Refused, match="type the name zookeeper"):
            await harness.confirm(plan, answers)
    assert harness.written() == []
    progress = await harness.carry_out(await harness.confirm(plan))
    assert progress[-1].outcome is Outcome.REACHED
    assert not harness.view().ordinals
    back = await harness.plan(scale(harness, 2))
    assert check(back, "dry-run").result is Result.PASS
    run = await harness.confirm(back)
    assert (await harness.carry_out(run))[-1].outcome is Outcome.REACHED
    assert harness.view().ready == 2


async def test_another_scale_from_zero_is_detected(harness: ActionHarness) -> None:
    harness.cluster.scale("default", "zookeeper", 0)
    await harness.rig.until(lambda: not harness.view().ordinals, "all are gone", step=0.5)
    run = await harness.confirm(await harness.plan(scale(harness, 2)))
    harness.cluster.scale("default", "zookeeper", 1)
    progress = (await harness.carry_out(run))[-1]
    assert progress.outcome is Outcome.NOT_REACHED
    assert progress.words == "the API server rejected the request: the replicas were set to 1 meanwhile"
    assert harness.cluster.storage.get(STATEFUL_SETS, "default", "zookeeper")["spec"]["replicas"] == 1


async def test_replicas_changed_before_confirmation_need_a_new_one(harness: ActionHarness) -> None:
    plan = await harness.plan(scale(harness, 5))
    harness.cluster.scale("default", "zookeeper", 4)
    with pytest.raises(Changed, match="replicas was 3, is 4") as changed:
        await harness.confirm(plan)
    assert check(changed.value.plan, "seen").result is Result.FAIL
    assert harness.written() == []


async def test_replicas_changed_before_sending_are_refused_by_the_server(harness: ActionHarness) -> None:
    run = await harness.confirm(await harness.plan(scale(harness, 5)))
    harness.cluster.scale("default", "zookeeper", 4)
    progress = await harness.carry_out(run)
    assert progress[-1].outcome is Outcome.NOT_REACHED
    assert progress[-1].words == "the API server rejected the request: the replicas were set to 4 meanwhile"
    await harness.rig.until(lambda: harness.view().replicas == 4, "the other's replicas stand")
    assert [entry["result"] for entry in harness.written()[1:]] == ["failed", "not reached"]


async def test_deleted_claims_require_the_name(harness: ActionHarness) -> None:
    harness.cluster.edit(
        STATEFUL_SETS,
        "default",
        "zookeeper",
        lambda body: body["spec"].update(persistentVolumeClaimRetentionPolicy={"whenScaled": "Delete"}),
    )
    await harness.rig.until(lambda: harness.view().when_scaled == "Delete", "the policy is seen")
    plan = await harness.plan(scale(harness, 2))
    assert (plan.confirmation.name, plan.danger) == ("zookeeper", Danger.LOSS)
    assert plan.risks == (
        "zookeeper-2 leaves without being decommissioned: data that only it holds is lost.",
        "The data on data-zookeeper-2 is lost with the PVCs.",
    )
    assert check(plan, "claims").result is Result.WARN
    assert "whenScaled" in plan.safer[0].command
    assert harness.view().severity is Severity.HEALTHY
