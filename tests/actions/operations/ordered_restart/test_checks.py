"""Checks of an ordered restart."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from stsview.actions.context import PlanContext
from stsview.actions.errors import Changed, Refused
from stsview.actions.intents import OrderedRestart
from stsview.actions.operations.ordered_restart import checks as restart_checks
from stsview.actions.operations.ordered_restart.action import gather
from stsview.actions.plan import Result
from stsview.model.settings import ModelSettings
from stsview.simulator.apiserver.auth.rbac import Rule
from stsview.simulator.apiserver.faults.faults import Refusal
from stsview.simulator.apiserver.resources import STATEFUL_SETS
from tests.actions.conftest import ActionHarness, agreeing, check, open_harness
from tests.live.conftest import Rig
from tests.support.actions.restarting import ZOOKEEPER, altered, budget, dies, restart, spend


@pytest.mark.parametrize(
    ("specs", "result", "words"),
    [
        ([], Result.WARN, "no PodDisruptionBudget selects zookeeper-2, -1 and -0"),
        ([{"maxUnavailable": 1}], Result.PASS, "evictions honour PodDisruptionBudget zk-0"),
        (
            [{"maxUnavailable": 0}],
            Result.FAIL,
            "PodDisruptionBudget zk-0 never allows a disruption: it requires 3 of 3 healthy",
        ),
        (
            [{"minAvailable": 3}],
            Result.FAIL,
            "PodDisruptionBudget zk-0 never allows a disruption: it requires 3 of 3 healthy",
        ),
        (
            [{"maxUnavailable": 1}, {"minAvailable": 1}],
            Result.FAIL,
            "more than one PodDisruptionBudget selects zookeeper-2, -1 and -0: their evictions fail",
        ),
    ],
)
async def test_budgets(harness: ActionHarness, specs: list[dict[str, Any]], result: Result, words: str) -> None:
    for number, spec in enumerate(specs):
        budget(harness, f"zk-{number}", **spec)
    plan = await harness.plan(restart(harness))
    assert (check(plan, "budget").result, check(plan, "budget").words) == (result, words)
    dry = {0: Result.PASS, 1: Result.PASS if result is Result.PASS else Result.WARN, 2: Result.UNKNOWN}
    assert check(plan, "dry-run").result is dry[len(specs)]
    if result is Result.FAIL:
        with pytest.raises(Refused, match=words):
            await harness.confirm(plan)
        assert harness.written() == []


async def test_an_exhausted_budget_is_a_warning(harness: ActionHarness) -> None:
    budget(harness, maxUnavailable=1)
    spend(harness)
    plan = await harness.plan(restart(harness))
    assert check(plan, "budget").words == "PodDisruptionBudget zk allows no disruption now: evictions wait for it"
    assert check(plan, "dry-run").result is Result.WARN
    assert "The disruption budget zk needs 2 healthy pods and has 2 currently" in check(plan, "dry-run").words
    assert not plan.refused


async def test_an_outdated_budget_is_a_warning(harness: ActionHarness) -> None:
    budget(harness, maxUnavailable=1)
    intent, session = restart(harness), harness.live.session
    assert session is not None
    facts = await harness.through(gather(session, intent, PlanContext(harness.settings, harness.rig.folder)))
    (one,) = facts.fresh.objects.budgets
    one = msgspec.structs.replace(one, status=msgspec.structs.replace(one.status, observed_generation=0))
    objects = replace(facts.fresh.objects, budgets=(one,))
    found = replace(facts.fresh, objects=objects)
    told = restart_checks.budget(found, intent, facts.sequence.pod_steps)
    assert (told.result, told.words) == (
        Result.WARN,
        "PodDisruptionBudget zk is not up to date: evictions may have to wait",
    )


@pytest.mark.parametrize(
    ("gone", "words"),
    [(1, "evictions honour PodDisruptionBudget zk"), (3, "there is no pod left to evict")],
)
async def test_the_budget_of_a_pod_that_was_removed_already_is_not_missed(
    harness: ActionHarness, gone: int, words: str
) -> None:
    """A resumed restart waits for its replacement only."""
    budget(harness, maxUnavailable=1)
    intent, session = restart(harness), harness.live.session
    assert session is not None
    facts = await harness.through(gather(session, intent, PlanContext(harness.settings, harness.rig.folder)))
    steps = facts.sequence.pod_steps
    resumed = tuple(replace(step, gone=number < gone) for number, step in enumerate(steps))
    found = restart_checks.budget(facts.fresh, intent, resumed)
    assert (found.result, found.words) == (Result.PASS, words)


async def test_a_single_member_needs_the_name_and_its_budget_refuses(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        harness = await open_harness(Rig(tmp_path, stack), stack, altered(replicas=1))
        plan = await harness.plan(restart(harness))
        assert plan.confirmation.name == "zookeeper"
        assert check(plan, "others").result is Result.WARN
        assert plan.risks[0].startswith("It is the only replica: the service is down")
        assert not plan.refused
        budget(harness, minAvailable=1)
        plan = await harness.plan(restart(harness))
        assert (
            check(plan, "budget").words
            == "PodDisruptionBudget zk never allows a disruption: it requires 1 of 1 healthy"
        )
        told = await harness.plan(restart(harness, only=(1,)))
        assert check(told, "ordinals").words == "there is no ordinal 1: the only one is 0"


async def test_another_member_down_refuses(harness: ActionHarness) -> None:
    plan = await harness.plan(restart(harness))
    dies(harness, "zookeeper-0")
    await harness.rig.until(lambda: harness.view().available == 2, "one is down")
    with pytest.raises(Changed, match="members down was none, is zookeeper-0"):
        await harness.confirm(plan)
    plan = await harness.plan(restart(harness))
    others = check(plan, "others")
    assert others.result is Result.FAIL
    assert others.words.startswith("zookeeper-0 is not available: ")
    assert others.words.endswith(": all other members must be available")
    assert plan.confirmation.name == "zookeeper"


async def test_surplus_pods_refuse(harness: ActionHarness) -> None:
    harness.cluster.scale("default", "zookeeper", 2)
    await harness.rig.until(lambda: harness.view().replicas == 2, "it is told")
    plan = await harness.plan(restart(harness))
    assert (
        check(plan, "others").words
        == "zookeeper-2 is being removed (scaling down): all other members must be available"
    )


@pytest.mark.parametrize(("needed", "result"), [(2, Result.PASS), (3, Result.FAIL)])
async def test_the_quorum(harness: ActionHarness, needed: int, result: Result) -> None:
    harness.settings = ModelSettings(quorum={"default/zookeeper": needed})
    plan = await harness.plan(restart(harness))
    assert check(plan, "quorum").result is result
    if result is Result.FAIL:
        words = "without zookeeper-2 only 2 of 3 members are available, below the quorum of 3"
        assert check(plan, "quorum").words == words


async def test_a_rollout_in_progress_refuses(harness: ActionHarness) -> None:
    harness.cluster.set_image("default", "zookeeper", "zookeeper:3.9")
    await harness.rig.until(lambda: harness.view().rollout.active, "the rollout has begun")
    plan = await harness.plan(restart(harness))
    assert check(plan, "rollout").result is Result.FAIL
    assert "a rollout is in progress (0 of 3 on " in check(plan, "rollout").words


async def test_a_change_of_revision_by_a_partition_refuses(harness: ActionHarness) -> None:
    def hold(partition: int) -> None:
        strategy = {"type": "RollingUpdate", "rollingUpdate": {"partition": partition}}
        harness.cluster.edit(
            STATEFUL_SETS, "default", "zookeeper", lambda one: one["spec"].update(updateStrategy=strategy)
        )

    hold(2)
    harness.cluster.set_image("default", "zookeeper", "zookeeper:3.9")
    await harness.rig.until(lambda: harness.view().rollout.held, "a canary stands", step=0.5)
    canary = await harness.plan(restart(harness))
    assert check(canary, "rollout").result is Result.PASS
    assert check(canary, "revision").result is Result.PASS
    assert len({pod_step.revision for pod_step in canary.pod_steps}) == 2
    hold(3)
    await harness.rig.until(lambda: harness.view().rollout.partition == 3, "the canary would go back")
    hidden = await harness.plan(restart(harness))
    revision = check(hidden, "revision")
    assert revision.result is Result.FAIL
    assert revision.words.startswith("zookeeper-2 will be recreated on ")
    assert revision.words.endswith(": this would also change the revision")
    assert check(await harness.plan(restart(harness, only=(0, 1))), "revision").result is Result.PASS
    wanted = await harness.plan(restart(harness, other_revision=True))
    assert check(wanted, "revision").result is Result.WARN
    assert not wanted.refused


async def test_a_changed_template_refuses(harness: ActionHarness) -> None:
    view = harness.view()
    plan = await harness.plan(OrderedRestart(ZOOKEEPER, view.uid, "zookeeper-abc"))
    assert check(plan, "seen").result is Result.FAIL
    assert check(plan, "seen").words.endswith("now; you saw abc")


async def test_permissions_and_unreadable_pods(harness: ActionHarness) -> None:
    admin = harness.cluster.server.users["admin"]
    admin.denied.append(Rule(("create",), ("",), ("pods/eviction",)))
    plan = await harness.plan(restart(harness))
    assert (check(plan, "rights").result, check(plan, "dry-run").result) == (Result.FAIL, Result.FAIL)
    assert check(plan, "rights").words == "you may not create pods/eviction in default"
    admin.denied.clear()
    harness.cluster.server.faults.refusals.append(Refusal(403, "poddisruptionbudgets"))
    plan = await harness.plan(restart(harness))
    assert check(plan, "budget").result is Result.UNKNOWN
    assert not plan.refused
    harness.cluster.server.faults.refusals.append(Refusal(403, "pods", ("list",)))
    plan = await harness.plan(restart(harness))
    assert {one.id for one in plan.refused} == {"ordinals", "others"}
    assert {one.result for one in plan.refused} == {Result.UNKNOWN}
    with pytest.raises(Refused, match="cannot read the pods"):
        await harness.confirm(plan, agreeing(plan))
