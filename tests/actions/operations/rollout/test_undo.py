"""Rollback to an earlier revision: plan, preconditions and outcome."""

from __future__ import annotations

from pathlib import Path

import pytest

from stsview.actions.errors import Changed, Refused
from stsview.actions.plan import Result
from stsview.actions.progress import Outcome
from stsview.model.finding import Danger
from stsview.simulator.apiserver.auth.rbac import Rule
from stsview.simulator.apiserver.faults.faults import DroppedResponse, Refusal
from stsview.simulator.apiserver.resources import PODS, STATEFUL_SETS
from stsview.simulator.cluster import SimulatedCluster, ago
from tests.actions.conftest import ActionHarness, check
from tests.support.actions.unblocking import (
    BAD,
    GOOD,
    NEWER,
    ZOOKEEPER,
    deadlock,
    done,
    edit,
    harness_for,
    image,
    partition,
    row,
    sent,
    set_fault,
    short,
    story,
    uids,
    undo,
)

UPDATED = story(ago(image(NEWER), days=2))


async def test_a_healthy_set_is_rolled_back_pod_by_pod(tmp_path: Path) -> None:
    async with harness_for(tmp_path, UPDATED) as harness:
        before = harness.view().rollout.history[0]
        plan = await harness.plan(undo(harness))
        old, new = before.removeprefix("zookeeper-"), short(row(harness, 0))
        assert plan.title == f"Roll back default/zookeeper to revision 1 ({old})"
        assert plan.steps == (
            f"restore the pod template of revision 1 ({old})",
            "changes: zookeeper: image 3.9.2 -> 3.8.1",
            "update zookeeper-2, -1 and -0, one at a time",
        )
        assert plan.details == (
            f"from revision 2 ({new}, by kubectl-set) to revision 1 ({old}, by kubectl-client-side-apply)",
            "changes zookeeper: zookeeper:3.9.2 -> zookeeper:3.8.1",
            "replicas, partition and PVCs do not change",
        )
        assert {one.result for one in plan.checks} == {Result.PASS}, plan.checks
        assert plan.same_as == "kubectl -n default rollout undo statefulset/zookeeper --to-revision=1"
        assert (plan.confirmation.name, plan.danger) == ("", Danger.DISRUPTIVE)
        end = await done(harness, plan)
        assert end.outcome is Outcome.REACHED, end
        assert all(step.done for step in end.steps)
        assert sent(harness) == [("PATCH", "zookeeper")]
        assert all(one.revision == before and one.available for one in harness.view().ordinals)
        again = await harness.plan(undo(harness, before))
        assert check(again, "differs").words == f"the template is already that of revision 3 ({old})"
        with pytest.raises(Refused, match="already that of revision 3"):
            await harness.confirm(again)


async def test_to_a_named_revision_with_its_change_cause(tmp_path: Path) -> None:
    def because(cluster: SimulatedCluster) -> None:
        why = {"kubernetes.io/change-cause": "the 3.9\none"}
        edit(cluster, lambda one: one["metadata"].setdefault("annotations", {}).update(why))

    scenario = story(ago(because, days=3), ago(image(NEWER), days=2), ago(image("zookeeper:4"), days=1))
    async with harness_for(tmp_path, scenario) as harness:
        first, second, _ = harness.view().rollout.history
        plan = await harness.plan(undo(harness, second))
        assert plan.details[0].endswith(f"to revision 2 ({second.removeprefix('zookeeper-')}, the 3.9 one)")
        plan = await harness.plan(undo(harness, first))
        assert plan.same_as.endswith("--to-revision=1")
        assert (await done(harness, plan)).outcome is Outcome.REACHED
        stored = harness.cluster.storage.get(STATEFUL_SETS, "default", "zookeeper")
        assert stored["spec"]["template"]["spec"]["containers"][0]["image"] == GOOD
        gone = check(await harness.plan(undo(harness, "zookeeper-gone")), "revision")
        assert gone.result is Result.FAIL
        assert gone.words.startswith("no revision gone; existing: 2 (")


async def test_a_template_changed_meanwhile_is_never_overwritten(tmp_path: Path) -> None:
    async with harness_for(tmp_path, UPDATED) as harness:
        plan = await harness.plan(undo(harness))
        run = await harness.confirm(plan)
        image("zookeeper:4")(harness.cluster)
        end = (await harness.carry_out(run))[-1]
        assert end.outcome is Outcome.NOT_REACHED
        assert "the pod template was changed meanwhile" in end.words
        assert end.words.endswith(f"(zookeeper: {NEWER} -> zookeeper:4)")
        with pytest.raises(Changed, match="the update revision was zookeeper-") as changed:
            await harness.confirm(plan)
        assert check(changed.value.plan, "seen").result is Result.FAIL
        assert [entry["result"] for entry in harness.written()[1:]] == ["failed", "not reached"]
        stored = harness.cluster.storage.get(STATEFUL_SETS, "default", "zookeeper")
        assert stored["spec"]["template"]["spec"]["containers"][0]["image"] == "zookeeper:4"


