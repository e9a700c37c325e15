"""Changes of the set, and failures of the connection, during an ordered restart."""

from __future__ import annotations

import pytest

from stsview.actions.errors import Changed
from stsview.actions.progress import Outcome, Progress
from stsview.simulator.apiserver.auth.rbac import Rule
from stsview.simulator.apiserver.faults.faults import DroppedResponse, Refusal
from stsview.simulator.apiserver.resources import PODS, STATEFUL_SETS
from stsview.simulator.apiserver.wire import Object
from tests.actions.conftest import ActionHarness
from tests.support.actions.restarting import (
    Once,
    before_reading,
    before_sending,
    budget,
    dies,
    done,
    evictions,
    follow,
    lose_image,
    new,
    restart,
    spend,
    uids,
    words,
)

EVICTED = "evict zookeeper-2"


async def test_a_pod_that_fails_meanwhile_is_not_evicted(harness: ActionHarness) -> None:
    run = await harness.confirm(await harness.plan(restart(harness)))
    before = uids(harness)
    death = Once(lambda: dies(harness, "zookeeper-1"))
    seen: list[Progress] = []

    def each(progress: Progress) -> None:
        seen.append(progress)
        if done(progress, "the new zookeeper-2 is available"):
            death()

    await follow(harness, run, each)
    assert run.progress.outcome is Outcome.REACHED
    assert evictions(harness) == ["zookeeper-2", "zookeeper-0"]
    assert "zookeeper-1 was already replaced meanwhile" in words(seen)
    assert new(harness, before) == set(before)
    notes = [entry["words"] for entry in harness.written() if entry["moment"] == "note"]
    assert notes == ["zookeeper-1 was already replaced meanwhile"]


async def test_a_pod_deleted_by_another_client_is_followed(harness: ActionHarness) -> None:
    run = await harness.confirm(await harness.plan(restart(harness)))
    harness.cluster.storage.delete(PODS, "default", "zookeeper-2")
    told = await harness.carry_out(run)
    assert told[-1].outcome is Outcome.REACHED
    assert evictions(harness) == ["zookeeper-1", "zookeeper-0"]
    assert "zookeeper-2 was deleted by another client meanwhile" in words(told)


async def test_a_pod_replaced_just_before_eviction_is_not_evicted(harness: ActionHarness) -> None:
    run = await harness.confirm(await harness.plan(restart(harness)))
    death = Once(lambda: dies(harness, "zookeeper-2"))
    with before_reading(harness, "zookeeper-2", death):
        told = await harness.carry_out(run)
    assert death.happened
    assert told[-1].outcome is Outcome.REACHED
    assert evictions(harness) == ["zookeeper-1", "zookeeper-0"]
    assert "evict zookeeper-2: zookeeper-2 is already removed" in words(told)


async def test_a_pod_replaced_before_confirmation_is_a_change(harness: ActionHarness) -> None:
    plan = await harness.plan(restart(harness))
    dies(harness, "zookeeper-2")
    old = plan.pod_steps[0].uid
    await harness.rig.until(
        lambda: harness.view().available == 3 and uids(harness).get("zookeeper-2") != old, "it is back"
    )
    with pytest.raises(Changed, match="the uid of zookeeper-2 was"):
        await harness.confirm(plan)


async def test_a_member_that_fails_before_the_eviction_delays_it(harness: ActionHarness) -> None:
    run = await harness.confirm(await harness.plan(restart(harness, only=(2,))))
    death = Once(lambda: dies(harness, "zookeeper-0"))
    looks, down = [0], []

    def looked() -> None:
        looks[0] += 1
        if looks[0] == 2:
            death()

    with (
        before_reading(harness, "zookeeper", looked),
        before_sending(harness, lambda _: down.append(3 - available(harness))),
    ):
        told = await harness.carry_out(run)
    assert death.happened
    assert told[-1].outcome is Outcome.REACHED
    assert down == [0]
    assert any(one.startswith("evict zookeeper-2: zookeeper-0 is not available: ") for one in words(told))
    assert any(one.startswith("all members except zookeeper-2 are available: zookeeper-0 ") for one in words(told))


async def test_an_exhausted_budget_is_waited_for(harness: ActionHarness) -> None:
    budget(harness, maxUnavailable=1)
    spend(harness)
    told = await harness.carry_out(await harness.confirm(await harness.plan(restart(harness, only=(2,)))))
    assert told[-1].outcome is Outcome.REACHED
    results = [entry["result"] for entry in harness.written() if entry["moment"] == "after"]
    assert results[:-1] == ["429"] * (len(results) - 1)
    assert len(results) > 10
    assert any("The disruption budget zk needs 2 healthy pods and has 2 currently" in one for one in words(told))


