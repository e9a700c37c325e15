"""One pod, gracefully."""

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
from tests.actions.conftest import Doorway, check

ZOOKEEPER = Key("default", "zookeeper")


def row(doorway: Doorway, ordinal: int) -> OrdinalView:
    return next(row for row in doorway.view().ordinals if row.ordinal == ordinal)


def delete(doorway: Doorway, ordinal: int) -> DeletePod:
    pod = row(doorway, ordinal)
    return DeletePod(ZOOKEEPER, doorway.view().uid, pod.name, pod.uid or "")


async def test_its_successor_is_followed_until_it_is_available(doorway: Doorway) -> None:
    plan = await doorway.plan(delete(doorway, 1))
    assert plan.steps[0].startswith("zookeeper-1 is asked to end, and has ")
    assert "creates a new zookeeper-1 on " in plan.steps[1]
    assert plan.confirmation.name == ""
    assert check(plan, "revision").result is Result.PASS
    assert check(plan, "members").words == "2 of 3 members remain available"
    told = await doorway.carry_out(await doorway.confirm(plan))
    assert told[-1].outcome is Outcome.REACHED
    assert [step.words for step in told[-1].steps] == [
        "delete zookeeper-1",
        "the old zookeeper-1 is gone",
        "the new zookeeper-1 is created",
        "the new zookeeper-1 is available",
    ]
    assert all(step.until is not None and step.until >= step.since for step in told[-1].steps)
    assert row(doorway, 1).uid != plan.about.uid
    (before, *_) = doorway.written()
    assert before["request"]["body"]["preconditions"] == {"uid": plan.about.uid}
    assert "gracePeriodSeconds" not in before["request"]["body"]


async def test_what_is_only_a_trial_is_so_for_servers_that_look_at_the_body_alone(doorway: Doorway) -> None:
    session = doorway.live.session
    assert session is not None
    sent = []
    write = session.write

    async def writing(path: str, message: Message, *, query: Any = ()) -> bytes:
        sent.append((message, list(query)))
        return await write(path, message, query=query)

    with patch.object(session, "write", writing):
        plan = await doorway.plan(delete(doorway, 1))
    ((message, query),) = sent
    assert query == [("dryRun", "All")]
    assert message.body == {**plan.requests[0].message.body, "dryRun": ["All"]}  # type: ignore[dict-item]
    stored = doorway.cluster.storage.get(PODS, "default", "zookeeper-1")
    assert stored["metadata"]["uid"] == plan.about.uid
    assert "deletionTimestamp" not in stored["metadata"]


async def test_with_another_member_down_it_takes_the_name(doorway: Doorway) -> None:
    doorway.cluster.images.missing.add("zookeeper:3.8.l")
    doorway.cluster.set_image("default", "zookeeper", "zookeeper:3.8.l")
    await doorway.rig.until(lambda: row(doorway, 2).state.health is Health.DEGRADED, "the rollout is stuck", step=0.5)
    plan = await doorway.plan(delete(doorway, 0))
    assert plan.confirmation.name == "zookeeper-0"
    assert "zookeeper-2 is already down" in check(plan, "members").words
    assert check(plan, "revision").result is Result.WARN
    with pytest.raises(Refused, match="type the name zookeeper-0"):
        await doorway.confirm(plan, Answers())


async def test_a_pod_that_was_replaced_before_the_confirmation_is_another_one(doorway: Doorway) -> None:
    plan = await doorway.plan(delete(doorway, 1))
    old = plan.about.uid
    doorway.cluster.storage.delete(PODS, "default", "zookeeper-1", grace_seconds=0)
    await doorway.rig.until(lambda: row(doorway, 1).ready and row(doorway, 1).uid != old, "another has its name")
    new = row(doorway, 1).uid
    with pytest.raises(Changed, match="the uid of the pod was"):
        await doorway.confirm(plan)
    assert row(doorway, 1).uid == new
    assert doorway.written() == []


async def test_a_pod_that_is_replaced_after_the_confirmation_is_left_alone_by_the_server(doorway: Doorway) -> None:
    run = await doorway.confirm(await doorway.plan(delete(doorway, 1)))
    old = run.plan.about.uid
    doorway.cluster.storage.delete(PODS, "default", "zookeeper-1", grace_seconds=0)
    await doorway.rig.until(lambda: row(doorway, 1).ready and row(doorway, 1).uid != old, "another has its name")
    new = row(doorway, 1).uid
    told = await doorway.carry_out(run)
    assert told[-1].outcome is Outcome.NOT_REACHED
    assert row(doorway, 1).uid == new


@pytest.mark.parametrize("done", [True, False])
async def test_a_connection_that_breaks_is_followed_by_a_look_never_by_a_second_try(
    doorway: Doorway, done: bool
) -> None:
    run = await doorway.confirm(await doorway.plan(delete(doorway, 1)))
    doorway.cluster.server.faults.dropped_responses.append(DroppedResponse("delete", "pods", done))
    told = await doorway.carry_out(run)
    assert told[-1].outcome is (Outcome.REACHED if done else Outcome.NOT_REACHED)
    results = [entry["result"] for entry in doorway.written() if entry["moment"] == "after"]
    assert results == ["unknown", "found done" if done else "found not done"]
    assert (row(doorway, 1).uid == run.plan.about.uid) is not done


async def test_too_many_requests_is_an_answer_that_is_tried_again(doorway: Doorway) -> None:
    run = await doorway.confirm(await doorway.plan(delete(doorway, 1)))
    doorway.cluster.server.faults.refusals.append(Refusal(429, "pods", ("delete",), times=2))
    told = await doorway.carry_out(run)
    assert told[-1].outcome is Outcome.REACHED
    assert [entry["result"] for entry in doorway.written() if entry["moment"] == "after"] == ["429", "429", "done"]


async def test_an_error_of_the_server_ends_it(doorway: Doorway) -> None:
    run = await doorway.confirm(await doorway.plan(delete(doorway, 1)))
    doorway.cluster.server.faults.refusals.append(Refusal(500, "pods", ("delete",)))
    told = await doorway.carry_out(run)
    assert told[-1].outcome is Outcome.NOT_REACHED
    assert [entry["moment"] for entry in doorway.written()] == ["before", "after", "end"]