async def test_unreadable_revisions_or_no_previous_one(harness: ActionHarness) -> None:
    plan = await harness.plan(undo(harness))
    assert check(plan, "revision").words == "no previous revision"
    assert (plan.requests, check(plan, "revision").result) == ((), Result.FAIL)
    harness.cluster.server.faults.refusals.append(Refusal(403, "controllerrevisions", ("list",)))
    plan = await harness.plan(undo(harness))
    unread = check(plan, "revision")
    assert (unread.result, unread.required) == (Result.UNKNOWN, True)
    with pytest.raises(Refused, match="revisions unknown"):
        await harness.confirm(plan)


async def test_a_history_limit_of_zero_leaves_no_previous_revision(tmp_path: Path) -> None:
    async with harness_for(tmp_path, story(ago(image(NEWER), days=2), revisionHistoryLimit=0)) as harness:
        assert check(await harness.plan(undo(harness)), "revision").result is Result.FAIL


async def test_access_is_checked_for_every_request(tmp_path: Path) -> None:
    async with harness_for(tmp_path, deadlock()) as harness:
        harness.cluster.server.users["admin"].denied.append(Rule(("delete",), ("",), ("pods",)))
        plan = await harness.plan(undo(harness))
        assert [one.words for one in plan.refused] == ["you may not delete pods in default"]


async def test_parallel_sets_need_no_deletion(tmp_path: Path) -> None:
    async with harness_for(tmp_path, deadlock(podManagementPolicy="Parallel")) as harness:
        plan = await harness.plan(undo(harness))
        assert plan.steps[2] == "update zookeeper-2"
        assert plan.confirmation.name == ""
        assert [one.message.method for one in plan.requests] == ["PATCH"]
        assert (await done(harness, plan)).outcome is Outcome.REACHED
        assert sent(harness) == [("PATCH", "zookeeper")]
        assert all(one.available for one in harness.view().ordinals)


async def test_with_on_delete_no_pod_is_updated_automatically(tmp_path: Path) -> None:
    scenario = story(ago(image(NEWER), days=2), updateStrategy={"type": "OnDelete"})
    async with harness_for(tmp_path, scenario) as harness:
        before = uids(harness)
        harness.cluster.storage.delete(PODS, "default", "zookeeper-2")
        await harness.rig.until(lambda: bool(row(harness, 2).at_update) and row(harness, 2).available, "it is new", 0.5)
        plan = await harness.plan(undo(harness))
        assert plan.steps[2] == "OnDelete: zookeeper-2 will be updated when deleted manually"
        assert plan.danger is Danger.REVERSIBLE
        assert (await done(harness, plan)).outcome is Outcome.REACHED
        assert uids(harness)[:2] == before[:2]
        assert row(harness, 2).at_update is False


async def test_pods_below_the_partition_stay_and_are_not_deleted(tmp_path: Path) -> None:
    scenario = story(
        ago(partition(1), days=3),
        ago(image(NEWER), days=2),
        ago(lambda cluster: cluster.images.missing.add(BAD), minutes=21),
        ago(image(BAD), minutes=20),
    )
    async with harness_for(tmp_path, scenario) as harness:
        set_fault(harness.cluster, 0, "unready", "true")
        await harness.rig.until(lambda: not row(harness, 0).ready, "it is not ready", 0.5)
        plan = await harness.plan(undo(harness))
        assert plan.confirmation.name == "zookeeper"
        assert plan.steps[-1] == "zookeeper-0 stays unchanged: below partition 1"
        before = uids(harness)
        end = await done(harness, plan)
        assert end.outcome is Outcome.NOT_REACHED
        assert "zookeeper-0" in end.words
        assert end.words.endswith("zookeeper-2 was not deleted")
        assert (sent(harness), uids(harness)) == ([("PATCH", "zookeeper")], before)


async def test_other_writers_are_reported(tmp_path: Path) -> None:
    async with harness_for(tmp_path, UPDATED) as harness:
        edit(harness.cluster, lambda one: one["metadata"]["labels"].update({"argocd.argoproj.io/instance": "shop"}))
        await harness.rig.until(lambda: bool(harness.view().writers), "it is seen")
        found = check(await harness.plan(undo(harness)), "writers")
        assert (found.result, found.words) == (
            Result.WARN,
            "Argo CD shop also writes this set and may revert the change",
        )


@pytest.mark.parametrize("executed", [True, False])
async def test_a_broken_connection_is_checked_and_nothing_is_sent_twice(tmp_path: Path, executed: bool) -> None:
    async with harness_for(tmp_path, deadlock()) as harness:
        run = await harness.confirm(await harness.plan(undo(harness)))
        harness.cluster.server.faults.dropped_responses.append(DroppedResponse("patch", "statefulsets", executed))
        end = (await harness.carry_out(run))[-1]
        assert end.outcome is (Outcome.REACHED if executed else Outcome.NOT_REACHED)
        assert sent(harness) == [("PATCH", "zookeeper"), ("DELETE", "zookeeper-2")][: 2 if executed else 1]
        assert harness.written()[1]["result"] == "unknown"
        if not executed:
            assert end.words == "the connection broke before the request was carried out: try again"


async def test_the_name_is_typed_below_the_quorum(tmp_path: Path) -> None:
    async with harness_for(tmp_path, UPDATED) as harness:
        harness.settings = type(harness.settings)(quorum={str(ZOOKEEPER): 3})
        assert (await harness.plan(undo(harness))).confirmation.name == "zookeeper"
