"""Pods that block their own update: which are deleted, when, and which never are."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from stsview.actions.errors import Changed
from stsview.actions.plan import Result
from stsview.actions.progress import Outcome, Progress
from stsview.actions.run import Run
from stsview.simulator.apiserver.faults.faults import DroppedResponse
from stsview.simulator.apiserver.resources import PODS
from stsview.simulator.cluster import Scenario, SimulatedCluster, ago
from stsview.simulator.controllers.statefulset.rollout import MaxUnavailable
from stsview.simulator.fault_annotations import PREFIX
from tests.actions.conftest import ActionHarness, agreeing, check
from tests.support.actions.unblocking import (
    BAD,
    GOOD,
    NEWER,
    deadlock,
    done,
    edit,
    harness_for,
    image,
    recreate_pod,
    row,
    sent,
    set_fault,
    short,
    story,
    uids,
    unblock,
    undo,
)

BOTH = deadlock(ago(lambda cluster: recreate_pod(cluster, 1), minutes=15))
"""zookeeper-1 and zookeeper-2 cannot start."""

TAKEN_BACK = deadlock(ago(image(GOOD), minutes=10))
"""As recorded: a rollback with kubectl, after which both revisions are equal and zookeeper-2 is stuck forever."""


def _unready(cluster: SimulatedCluster) -> None:
    cluster.edit_template("default", "zookeeper", annotations={PREFIX + "unready": "true"})


UNREADY = story(ago(_unready, minutes=20))
"""zookeeper-2 runs and is NotReady; it can become Ready by itself."""


def _budget(cluster: SimulatedCluster) -> None:
    """Kubernetes 1.35, maxUnavailable 1, and zookeeper-1 crashes on the old revision."""
    cluster.set_max_unavailable(MaxUnavailable.V1_35)
    edit(cluster, lambda one: one["spec"]["updateStrategy"]["rollingUpdate"].update(maxUnavailable=1))
    set_fault(cluster, 1, "crash", "1")


SPENT = story(
    ago(_budget, minutes=40),
    ago(image(NEWER), minutes=20),
    podManagementPolicy="Parallel",
    updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"partition": 0}},
)
"""With Parallel the broken pod uses up maxUnavailable, and no pod is updated."""


async def test_unblock_deletes_a_pod_that_uses_up_max_unavailable(tmp_path: Path) -> None:
    async with harness_for(tmp_path, SPENT) as harness:
        assert [one.outdated for one in harness.view().ordinals] == [True, True, True]
        plan = await harness.plan(unblock(harness))
        assert plan.title == "Unblock default/zookeeper: delete zookeeper-1"
        assert not plan.refused
        end = await done(harness, plan)
        assert end.outcome is Outcome.REACHED, end
        assert [one.outdated for one in harness.view().ordinals] == [False, False, False]


async def test_undo_unblocks_a_deadlock_and_says_so_in_its_plan(tmp_path: Path) -> None:
    async with harness_for(tmp_path, deadlock()) as harness:
        stuck, others = row(harness, 2), uids(harness)[:2]
        plan = await harness.plan(undo(harness))
        good = short(row(harness, 0))
        assert plan.steps[2] == f"delete zookeeper-2 (ImagePullBackOff), and wait until it is available on {good}"
        assert plan.details[0] == (
            "a rollback alone won't help: with OrderedReady the controller waits for zookeeper-2 (ImagePullBackOff)"
        )
        assert plan.precondition("deleted-pods") == f"zookeeper-2 (uid {stuck.uid})"
        assert plan.confirmation.name == ""
        end = await done(harness, plan)
        assert end.outcome is Outcome.REACHED, end
        assert [step.words for step in end.steps] == [
            f"set the template of default/zookeeper to that of revision 1 ({good})",
            "the controller observed the change",
            "delete zookeeper-2",
            "the old zookeeper-2 is gone",
            "the new zookeeper-2 is created",
            "the new zookeeper-2 is available",
            "all affected pods are Ready",
        ]
        assert all(step.done for step in end.steps)
        assert sent(harness) == [("PATCH", "zookeeper"), ("DELETE", "zookeeper-2")]
        assert uids(harness)[:2] == others
        deleted = harness.written()[2]["request"]["body"]
        assert deleted == {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": stuck.uid}}


async def test_two_blocking_pods_are_deleted_lowest_first_each_after_a_fresh_list(tmp_path: Path) -> None:
    async with harness_for(tmp_path, BOTH) as harness:
        kept = row(harness, 0).uid
        plan = await harness.plan(undo(harness))
        back = short(row(harness, 0))
        assert plan.steps[3].endswith(f", if it still blocks, and wait until it is available on {back}")
        end = await done(harness, plan)
        assert end.outcome is Outcome.REACHED, end
        assert sent(harness) == [("PATCH", "zookeeper"), ("DELETE", "zookeeper-1"), ("DELETE", "zookeeper-2")]
        assert row(harness, 0).uid == kept
        assert all(one.available and one.at_update for one in harness.view().ordinals)


async def test_unblock_after_a_rollback_with_kubectl(tmp_path: Path) -> None:
    async with harness_for(tmp_path, TAKEN_BACK) as harness:
        assert harness.view().rollout.current == harness.view().rollout.update
        back = await harness.plan(undo(harness))
        bad = f"2 ({short(row(harness, 2))})"
        target = check(back, "target")
        assert target.words == (
            f"zookeeper-2 already runs revision {bad} and is ImagePullBackOff; "
            "if the current template is right, unblock the rollout instead"
        )
        assert target in back.refused
        assert target.overridable
        assert back.safer[0].command == "stsview unblock zookeeper -n default"
        plan = await harness.plan(unblock(harness))
        assert plan.title == "Unblock default/zookeeper: delete zookeeper-2"
        assert {one.result for one in plan.checks} == {Result.PASS}, plan.checks
        assert plan.same_as == "kubectl -n default delete pod zookeeper-2"
        assert [safer.words for safer in plan.safer] == [
            "fix what keeps zookeeper-2 from becoming Ready, if it is not the template"
        ]
        assert "Make sure that the update revision" in plan.risks[0]
        end = await done(harness, plan)
        assert end.outcome is Outcome.REACHED, end
        assert sent(harness) == [("DELETE", "zookeeper-2")]
        again = check(await harness.plan(unblock(harness)), "blocks")
        assert again.words == "no pod blocks its own update: the rollout is up to date"
        assert again.result is Result.FAIL


async def test_a_first_rollout_with_a_bad_template(tmp_path: Path) -> None:
    def refused(cluster: SimulatedCluster) -> None:
        cluster.images.missing.add(GOOD)

    scenario = story(ago(refused, hours=2), ago(image(NEWER), minutes=10), born=1)
    async with harness_for(tmp_path, scenario) as harness:
        assert [one.uid is not None for one in harness.view().ordinals] == [True, False, False]
        plan = await harness.plan(unblock(harness))
        assert plan.confirmation.name == "zookeeper"
        end = await done(harness, plan)
        assert end.outcome is Outcome.REACHED, end
        assert sent(harness) == [("DELETE", "zookeeper-0")]
        assert [one.available for one in harness.view().ordinals] == [True, True, True]


@pytest.mark.parametrize(
    ("scenario", "words"),
    [
        (deadlock(), "no pod blocks its own update: the set waits for zookeeper-2: "),
        (deadlock(ago(image(NEWER), minutes=10), podManagementPolicy="Parallel"), "with Parallel the controller"),
        (story(ago(image(NEWER), days=1), updateStrategy={"type": "OnDelete"}), "with OnDelete the controller"),
    ],
)
async def test_without_a_blocking_pod_the_check_says_what_the_set_waits_for(
    tmp_path: Path, scenario: Scenario, words: str
) -> None:
    async with harness_for(tmp_path, scenario) as harness:
        plan = await harness.plan(unblock(harness))
        assert words in check(plan, "blocks").words
        assert plan.refused
        assert plan.requests == ()


async def test_a_pod_that_failed_just_now_may_still_recover(
    tmp_path: Path,
) -> None:
    async with harness_for(tmp_path, UNREADY) as harness:
        image(BAD)(harness.cluster)
        harness.cluster.images.missing.add(BAD)
        await harness.rig.until(lambda: row(harness, 2).at_update is False, "it is outdated")
        recreate_pod(harness.cluster, 1)
        await harness.rig.until(lambda: row(harness, 1).state.label == "ImagePullBackOff", "it is broken", 0.5)
        recreate_pod(harness.cluster, 0)
        await harness.rig.until(lambda: row(harness, 0).state.label == "ImagePullBackOff", "it is broken", 0.5)
        image(GOOD)(harness.cluster)
        await harness.rig.until(lambda: row(harness, 0).at_update is False, "it is outdated")
        plan = await harness.plan(unblock(harness))
        lasts = check(plan, "lasts")
        assert (lasts.result, lasts.words.split(" has ")[0]) == (Result.WARN, "zookeeper-0")
        assert plan.safer[0].words == "wait: zookeeper-0 may still become Ready"


async def test_a_pod_that_recovers_by_itself_is_not_deleted(tmp_path: Path) -> None:
    async with harness_for(tmp_path, UNREADY) as harness:
        run = await harness.confirm(await harness.plan(undo(harness)))
        assert [one.about.name for one in run.plan.requests] == ["zookeeper", "zookeeper-2"]
        set_fault(harness.cluster, 2, "unready", None)
        await harness.rig.until(lambda: row(harness, 2).ready, "it is ready", 0.5)
        end = (await harness.carry_out(run))[-1]
        assert end.outcome is Outcome.REACHED, end
        assert sent(harness) == [("PATCH", "zookeeper")]
        assert all(one.available and one.at_update for one in harness.view().ordinals)


async def test_a_starting_pod_is_given_time(tmp_path: Path) -> None:
    async with harness_for(tmp_path, story()) as harness:
        former = row(harness, 2).uid
        harness.cluster.edit_template("default", "zookeeper", annotations={PREFIX + "ready-after": "25"})
        await harness.rig.until(lambda: row(harness, 2).uid not in (former, None), "it is new", 0.5)
        plan = await harness.plan(undo(harness))
        (step,) = [step for step in plan.steps if step.startswith("delete ")]
        assert " if it is not available after 60s, and wait until it is available on " in step
        run = await harness.confirm(plan)
        told = await harness.carry_out(run)
        assert told[-1].outcome is Outcome.REACHED, told[-1]
        waits = "wait for zookeeper-2 to become available by itself"
        assert any(step.words == waits for progress in told for step in progress.steps)
        assert all(step.done for step in told[-1].steps)
        assert sent(harness) == [("PATCH", "zookeeper")]


async def test_a_pod_replaced_before_confirmation_needs_a_new_one(tmp_path: Path) -> None:
    async with harness_for(tmp_path, TAKEN_BACK) as harness:
        plan = await harness.plan(unblock(harness))
        image(BAD)(harness.cluster)
        recreate_pod(harness.cluster, 2)
        image(GOOD)(harness.cluster)
        with pytest.raises(Changed, match=r"the pods that are deleted was zookeeper-2 \(uid .*\), is none"):
            await harness.confirm(plan)
        assert harness.written() == []


async def test_a_pod_outside_the_plan_is_not_deleted(tmp_path: Path) -> None:
    async with harness_for(tmp_path, deadlock()) as harness:
        run = await harness.confirm(await harness.plan(undo(harness)))
        recreate_pod(harness.cluster, 1)
        await harness.rig.until(lambda: row(harness, 1).state.label == "ImagePullBackOff", "it is broken", 0.5)
        before = uids(harness)
        end = (await harness.carry_out(run))[-1]
        assert end.outcome is Outcome.NOT_REACHED
        assert end.words.startswith("zookeeper-1 blocks as well and is not in the plan: run unblock again; ")
        assert end.words.endswith("; zookeeper-2 was not deleted")
        assert (sent(harness), uids(harness)) == ([("PATCH", "zookeeper")], before)


async def when(harness: ActionHarness, run: Run, words: str, happens: Callable[[], None]) -> Progress:
    """Execute the run; call `happens` once the step with this text is done."""
    happened = False

    async def follow() -> Progress:
        nonlocal happened
        async for progress in run.follow():
            if not happened and any(step.words == words and step.done for step in progress.steps):
                happened = True
                happens()
        return run.progress

    end = await harness.through(follow(), 0.5)
    assert happened, end
    return end


async def test_another_rollout_meanwhile_ends_the_run(tmp_path: Path) -> None:
    async with harness_for(tmp_path, BOTH) as harness:
        run = await harness.confirm(await harness.plan(undo(harness)))
        end = await when(harness, run, "delete zookeeper-1", lambda: image(NEWER)(harness.cluster))
        assert end.outcome is Outcome.NOT_REACHED
        assert "the pod template was changed meanwhile: the update revision is now " in end.words
        assert sent(harness) == [("PATCH", "zookeeper"), ("DELETE", "zookeeper-1")]


async def test_a_failing_replacement_ends_the_run_with_the_reason(tmp_path: Path) -> None:
    async with harness_for(tmp_path, BOTH) as harness:
        run = await harness.confirm(await harness.plan(undo(harness)))
        crash = partial(set_fault, harness.cluster, 1, "crash", "1")
        end = await when(harness, run, "the new zookeeper-1 is created", crash)
        assert end.outcome is Outcome.NOT_REACHED
        assert end.words.startswith("zookeeper-1: ")
        assert "zookeeper-1 was deleted; zookeeper-2 was not deleted" in end.words
        assert len(sent(harness)) == 2


@pytest.mark.parametrize("executed", [True, False])
async def test_a_connection_broken_by_a_deletion(tmp_path: Path, executed: bool) -> None:
    async with harness_for(tmp_path, TAKEN_BACK) as harness:
        run = await harness.confirm(await harness.plan(unblock(harness)))
        harness.cluster.server.faults.dropped_responses.append(DroppedResponse("delete", "pods", executed))
        end = (await harness.carry_out(run))[-1]
        assert end.outcome is (Outcome.REACHED if executed else Outcome.NOT_REACHED), end
        assert sent(harness) == [("DELETE", "zookeeper-2")]


async def test_the_list_is_read_again_before_the_deletion(tmp_path: Path) -> None:
    async with harness_for(tmp_path, TAKEN_BACK) as harness:
        run = await harness.confirm(await harness.plan(unblock(harness)))
        read, reads = run._execution.read_fresh_state, 0

        async def counting() -> object:
            nonlocal reads
            reads += 1
            if reads == 2:
                recreate_pod(harness.cluster, 2)
            return await read()

        run._execution.read_fresh_state = counting  # type: ignore[method-assign, assignment]
        end = (await harness.carry_out(run))[-1]
        assert end.outcome is Outcome.REACHED, end
        assert sent(harness) == []
        assert all(step.done for step in end.steps), end.steps


async def test_no_pod_is_deleted_while_paused(tmp_path: Path) -> None:
    async with harness_for(tmp_path, BOTH) as harness:
        run = await harness.confirm(await harness.plan(undo(harness)))
        assert run.pausable
        run.pause(True)
        following = asyncio.ensure_future(harness.carry_out(run))
        await harness.rig.until(lambda: run.progress.paused, "it is paused", 0.5)
        good = short(row(harness, 0))
        assert run.progress.words == f"the template is that of {good}; zookeeper-1 and zookeeper-2 were not deleted"
        assert sent(harness) == [("PATCH", "zookeeper")]
        run.pause(False)
        assert (await following)[-1].outcome is Outcome.REACHED


@pytest.mark.parametrize(
    ("step", "patched", "deleted"),
    [
        ("", False, []),
        ("the controller observed the change", True, []),
        ("delete zookeeper-1", True, [1]),
        ("the new zookeeper-1 is available", True, [1]),
        ("delete zookeeper-2", True, [1, 2]),
    ],
)
async def test_a_stopped_run_reports_its_residual_state(
    tmp_path: Path, step: str, patched: bool, deleted: list[int]
) -> None:
    async with harness_for(tmp_path, BOTH) as harness:
        bad = {ordinal: row(harness, ordinal).uid for ordinal in (1, 2)}
        good = short(row(harness, 0))
        plan = await harness.plan(undo(harness))
        run = await harness.through(harness.action_service.confirm(plan, agreeing(plan)))
        if step:
            end = await when(harness, run, step, run.stop)
        else:
            run.stop()
            end = (await harness.carry_out(run))[-1]
        assert end.outcome is Outcome.STOPPED
        parts = end.words.split("; ")
        assert (f"the template is that of {good}" in parts) is patched
        for ordinal in (1, 2):
            pod = harness.cluster.storage.find(PODS, "default", f"zookeeper-{ordinal}")
            gone = pod is None or pod["metadata"]["uid"] != bad[ordinal] or "deletionTimestamp" in pod["metadata"]
            assert gone is (ordinal in deleted)
        deleted_words = {
            (): [],
            (1,): ["zookeeper-1 was deleted"],
            (1, 2): ["zookeeper-1 and zookeeper-2 were deleted"],
        }
        assert [one for one in parts if "deleted" in one and "not deleted" not in one] == deleted_words[tuple(deleted)]
        left = [f"zookeeper-{ordinal}" for ordinal in (1, 2) if ordinal not in deleted]
        if patched and left:
            assert parts[-1] == f"{' and '.join(left)} {'was' if len(left) == 1 else 'were'} not deleted"
