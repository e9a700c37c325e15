"""An ordered restart, from the plan to the last pod."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from stsview.actions.intents import Order, RemovalMethod
from stsview.actions.operations.ordered_restart.journal import unfinished
from stsview.actions.plan import Answers, Result
from stsview.actions.policy import Policy
from stsview.actions.progress import Outcome
from stsview.model.finding import Danger
from stsview.simulator.apiserver.resources import PODS
from tests.actions.conftest import ActionHarness, check, open_harness
from tests.live.conftest import Rig
from tests.support.actions.restarting import altered, budget, evictions, label, new, restart, uids


async def test_each_pod_is_available_before_the_next_is_evicted(harness: ActionHarness) -> None:
    budget(harness, maxUnavailable=1)
    before = uids(harness)
    plan = await harness.plan(restart(harness))
    assert plan.title == "Restart default/zookeeper, one pod at a time"
    assert [pod_step.pod for pod_step in plan.pod_steps] == ["zookeeper-2", "zookeeper-1", "zookeeper-0"]
    assert plan.steps[0].startswith("evict zookeeper-2, -1 and -0, which stay on ")
    assert plan.details == ("order: zookeeper-2, zookeeper-1, zookeeper-0",)
    assert plan.steps[1:] == (
        "one at a time, only while all others are available, none terminating",
        "after each pod: the replacement is Ready on that revision, else stop",
    )
    assert {one.result for one in plan.checks} == {Result.PASS}, plan.checks
    assert (plan.confirmation.name, plan.danger) == ("", Danger.DISRUPTIVE)
    assert plan.same_as.startswith("for pod in zookeeper-2 zookeeper-1 zookeeper-0; do uid=$(kubectl ")

    run = await harness.confirm(plan)
    assert run.pausable
    told = await harness.carry_out(run)
    assert (told[-1].outcome, told[-1].words, told[-1].part) == (Outcome.REACHED, "", (3, 3))
    assert [step.words for step in told[-1].steps[:6]] == [
        "all members except zookeeper-2 are available",
        "evict zookeeper-2",
        "the old zookeeper-2 is gone",
        "the new zookeeper-2 is created",
        "the new zookeeper-2 is available",
        "all members except zookeeper-1 are available",
    ]
    assert all(step.done for step in told[-1].steps)
    assert new(harness, before) == set(before)
    assert evictions(harness) == ["zookeeper-2", "zookeeper-1", "zookeeper-0"]
    (first, *_) = harness.written()
    body = first["request"]["body"]
    assert (first["request"]["method"], body["kind"]) == ("POST", "Eviction")
    assert body["deleteOptions"] == {"preconditions": {"uid": before["zookeeper-2"]}}
    assert unfinished(harness.log.path.parent, harness.view().uid) is None


async def test_deletions_need_the_name(harness: ActionHarness) -> None:
    budget(harness, maxUnavailable=0)
    plan = await harness.plan(restart(harness, only=(1,), means=RemovalMethod.DELETION))
    assert plan.confirmation.name == "zookeeper"
    assert check(plan, "budget").words == "deletions do not honour PodDisruptionBudget zk"
    assert check(plan, "budget").result is Result.WARN
    assert "evict instead" in plan.safer[0].words
    assert plan.steps[0].startswith("delete zookeeper-1, ")
    before = uids(harness)
    told = await harness.carry_out(await harness.confirm(plan))
    assert told[-1].outcome is Outcome.REACHED
    assert new(harness, before) == {"zookeeper-1"}
    assert harness.written()[0]["request"]["method"] == "DELETE"


@pytest.mark.parametrize(
    ("order", "only", "last", "expected"),
    [
        (Order.HIGHEST_FIRST, (), "", [2, 1, 0]),
        (Order.LOWEST_FIRST, (), "", [0, 1, 2]),
        (Order.LISTED, (1, 2, 0), "", [1, 2, 0]),
        (Order.HIGHEST_FIRST, (0, 2), "", [2, 0]),
        (Order.HIGHEST_FIRST, (), "role=leader", [1, 0, 2]),
        (Order.LISTED, (2, 0), "role", [0, 2]),
        (Order.LOWEST_FIRST, (), "role=follower", [0, 1, 2]),
    ],
)
async def test_the_order(
    harness: ActionHarness, order: Order, only: tuple[int, ...], last: str, expected: list[int]
) -> None:
    label(harness, "zookeeper-2", "role", "leader")
    plan = await harness.plan(restart(harness, order=order, only=only, last=last))
    assert [pod_step.ordinal for pod_step in plan.pod_steps] == expected
    assert [request.about.name for request in plan.requests] == [f"zookeeper-{ordinal}" for ordinal in expected]
    found = check(plan, "ordinals")
    assert (found.result is Result.WARN) is (last == "role=follower")
    risks = [risk for risk in plan.risks if "zookeeper-2 is labelled leader" in risk]
    assert risks
    assert any("is not the last one" in risk for risk in plan.risks) is (expected[-1] != 2)


@pytest.mark.parametrize(
    ("order", "only", "words"),
    [
        (Order.HIGHEST_FIRST, (7,), "there is no ordinal 7: the ordinals are 0 to 2"),
        (Order.HIGHEST_FIRST, (1, 1), "zookeeper-1 is listed twice"),
        (Order.LISTED, (), "the order 'listed' needs a list of ordinals"),
    ],
)
async def test_an_invalid_order_is_refused(
    harness: ActionHarness, order: Order, only: tuple[int, ...], words: str
) -> None:
    plan = await harness.plan(restart(harness, order=order, only=only))
    assert (check(plan, "ordinals").result, check(plan, "ordinals").words) == (Result.FAIL, words)
    assert (plan.pod_steps, plan.requests) == ((), ())


async def test_a_leader_elected_meanwhile_is_last(harness: ActionHarness) -> None:
    label(harness, "zookeeper-0", "role", "leader")
    run = await harness.confirm(await harness.plan(restart(harness, last="role=leader")))
    label(harness, "zookeeper-0", "role", None)
    label(harness, "zookeeper-2", "role", "leader")
    told = await harness.carry_out(run)
    assert told[-1].outcome is Outcome.REACHED
    assert evictions(harness) == ["zookeeper-1", "zookeeper-0", "zookeeper-2"]
    assert any("zookeeper-2 has the label role=leader now" in step.words for step in told[-1].steps)


async def test_a_protected_context_has_to_be_typed(harness: ActionHarness) -> None:
    harness.policy = Policy(protected="prod")
    plan = await harness.plan(restart(harness))
    assert plan.confirmation.missing(Answers()) == ("type the name of the protected context prod",)


@pytest.mark.parametrize(("policy", "seconds", "words"), [("OrderedReady", 950, "15m"), ("Parallel", 30, "30s")])
async def test_another_first_ordinal_and_min_ready_seconds(
    tmp_path: Path, policy: str, seconds: int, words: str
) -> None:
    async with AsyncExitStack() as stack:
        scenario = altered(podManagementPolicy=policy, ordinals={"start": 5}, minReadySeconds=seconds)
        harness = await open_harness(Rig(tmp_path, stack), stack, scenario)
        before = uids(harness)
        plan = await harness.plan(restart(harness, only=(5,)))
        assert f"the replacement is Ready for {words} on that revision" in plan.steps[2]
        run = await harness.confirm(plan)
        told = await harness.carry_out(run, step=5.0)
        assert told[-1].outcome is Outcome.REACHED, told[-1]
        assert new(harness, before) == {"zookeeper-5"}
        last = next(step for step in told[-1].steps if step.words == "the new zookeeper-5 is available")
        assert last.until is not None
        assert (last.until - last.since).total_seconds() > seconds


async def test_on_delete_needs_other_revision(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        harness = await open_harness(Rig(tmp_path, stack), stack, altered(updateStrategy={"type": "OnDelete"}))
        harness.cluster.set_image("default", "zookeeper", "zookeeper:3.9")
        await harness.rig.until(lambda: harness.view().rollout.active, "the template is another")
        plan = await harness.plan(restart(harness))
        assert check(plan, "rollout").result is Result.PASS
        assert check(plan, "revision").result is Result.FAIL
        assert ", which move to " in plan.steps[0]
        wanted = await harness.plan(restart(harness, other_revision=True))
        assert check(wanted, "revision").result is Result.WARN
        told = await harness.carry_out(await harness.confirm(wanted))
        assert told[-1].outcome is Outcome.REACHED, told[-1]
        images = {pod["spec"]["containers"][0]["image"] for pod in harness.cluster.storage.list(PODS, "default")}
        assert images == {"zookeeper:3.9"}