async def test_a_blocking_budget_times_out(harness: ActionHarness) -> None:
    run = await harness.confirm(await harness.plan(restart(harness)))
    budget(harness, maxUnavailable=0)
    told = await harness.carry_out(run, 60)
    assert told[-1].outcome is Outcome.TIMED_OUT
    assert told[-1].words == (
        "the API server kept answering 429 Too Many Requests; zookeeper-2, -1 and -0 not restarted"
    )


async def test_a_second_budget_stops_it(harness: ActionHarness) -> None:
    before = uids(harness)
    run = await harness.confirm(await harness.plan(restart(harness)))
    budget(harness, "one", maxUnavailable=1)
    budget(harness, "two", maxUnavailable=1)
    told = await harness.carry_out(run)
    assert told[-1].outcome is Outcome.NOT_REACHED
    assert "more than one PodDisruptionBudget" in told[-1].words
    assert not new(harness, before)


@pytest.mark.parametrize("observed", [True, False])
async def test_a_rollout_of_another_client_stops_it(harness: ActionHarness, observed: bool) -> None:
    run = await harness.confirm(await harness.plan(restart(harness)))
    theirs = Once(lambda: harness.cluster.set_image("default", "zookeeper", "zookeeper:3.9"))
    moment = "the new zookeeper-2 is available" if observed else EVICTED

    def each(progress: Progress) -> None:
        if done(progress, moment):
            theirs()

    await follow(harness, run, each)
    assert run.progress.outcome is Outcome.NOT_REACHED
    assert "the pod template was changed meanwhile: the update revision is now " in run.progress.words
    state = "zookeeper-2 restarted" if observed else "zookeeper-2 was evicted, its replacement is not available yet"
    assert run.progress.words.endswith(f"{state}; zookeeper-1 and zookeeper-0 not restarted")
    assert evictions(harness) == ["zookeeper-2"]


async def test_a_moved_partition_stops_it(harness: ActionHarness) -> None:
    run = await harness.confirm(await harness.plan(restart(harness)))
    harness.cluster.scale("default", "zookeeper", 2)
    told = await harness.carry_out(run)
    assert told[-1].outcome is Outcome.REFUSED
    assert told[-1].words.startswith("the replicas were set to 2 meanwhile")
    assert evictions(harness) == []


async def test_a_scale_down_below_the_pod_stops_it(harness: ActionHarness) -> None:
    run = await harness.confirm(await harness.plan(restart(harness)))
    theirs = Once(lambda: harness.cluster.scale("default", "zookeeper", 2))
    await follow(harness, run, lambda progress: theirs() if done(progress, EVICTED) else None)
    assert run.progress.outcome is Outcome.NOT_REACHED
    assert run.progress.words.startswith("zookeeper-2 is beyond the replica count: the replicas were set to 2")


async def test_a_deleted_set_stops_it(harness: ActionHarness) -> None:
    run = await harness.confirm(await harness.plan(restart(harness)))
    harness.cluster.storage.delete(STATEFUL_SETS, "default", "zookeeper", propagation="Orphan")
    await harness.rig.until(lambda: all(one.gone for one in harness.live.snapshot.fleet.sets.values()), "it is gone")
    told = await harness.carry_out(run)
    assert told[-1].outcome is Outcome.NOT_REACHED
    assert told[-1].words.startswith("the StatefulSet no longer exists; zookeeper-2, -1 and -0 not restarted")
    assert evictions(harness) == []


@pytest.mark.parametrize("moment", [EVICTED, "the new zookeeper-2 is available"])
async def test_a_set_being_deleted_stops_it(harness: ActionHarness, moment: str) -> None:
    run = await harness.confirm(await harness.plan(restart(harness)))

    def deletes() -> None:
        def hold(one: Object) -> None:
            one["metadata"]["finalizers"] = ["example.com/hold"]

        harness.cluster.edit(STATEFUL_SETS, "default", "zookeeper", hold)
        harness.cluster.storage.delete(STATEFUL_SETS, "default", "zookeeper")

    deleted = Once(deletes)
    await follow(harness, run, lambda progress: deleted() if done(progress, moment) else None)
    assert run.progress.outcome is Outcome.NOT_REACHED
    assert run.progress.words.startswith("zookeeper is being deleted; zookeeper-2 ")
    assert evictions(harness) == ["zookeeper-2"]


