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
from tests.actions.conftest import Doorway, check

ZOOKEEPER = Key("default", "zookeeper")


def scale(doorway: Doorway, replicas: int) -> Scale:
    view = doorway.view()
    return Scale(ZOOKEEPER, view.uid, replicas, view.replicas)


async def test_scale_up_with_its_plan_and_audit_log(doorway: Doorway) -> None:
    plan = await doorway.plan(scale(doorway, 5))
    assert plan.title == "Scale default/zookeeper from 3 to 5"
    assert plan.steps == (
        "set replicas to 5",
        "create zookeeper-3 and zookeeper-4, one at a time",
    )
    assert {one.result for one in plan.checks} == {Result.PASS}, plan.checks
    assert plan.same_as == "kubectl -n default scale statefulset zookeeper --replicas=5"
    assert (plan.confirmation.name, plan.danger) == ("", Danger.REVERSIBLE)

    run = await doorway.confirm(plan)
    progress = await doorway.carry_out(run)
    assert progress[-1].outcome is Outcome.REACHED
    assert [(step.words, step.done) for step in progress[-1].steps] == [
        ("set the replicas of default/zookeeper to 5", True),
        ("the replicas are set", True),
        ("surplus pods removed", True),
        ("all replicas are available", True),
    ]
    assert doorway.view().ready == 5
    before, after, end = doorway.written()
    assert [before["moment"], after["moment"], end["moment"]] == ["before", "after", "end"]
    assert before["request"]["body"][0] == {"op": "test", "path": "/metadata/uid", "value": plan.about.uid}
    assert (before["action"], after["result"], end["result"]) == ("scale", "done", "reached")
    assert before["user"] == "admin"
    assert doorway.log.path.stat().st_mode & 0o777 == 0o600


async def test_scale_to_zero_requires_the_name(doorway: Doorway) -> None:
    plan = await doorway.plan(scale(doorway, 0))
    assert plan.confirmation.name == "zookeeper"
    assert "No replica is left: the service stops." in plan.risks
    assert plan.steps[1] == "terminate zookeeper-2, zookeeper-1 and zookeeper-0, one at a time"
    assert "PVCs are kept (whenScaled: Retain): " in plan.steps[2]
    for answers in (Answers(), Answers(name="zookeper")):
        with pytest.raises(Refused, match="type the name zookeeper"):
            await doorway.confirm(plan, answers)
    assert doorway.written() == []
    progress = await doorway.carry_out(await doorway.confirm(plan))
    assert progress[-1].outcome is Outcome.REACHED
    assert not doorway.view().ordinals
    back = await doorway.plan(scale(doorway, 2))
    assert check(back, "dry-run").result is Result.PASS
    run = await doorway.confirm(back)
    assert (await doorway.carry_out(run))[-1].outcome is Outcome.REACHED
    assert doorway.view().ready == 2


async def test_another_scale_from_zero_is_detected(doorway: Doorway) -> None:
    doorway.cluster.scale("default", "zookeeper", 0)
    await doorway.rig.until(lambda: not doorway.view().ordinals, "all are gone", step=0.5)
    run = await doorway.confirm(await doorway.plan(scale(doorway, 2)))
    doorway.cluster.scale("default", "zookeeper", 1)
    progress = (await doorway.carry_out(run))[-1]
    assert progress.outcome is Outcome.NOT_REACHED
    assert progress.words == "the API server rejected the request: the replicas were set to 1 meanwhile"
    assert doorway.cluster.storage.get(STATEFUL_SETS, "default", "zookeeper")["spec"]["replicas"] == 1


async def test_replicas_changed_before_confirmation_need_a_new_one(doorway: Doorway) -> None:
    plan = await doorway.plan(scale(doorway, 5))
    doorway.cluster.scale("default", "zookeeper", 4)
    with pytest.raises(Changed, match="replicas was 3, is 4") as changed:
        await doorway.confirm(plan)
    assert check(changed.value.plan, "seen").result is Result.FAIL
    assert doorway.written() == []


async def test_replicas_changed_before_sending_are_refused_by_the_server(doorway: Doorway) -> None:
    run = await doorway.confirm(await doorway.plan(scale(doorway, 5)))
    doorway.cluster.scale("default", "zookeeper", 4)
    progress = await doorway.carry_out(run)
    assert progress[-1].outcome is Outcome.NOT_REACHED
    assert progress[-1].words == "the API server rejected the request: the replicas were set to 4 meanwhile"
    await doorway.rig.until(lambda: doorway.view().replicas == 4, "the other's replicas stand")
    assert [entry["result"] for entry in doorway.written()[1:]] == ["failed", "not reached"]


async def test_deleted_claims_require_the_name(doorway: Doorway) -> None:
    doorway.cluster.edit(
        STATEFUL_SETS,
        "default",
        "zookeeper",
        lambda body: body["spec"].update(persistentVolumeClaimRetentionPolicy={"whenScaled": "Delete"}),
    )
    await doorway.rig.until(lambda: doorway.view().when_scaled == "Delete", "the policy is seen")
    plan = await doorway.plan(scale(doorway, 2))
    assert (plan.confirmation.name, plan.danger) == ("zookeeper", Danger.LOSS)
    assert plan.risks == ("The data on data-zookeeper-2 is lost with the PVCs.",)
    assert check(plan, "claims").result is Result.WARN
    assert "whenScaled" in plan.safer[0].command
    assert doorway.view().severity is Severity.HEALTHY
