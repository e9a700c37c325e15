"""Abort of a canary."""

from __future__ import annotations

from pathlib import Path

import pytest

from stsview.actions.errors import Refused
from stsview.actions.intents import CanaryAbort
from stsview.actions.operations.rollout.saved_partition import CANARY_PARTITION, PAUSED_PARTITION
from stsview.actions.plan import Plan, Result
from stsview.actions.progress import Outcome
from stsview.simulator.apiserver.faults.faults import Refusal
from stsview.simulator.apiserver.resources import STATEFUL_SETS
from stsview.simulator.cluster import ago
from tests.actions.conftest import ActionHarness, check
from tests.support.actions.unblocking import (
    GOOD,
    NEWER,
    UPDATE,
    ZOOKEEPER,
    done,
    harness_for,
    image,
    partition,
    row,
    sent,
    short,
    story,
)

KEPT = {CANARY_PARTITION: "0", PAUSED_PARTITION: "2"}

BROKEN = story(ago(partition(2, **KEPT), minutes=21), UPDATE)
"""A canary of one pod, which cannot start."""


async def planned(harness: ActionHarness) -> Plan:
    view = harness.view()
    return await harness.plan(CanaryAbort(ZOOKEEPER, view.uid, view.rollout.update, view.rollout.partition))


async def test_template_and_partition_are_restored_and_a_blocking_pod_is_deleted(tmp_path: Path) -> None:
    async with harness_for(tmp_path, BROKEN) as harness:
        canary = row(harness, 2)
        back = short(row(harness, 0))
        others = [row(harness, ordinal).uid for ordinal in (0, 1)]
        plan = await planned(harness)
        assert plan.title == "Abort the canary of default/zookeeper"
        assert plan.steps == (
            f"restore the pod template from {short(canary)} to {back}",
            "changes: zookeeper: image 3.8.l -> 3.8.1",
            "set the partition from 2 to 0, in the same request",
            f"delete zookeeper-2 (ImagePullBackOff), and wait until it is available on {back}",
        )
        assert plan.details == (
            "a rollback alone won't help: with OrderedReady the controller waits for zookeeper-2 (ImagePullBackOff)",
            f"zookeeper-0 and zookeeper-1 run {back} now",
            "changes zookeeper: zookeeper:3.8.l -> zookeeper:3.8.1",
        )
        assert not plan.refused
        assert plan.confirmation.name == ""
        end = await done(harness, plan)
        assert end.outcome is Outcome.REACHED, end
        assert sent(harness) == [("PATCH", "zookeeper"), ("DELETE", "zookeeper-2")]
        assert [row(harness, ordinal).uid for ordinal in (0, 1)] == others
        assert all(one.available and one.revision != canary.revision for one in harness.view().ordinals)
        stored = harness.cluster.storage.get(STATEFUL_SETS, "default", "zookeeper")
        assert not stored["metadata"].get("annotations")
        assert stored["spec"]["updateStrategy"]["rollingUpdate"] == {"partition": 0}
        assert stored["spec"]["template"]["spec"]["containers"][0]["image"] == GOOD
        with pytest.raises(Refused, match="no canary: the partition is 0; use undo to roll back"):
            await harness.confirm(await planned(harness))


async def test_a_running_canary_is_rolled_back_and_an_earlier_partition_restored(
    tmp_path: Path,
) -> None:
    scenario = story(ago(partition(1, **{CANARY_PARTITION: "1"}), minutes=30), ago(image(NEWER), minutes=29))
    async with harness_for(tmp_path, scenario) as harness:
        plan = await planned(harness)
        assert "keep partition 1" in plan.steps
        assert plan.steps[-1] == "update zookeeper-2 and zookeeper-1, one at a time"
        end = await done(harness, plan)
        assert end.outcome is Outcome.REACHED, end
        assert sent(harness) == [("PATCH", "zookeeper")]
        assert harness.view().rollout.partition == 1
        assert not harness.view().rollout.active


async def test_without_a_canary_the_abort_is_refused(tmp_path: Path) -> None:
    async with harness_for(tmp_path, story(ago(partition(1), days=1))) as harness:
        plan = await planned(harness)
        found = check(plan, "canary")
        assert (found.result, found.words) == (Result.FAIL, "no canary: all pods are on the same revision")
        assert plan.requests == ()
        partition(1, **{CANARY_PARTITION: "one"})(harness.cluster)
        assert "'one', which is not a partition" in check(await planned(harness), "canary").words


async def test_another_partition_and_unreadable_revisions(tmp_path: Path) -> None:
    scenario = story(ago(partition(2), minutes=30), ago(image(NEWER), minutes=29))
    async with harness_for(tmp_path, scenario) as harness:
        view = harness.view()
        plan = await harness.plan(CanaryAbort(ZOOKEEPER, view.uid, view.rollout.update, 1))
        assert check(plan, "partition").result is Result.FAIL
        assert check(plan, "canary").words.endswith("was not started by stsview: the partition will be set to 0")
        harness.cluster.server.faults.refusals.append(Refusal(403, "controllerrevisions", ("list",)))
        unread = check(await planned(harness), "revision")
        assert (unread.result, unread.required) == (Result.UNKNOWN, True)


async def test_a_partition_changed_meanwhile_is_reported(tmp_path: Path) -> None:
    async with harness_for(tmp_path, BROKEN) as harness:
        run = await harness.confirm(await planned(harness))
        partition(1)(harness.cluster)
        end = (await harness.carry_out(run))[-1]
        assert end.outcome is Outcome.NOT_REACHED
        assert "the partition was set to 1 meanwhile" in end.words
        stored = harness.cluster.storage.get(STATEFUL_SETS, "default", "zookeeper")
        assert stored["spec"]["template"]["spec"]["containers"][0]["image"] != GOOD
