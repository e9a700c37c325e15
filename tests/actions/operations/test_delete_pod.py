"""Graceful deletion of one pod."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest

from stsview.actions.errors import Changed, Refused
from stsview.actions.intents import DeletePod
from stsview.actions.plan import Answers, Result
from stsview.actions.progress import Outcome
from stsview.cluster.http.write_gate import Message
from stsview.model.states import Health
from stsview.model.views import OrdinalView
from stsview.objects.meta import Key
from stsview.simulator.apiserver.faults.faults import DroppedResponse, Refusal
from stsview.simulator.apiserver.resources import PODS
from tests.actions.conftest import ActionHarness, check

ZOOKEEPER = Key("default", "zookeeper")


def row(harness: ActionHarness, ordinal: int) -> OrdinalView:
    return next(row for row in harness.view().ordinals if row.ordinal == ordinal)


def delete(harness: ActionHarness, ordinal: int) -> DeletePod:
    pod = row(harness, ordinal)
    return DeletePod(ZOOKEEPER, harness.view().uid, pod.name, pod.uid or "")


async def test_the_replacement_is_followed_until_available(harness: ActionHarness) -> None:
    plan = await harness.plan(delete(harness, 1))
    assert plan.steps[0].startswith("delete zookeeper-1 (")
    assert "recreates zookeeper-1 on " in plan.steps[1]
    assert plan.steps[2:] == (), "there is no rollout to wait for it"
    assert plan.confirmation.name == ""
    assert check(plan, "revision").result is Result.PASS
    assert check(plan, "members").words == "2 of 3 members remain available"
    progress = await harness.carry_out(await harness.confirm(plan))
    assert progress[-1].outcome is Outcome.REACHED
    assert [step.words for step in progress[-1].steps] == [
        "delete zookeeper-1",
        "the old zookeeper-1 is gone",
        "the new zookeeper-1 is created",
        "the new zookeeper-1 is available",
    ]
    assert all(step.until is not None and step.until >= step.since for step in progress[-1].steps)
    assert row(harness, 1).uid != plan.about.uid
    (before, *_) = harness.written()
    assert before["request"]["body"]["preconditions"] == {"uid": plan.about.uid}
    assert "gracePeriodSeconds" not in before["request"]["body"]


async def test_a_dry_run_is_one_in_the_query_and_in_the_body(harness: ActionHarness) -> None:
    session = harness.live.session
    assert session is not None
    sent = []
    write = session.write

    async def writing(path: str, message: Message, *, query: Any = ()) -> bytes:
        sent.append((message, list(query)))
        return await write(path, message, query=query)

    with patch.object(session, "write", writing):
        plan = await harness.plan(delete(harness, 1))
    ((message, query),) = sent
    assert query == [("dryRun", "All")]
    assert message.body == {**plan.requests[0].message.body, "dryRun": ["All"]}  # type: ignore[dict-item]
    stored = harness.cluster.storage.get(PODS, "default", "zookeeper-1")
    assert stored["metadata"]["uid"] == plan.about.uid
    assert "deletionTimestamp" not in stored["metadata"]


async def test_with_another_member_down_the_name_is_required(harness: ActionHarness) -> None:
    harness.cluster.images.missing.add("zookeeper:3.8.l")
    harness.cluster.set_image("default", "zookeeper", "zookeeper:3.8.l")
    await harness.rig.until(lambda: row(harness, 2).state.health is Health.DEGRADED, "the rollout is stuck", step=0.5)
    plan = await harness.plan(delete(harness, 0))
    assert plan.confirmation.name == "zookeeper-0"
    assert "zookeeper-2 is already down" in check(plan, "members").words
    assert check(plan, "revision").result is Result.WARN
    with pytest.raises(Refused, match="type the name zookeeper-0"):
        await harness.confirm(plan, Answers())


async def test_a_pod_replaced_before_confirmation_is_another_one(harness: ActionHarness) -> None:
    plan = await harness.plan(delete(harness, 1))
    old = plan.about.uid
    harness.cluster.storage.delete(PODS, "default", "zookeeper-1", grace_seconds=0)
    await harness.rig.until(lambda: row(harness, 1).ready and row(harness, 1).uid != old, "another has its name")
    new = row(harness, 1).uid
    with pytest.raises(Changed, match="the uid of the pod was"):
        await harness.confirm(plan)
    assert row(harness, 1).uid == new
    assert harness.written() == []


async def test_a_pod_replaced_after_confirmation_is_not_deleted(harness: ActionHarness) -> None:
    run = await harness.confirm(await harness.plan(delete(harness, 1)))
    old = run.plan.about.uid
    harness.cluster.storage.delete(PODS, "default", "zookeeper-1", grace_seconds=0)
    await harness.rig.until(lambda: row(harness, 1).ready and row(harness, 1).uid != old, "another has its name")
    new = row(harness, 1).uid
    progress = await harness.carry_out(run)
    assert progress[-1].outcome is Outcome.NOT_REACHED
    assert row(harness, 1).uid == new


@pytest.mark.parametrize("done", [True, False])
async def test_a_broken_connection_is_checked_and_never_retried(harness: ActionHarness, done: bool) -> None:
    run = await harness.confirm(await harness.plan(delete(harness, 1)))
    harness.cluster.server.faults.dropped_responses.append(DroppedResponse("delete", "pods", done))
    progress = await harness.carry_out(run)
    assert progress[-1].outcome is (Outcome.REACHED if done else Outcome.NOT_REACHED)
    results = [entry["result"] for entry in harness.written() if entry["moment"] == "after"]
    assert results == ["unknown", "found done" if done else "found not done"]
    assert (row(harness, 1).uid == run.plan.about.uid) is not done


async def test_too_many_requests_is_retried(harness: ActionHarness) -> None:
    run = await harness.confirm(await harness.plan(delete(harness, 1)))
    harness.cluster.server.faults.refusals.append(Refusal(429, "pods", ("delete",), times=2))
    progress = await harness.carry_out(run)
    assert progress[-1].outcome is Outcome.REACHED
    assert [entry["result"] for entry in harness.written() if entry["moment"] == "after"] == ["429", "429", "done"]


async def test_a_server_error_ends_the_run(harness: ActionHarness) -> None:
    run = await harness.confirm(await harness.plan(delete(harness, 1)))
    harness.cluster.server.faults.refusals.append(Refusal(500, "pods", ("delete",)))
    progress = await harness.carry_out(run)
    assert progress[-1].outcome is Outcome.NOT_REACHED
    assert [entry["moment"] for entry in harness.written()] == ["before", "after", "end"]