async def test_a_broken_replacement_stops_it_with_its_cause(harness: ActionHarness) -> None:
    run = await harness.confirm(await harness.plan(restart(harness)))
    lose_image(harness)
    told = await harness.carry_out(run)
    assert told[-1].outcome is Outcome.NOT_REACHED
    assert told[-1].words == (
        "zookeeper-2: image zookeeper:3.8.1 cannot be pulled; "
        "zookeeper-2 was evicted, its replacement is not available yet; zookeeper-1 and zookeeper-0 not restarted"
    )
    assert evictions(harness) == ["zookeeper-2"]


async def test_another_broken_member_stops_it(harness: ActionHarness) -> None:
    run = await harness.confirm(await harness.plan(restart(harness)))

    def breaks() -> None:
        lose_image(harness)
        dies(harness, "zookeeper-0")

    broken = Once(breaks)
    await follow(harness, run, lambda one: broken() if done(one, "the new zookeeper-2 is available") else None)
    assert run.progress.outcome is Outcome.NOT_REACHED
    assert run.progress.words == (
        "zookeeper-0: image zookeeper:3.8.1 cannot be pulled; zookeeper-2 restarted; "
        "zookeeper-1 and zookeeper-0 not restarted"
    )


@pytest.mark.parametrize("carried_out", [True, False])
async def test_a_lost_response_is_read_not_repeated(harness: ActionHarness, carried_out: bool) -> None:
    before = uids(harness)
    run = await harness.confirm(await harness.plan(restart(harness, only=(2,))))
    harness.cluster.server.faults.dropped_responses.append(DroppedResponse("create", "pods", carried_out))
    told = await harness.carry_out(run)
    results = [entry["result"] for entry in harness.written() if entry["moment"] == "after"]
    if carried_out:
        assert (told[-1].outcome, results) == (Outcome.REACHED, ["unknown", "found done"])
        assert new(harness, before) == {"zookeeper-2"}
    else:
        assert (told[-1].outcome, results) == (Outcome.NOT_REACHED, ["unknown", "found not done"])
        assert told[-1].words.endswith("try again; zookeeper-2 not restarted")
        assert not new(harness, before)


async def test_an_unknown_result_is_reported_as_unknown(harness: ActionHarness) -> None:
    run = await harness.confirm(await harness.plan(restart(harness)))
    harness.cluster.server.faults.dropped_responses.append(DroppedResponse("create", "pods", True))

    def hide(_: str) -> None:
        harness.cluster.server.faults.refusals.append(Refusal(500, "pods", ("get",)))

    with before_sending(harness, hide):
        told = await harness.carry_out(run, 60)
    assert told[-1].outcome is Outcome.TIMED_OUT
    assert told[-1].words.endswith("unknown whether zookeeper-2 was evicted; zookeeper-1 and zookeeper-0 not restarted")


async def test_it_survives_a_server_restart(harness: ActionHarness) -> None:
    before = uids(harness)
    run = await harness.confirm(await harness.plan(restart(harness)))
    moments = {"evict zookeeper-2", "the new zookeeper-2 is available", "all members except zookeeper-0 are available"}

    async def go() -> None:
        async for progress in run.follow():
            for moment in [moment for moment in moments if done(progress, moment)]:
                moments.remove(moment)
                await harness.cluster.server.restart(3.0)

    await harness.through(go(), 0.2)
    assert run.progress.outcome is Outcome.REACHED
    assert new(harness, before) == set(before)
    assert not moments


async def test_a_revoked_permission_stops_it(harness: ActionHarness) -> None:
    run = await harness.confirm(await harness.plan(restart(harness)))
    admin = harness.cluster.server.users["admin"]
    taken = Once(lambda: admin.denied.append(Rule(("create",), ("",), ("pods/eviction",))))
    await follow(harness, run, lambda one: taken() if done(one, "the new zookeeper-2 is available") else None)
    assert run.progress.outcome is Outcome.NOT_REACHED
    assert "the API server rejected the request" in run.progress.words
    assert run.progress.words.endswith("zookeeper-2 restarted; zookeeper-1 and zookeeper-0 not restarted")


def available(harness: ActionHarness) -> int:
    """As the cluster has it at this moment, whatever the picture shows."""
    pods = harness.cluster.storage.list(PODS, "default")
    ready = [
        pod
        for pod in pods
        if "deletionTimestamp" not in pod["metadata"]
        and any(one["type"] == "Ready" and one["status"] == "True" for one in pod["status"].get("conditions") or ())
    ]
    return len(ready)
