"""No plan is silent about what the end of a pod would lose."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from stsview.actions.errors import Refused
from stsview.actions.intents import (
    CanaryStart,
    DeletePod,
    Intent,
    OrderedRestart,
    Restart,
    Scale,
)
from stsview.actions.plan import Answers, Result
from stsview.actions.progress import Outcome
from stsview.model.finding import Danger
from stsview.model.views import SetView
from stsview.simulator.apiserver.resources import CLAIMS, NODES, PODS, VOLUMES
from tests.actions.conftest import ActionHarness, agreeing, check

CLAIM, POD = "data-zookeeper-2", "zookeeper-2"


def uid(view: SetView, ordinal: int) -> str:
    return next(row.uid or "" for row in view.ordinals if row.ordinal == ordinal)


ENDING: dict[str, Callable[[SetView], Intent]] = {
    "delete-pod": lambda view: DeletePod(view.key, view.uid, POD, uid(view, 2)),
    "scale down": lambda view: Scale(view.key, view.uid, 2, 3),
    "scale to none": lambda view: Scale(view.key, view.uid, 0, 3),
    "restart": lambda view: Restart(view.key, view.uid, view.rollout.update),
    "ordered restart": lambda view: OrderedRestart(view.key, view.uid, view.rollout.update),
    "canary": lambda view: CanaryStart(view.key, view.uid, view.rollout.update, 1, restart=True),
}
"""Every action that ends zookeeper-2 of a healthy set; undo and unblock are tested where there is something to undo."""


def delete_claim(harness: ActionHarness) -> None:
    harness.cluster.storage.delete(CLAIMS, "default", CLAIM)


@pytest.mark.parametrize("action", ENDING)
async def test_a_claim_that_is_being_deleted_refuses_every_plan_that_ends_its_pod(
    harness: ActionHarness, action: str
) -> None:
    intent = ENDING[action](harness.view())
    assert "claim-being-deleted" not in {one.id for one in (await harness.plan(intent)).checks}
    delete_claim(harness)
    plan = await harness.plan(intent)
    refused = check(plan, "claim-being-deleted")
    assert refused in plan.refused
    assert f"PVC {CLAIM} is being deleted: it is removed when {POD} terminates" in refused.words
    assert "is deleted too (reclaim policy Delete)" in refused.words
    assert plan.danger is Danger.LOSS
    assert plan.risks[0] == f"Data loss: the data of {POD} is lost."
    assert plan.shown_command == ""
    assert not any("PVCs" in step for step in plan.steps if step.endswith(" and PVCs"))
    assert plan.steps[-1] == f"{POD}: data is lost"
    assert not any("kept" in step and CLAIM in step for step in plan.steps), "no promise that the check takes back"
    assert not any("offline" in risk for risk in plan.risks)
    with pytest.raises(Refused):
        await harness.confirm(plan)
    assert not harness.written()


async def test_a_written_reason_and_the_typed_name_override_it(harness: ActionHarness) -> None:
    delete_claim(harness)
    view = harness.view()
    plan = await harness.plan(DeletePod(view.key, view.uid, POD, uid(view, 2), override="the data is replicated"))
    assert not plan.refused
    assert [one.id for one in plan.overridden] == ["claim-being-deleted"]
    assert (plan.confirmation.name, plan.danger) == (POD, Danger.LOSS)
    with pytest.raises(Refused, match="type the name zookeeper-2"):
        await harness.confirm(plan, Answers(reason="the data is replicated"))
    told = await harness.carry_out(await harness.confirm(plan, agreeing(plan)))
    assert told[-1].outcome is Outcome.REACHED
    assert harness.written()[0]["override"] == "the data is replicated"


async def test_a_claim_deleted_between_plan_and_confirmation_is_noticed(harness: ActionHarness) -> None:
    view = harness.view()
    plan = await harness.plan(DeletePod(view.key, view.uid, POD, uid(view, 2)))
    delete_claim(harness)
    with pytest.raises(Exception, match="what may lose data was nothing, is claim-being-deleted of zookeeper-2"):
        await harness.confirm(plan)
    assert not harness.written()


async def test_an_ordered_restart_stops_before_a_pod_whose_claim_was_deleted_meanwhile(harness: ActionHarness) -> None:
    view = harness.view()
    before = uid(view, 0)
    plan = await harness.plan(OrderedRestart(view.key, view.uid, view.rollout.update))
    run = await harness.confirm(plan)
    harness.cluster.storage.delete(CLAIMS, "default", "data-zookeeper-0")
    told = await harness.carry_out(run, step=0.2)
    assert told[-1].outcome is Outcome.NOT_REACHED
    assert "PVC data-zookeeper-0 is being deleted" in told[-1].words
    assert uid(harness.view(), 0) == before


def remove_volume(harness: ActionHarness) -> None:
    name = harness.cluster.storage.get(CLAIMS, "default", CLAIM)["spec"]["volumeName"]
    harness.cluster.edit(VOLUMES, "", name, lambda one: one["metadata"].update(finalizers=[]))
    harness.cluster.storage.delete(VOLUMES, "", name)


async def test_a_volume_that_does_not_exist_refuses(harness: ActionHarness) -> None:
    view = harness.view()
    remove_volume(harness)
    plan = await harness.plan(DeletePod(view.key, view.uid, POD, uid(view, 2)))
    assert {one.id for one in plan.refused} & {"volume-missing", "claim-lost"}
    assert plan.danger is Danger.LOSS


async def test_a_finalizer_and_a_cordoned_node_of_a_local_volume_warn(harness: ActionHarness) -> None:
    view = harness.view()
    row = next(row for row in view.ordinals if row.ordinal == 2)
    harness.cluster.edit(PODS, "default", POD, lambda one: one["metadata"].update(finalizers=["example.com/backup"]))
    name = harness.cluster.storage.get(CLAIMS, "default", CLAIM)["spec"]["volumeName"]
    term = {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": [row.node]}]}
    harness.cluster.edit(
        VOLUMES,
        "",
        name,
        lambda one: one["spec"].update(nodeAffinity={"required": {"nodeSelectorTerms": [term]}}),
    )
    harness.cluster.edit(NODES, "", row.node, lambda one: one["spec"].update(unschedulable=True))
    plan = await harness.plan(DeletePod(view.key, view.uid, POD, uid(view, 2)))
    assert not plan.refused
    assert check(plan, "finalizer").result is Result.WARN
    assert check(plan, "node-cordoned").words == (
        f"node {row.node} is cordoned, and the volume of PVC {CLAIM} is only there: "
        "zookeeper-2 cannot start before it is uncordoned"
    )


async def test_where_nothing_is_at_stake_the_plan_says_so(harness: ActionHarness) -> None:
    view = harness.view()
    plan = await harness.plan(DeletePod(view.key, view.uid, POD, uid(view, 2)))
    assert check(plan, "claims-stay").words == "no PVC of zookeeper-2 is deleted with its pod"


async def test_a_scale_up_looks_at_the_claims_and_names_that_it_finds(harness: ActionHarness) -> None:
    def leftover(ordinal: int, **meta: object) -> None:
        one = harness.cluster.storage.get(CLAIMS, "default", CLAIM)
        name = f"data-zookeeper-{ordinal}"
        harness.cluster.storage.create(
            CLAIMS,
            {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "metadata": {"name": name, "namespace": "default", **meta},
                "spec": {**one["spec"], "volumeName": ""} | ({"resources": {"requests": {"storage": "1Gi"}}}),
            },
        )

    leftover(3, finalizers=["example.com/backup"])
    harness.cluster.storage.delete(CLAIMS, "default", "data-zookeeper-3")
    leftover(4)
    view = harness.view()
    plan = await harness.plan(Scale(view.key, view.uid, 5, 3))
    assert [one.id for one in plan.refused] == ["leftover-claim-being-deleted"]
    assert "zookeeper-3 is not created before it is gone" in plan.refused[0].words
    assert "differs from the template" in check(plan, "leftover-claim-differs").words
    assert not any("data-zookeeper-3" in line for line in (*plan.steps, *plan.risks))
    assert plan.confirmation.name == "zookeeper"


@pytest.mark.parametrize(("replicas", "name"), [(2, ""), (1, "zookeeper")])
async def test_members_that_leave_are_a_risk_and_several_take_the_name(
    harness: ActionHarness, replicas: int, name: str
) -> None:
    view = harness.view()
    plan = await harness.plan(Scale(view.key, view.uid, replicas, 3))
    assert plan.confirmation.name == name
    assert any("without being decommissioned" in line for line in plan.risks)
    assert "assumed quorum of 2" in check(plan, "majority").words
