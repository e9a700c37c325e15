"""Force-deletion of a pod that is stuck Terminating, in a simulated cluster, with every race."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from stsview.actions.errors import Changed, Refused
from stsview.actions.intents import ForceDelete
from stsview.actions.operations.force_delete.node_liveness import READINGS_APART_SECONDS
from stsview.actions.plan import Result
from stsview.actions.progress import Outcome
from stsview.actions.registry import action_by_id
from stsview.cluster.http.write_gate import WriteGate
from stsview.live.live import Live
from stsview.live.snapshot import Link
from stsview.live.target import KubeconfigTarget
from stsview.model.action_id import ActionId
from stsview.model.finding import Danger
from stsview.model.settings import ModelSettings
from stsview.simulator.apiserver.auth.rbac import Rule
from stsview.simulator.apiserver.faults.faults import DroppedResponse, Refusal
from stsview.simulator.apiserver.resources import CLAIMS, LEASES, NODES, PODS
from stsview.simulator.nodes.node_specs import LEASE_NAMESPACE
from tests.actions.conftest import ActionHarness, agreeing, check, open_harness
from tests.live.conftest import Rig
from tests.support.actions.stuck import (
    ALIVE,
    DEAD,
    DEAD_AND_STUCK,
    POD,
    OtherTime,
    annotate,
    answers,
    force,
    node_of,
    planned,
    renew,
    row,
    set_ready,
)


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


@pytest.fixture
async def dead(tmp_path: Path, stack: AsyncExitStack) -> ActionHarness:
    """Its node is is unreachable."""
    return await open_harness(Rig(tmp_path, stack), stack, DEAD)


@pytest.fixture
async def both(tmp_path: Path, stack: AsyncExitStack) -> ActionHarness:
    """Its node is is unreachable, and would not end it if it came back."""
    return await open_harness(Rig(tmp_path, stack), stack, DEAD_AND_STUCK)


@pytest.fixture
async def alive(tmp_path: Path, stack: AsyncExitStack) -> ActionHarness:
    """Its node is Ready, and does not end it."""
    return await open_harness(Rig(tmp_path, stack), stack, ALIVE)


def uid(harness: ActionHarness) -> str:
    """Of the pod that has the name in the cluster."""
    return str(harness.cluster.storage.get(PODS, "default", POD)["metadata"]["uid"])


async def test_the_replacement_is_followed_until_it_is_ready(dead: ActionHarness) -> None:
    plan = await planned(dead)
    node = node_of(dead.cluster)
    assert not plan.refused
    assert {one.id for one in plan.checks if one.result is not Result.PASS} == {"node", "lease", "volumes"}
    assert plan.danger is Danger.LOSS
    told = await dead.carry_out(await dead.confirm(plan))
    assert told[-1].outcome is Outcome.REACHED
    assert [step.words for step in told[-1].steps] == [
        "force-delete zookeeper-1",
        "the old zookeeper-1 is gone",
        "the new zookeeper-1 is created",
        "data-zookeeper-1 is attached",
        "the new zookeeper-1 is available",
    ]
    held = {step.detail for progress in told for step in progress.steps if step.detail}
    assert f"data-zookeeper-1 still attached to {node}" in held
    assert f"zookeeper-1: volume of PVC data-zookeeper-1 is still attached to {node}" in held
    assert row(dead).uid != plan.about.uid
    before, after, end = dead.written()
    assert before["request"]["body"] == {
        "apiVersion": "v1",
        "kind": "DeleteOptions",
        "gracePeriodSeconds": 0,
        "propagationPolicy": "Background",
        "preconditions": {"uid": plan.about.uid},
    }
    assert (before["attested"], after["result"], end["result"]) == (["node-is-off"], "done", "reached")
    assert before["facts"]["its node"] == node


async def test_the_reason_for_a_missing_replacement_is_shown(dead: ActionHarness) -> None:
    node = node_of(dead.cluster)
    told = await dead.carry_out(await dead.confirm(await planned(dead)), 200)
    assert told[-1].outcome is Outcome.TIMED_OUT
    assert f"volume of PVC data-zookeeper-1 is still attached to {node}" in told[-1].words
    assert action_by_id(ActionId.FORCE_DELETE).seconds >= 600


async def test_attestation_and_name_are_required(dead: ActionHarness) -> None:
    plan = await planned(dead)
    for lacking in (answers(plan, name="zookeeper"), answers(plan, attested=frozenset({"pod-has-ended"}))):
        with pytest.raises(Refused):
            await dead.confirm(plan, lacking)
    assert dead.written() == []
    assert uid(dead) == plan.about.uid


async def test_the_node_is_read_twice_for_each_plan(dead: ActionHarness) -> None:
    start = dead.rig.clock.monotonic()
    plan = await planned(dead)
    planned_at = dead.rig.clock.monotonic()
    await dead.confirm(plan)
    assert planned_at - start >= READINGS_APART_SECONDS
    assert dead.rig.clock.monotonic() - planned_at >= READINGS_APART_SECONDS
    assert action_by_id(ActionId.FORCE_DELETE).gather_seconds == READINGS_APART_SECONDS


async def test_a_pod_that_is_not_stuck_is_refused_without_delay(harness: ActionHarness) -> None:
    start = harness.rig.clock.monotonic()
    plan = await planned(harness, "because")
    assert [one.id for one in plan.refused] == ["overdue"]
    harness.cluster.storage.delete(PODS, "default", POD, grace_seconds=570)
    plan = await planned(harness, "because")
    assert plan.refused[0].words.startswith("still within its grace period: 9m left")
    assert plan.safer[1].command.endswith("--grace-period=1 --wait=false")
    assert harness.rig.clock.monotonic() - start < READINGS_APART_SECONDS
    with pytest.raises(Refused, match="still within its grace period: 9m left"):
        await harness.confirm(plan)
    assert harness.written() == []


async def test_a_pod_that_is_gone_is_refused(dead: ActionHarness) -> None:
    intent = force(dead)
    dead.cluster.storage.delete(PODS, "default", POD, grace_seconds=0)
    dead.cluster.scale("default", "zookeeper", 1)
    await dead.rig.until(lambda: dead.cluster.storage.find(PODS, "default", POD) is None, "it is gone")
    with pytest.raises(Refused, match="pod zookeeper-1 no longer exists"):
        await dead.plan(intent)


async def test_a_finalizer_cannot_be_overridden(tmp_path: Path, stack: AsyncExitStack) -> None:
    harness = await open_harness(Rig(tmp_path, stack), stack, "finalizer")
    view = harness.view("redis", "cache")
    held = next(row for row in view.ordinals if row.name == "redis-4")
    plan = await harness.plan(ForceDelete(view.key, view.uid, "redis-4", held.uid or "", override="because"))
    assert [one.id for one in plan.refused] == ["finalizers"]
    assert plan.safer[0].words.startswith("find which controller owns backup.example.com/snapshot-before-delete")
    assert plan.manual_only[0].command.startswith("kubectl -n cache patch pod redis-4 --type=json")
    with pytest.raises(Refused, match="force-delete has no effect"):
        await harness.confirm(plan)


async def test_a_live_kubelet_refuses_unless_overridden(alive: ActionHarness) -> None:
    plan = await planned(alive)
    assert [one.id for one in plan.refused] == ["node", "lease"]
    assert plan.overridable
    with pytest.raises(Refused, match="its kubelet can terminate the pod"):
        await alive.confirm(plan)
    assert uid(alive) == plan.about.uid

    overridden = await planned(alive, "its runtime hangs, the process was killed by hand")
    with pytest.raises(Refused, match="attest pod-has-ended"):
        await alive.confirm(overridden, answers(overridden, attested=frozenset({"node-is-off"})))
    with pytest.raises(Refused, match="write a reason"):
        await alive.confirm(overridden, answers(overridden, reason=" "))
    run = await alive.confirm(overridden, answers(overridden, reason="killed by hand"))
    told = await alive.carry_out(run)
    assert told[-1].outcome is Outcome.REACHED
    assert uid(alive) != plan.about.uid
    before = alive.written()[0]
    assert (before["reason"], before["attested"]) == ("killed by hand", ["pod-has-ended"])
    results = {one["id"]: one["result"] for one in before["checks"]}
    assert (results["node"], results["lease"]) == ("fail", "fail")


async def test_an_unreadable_node_counts_as_alive(dead: ActionHarness) -> None:
    node = node_of(dead.cluster)
    refusals = dead.cluster.server.faults.refusals
    refusals += [Refusal(403, "nodes", ("get",)), Refusal(403, "leases"), Refusal(403, "volumeattachments")]
    plan = await planned(dead)
    assert [one.words for one in plan.refused] == [
        f"node {node} is unknown and counts as Ready: you may not get nodes",
        f"the lease of {node} is unknown and counts as renewed: you may not get leases in kube-node-lease",
    ]
    assert {one.id for one in plan.checks if one.result is Result.UNKNOWN} == {"node", "lease", "volumes"}
    refusals[:] = [Refusal(500, "leases", times=1)]
    plan = await planned(dead)
    assert [one.id for one in plan.refused] == ["lease"]
    refusals.clear()
    overridden = await planned(dead, "because")
    assert not overridden.confirmation.reason


async def test_an_unreadable_pod_has_no_plan(dead: ActionHarness) -> None:
    dead.cluster.server.faults.refusals.append(Refusal(500, "pods", ("get",)))
    with pytest.raises(Refused, match="cannot read the state of the cluster"):
        await planned(dead)


async def test_a_pod_replaced_before_confirmation_is_a_change(dead: ActionHarness) -> None:
    plan = await planned(dead)
    dead.cluster.storage.delete(PODS, "default", POD, grace_seconds=0)
    await dead.rig.until(lambda: row(dead).uid not in (None, plan.about.uid), "another has its name")
    new = uid(dead)
    with pytest.raises(Changed, match="the uid of the pod was") as changed:
        await dead.confirm(plan)
    assert check(changed.value.plan, "same-pod").result is Result.FAIL
    assert uid(dead) == new
    assert dead.written() == []


async def test_a_pod_replaced_after_confirmation_is_not_deleted(dead: ActionHarness) -> None:
    run = await dead.confirm(await planned(dead))
    dead.cluster.storage.delete(PODS, "default", POD, grace_seconds=0)
    await dead.rig.until(lambda: row(dead).uid not in (None, run.plan.about.uid), "another has its name")
    new = uid(dead)
    told = await dead.carry_out(run)
    assert told[-1].outcome is Outcome.NOT_REACHED
    assert uid(dead) == new


async def test_a_kubelet_that_returns_between_the_readings_refuses(dead: ActionHarness) -> None:
    planning = asyncio.ensure_future(planned(dead))
    start = dead.cluster.now()
    await dead.rig.until(lambda: dead.cluster.now() > start + timedelta(seconds=6), "half of the time is over")
    renew(dead, node_of(dead.cluster))
    plan = await planning
    assert [one.id for one in plan.refused] == ["lease"]
    assert plan.refused[0].words.endswith("is being renewed: its kubelet is alive")
    assert [one.id for one in plan.confirmation.attestations] == ["pod-has-ended"]


async def test_a_live_kubelet_with_a_wrong_clock_refuses(dead: ActionHarness) -> None:
    planning = asyncio.ensure_future(planned(dead))
    start = dead.cluster.now()
    await dead.rig.until(lambda: dead.cluster.now() > start + timedelta(seconds=6), "half of the time is over")
    renew(dead, node_of(dead.cluster), start - timedelta(hours=5))
    assert [one.id for one in (await planning).refused] == ["lease"]


async def test_a_node_that_returns_before_confirmation_is_a_change(both: ActionHarness) -> None:
    plan = await planned(both)
    both.cluster.recover_node(node_of(both.cluster))
    with pytest.raises(Changed) as changed:
        await both.confirm(plan)
    words = "; ".join(changed.value.differences)
    assert "the node was unreachable since " in words
    assert "the lease of the node was expired since " in words
    assert [one.id for one in changed.value.plan.refused] == ["node", "lease"]
    assert (uid(both), both.written()) == (plan.about.uid, [])


async def test_a_kubelet_that_returns_and_terminates_the_pod_reaches_the_goal(dead: ActionHarness) -> None:
    plan = await planned(dead)
    dead.cluster.recover_node(node_of(dead.cluster))
    with pytest.raises((Changed, Refused)):
        await dead.confirm(plan)
    await dead.rig.until(lambda: row(dead).ready and row(dead).uid != plan.about.uid, "its kubelet finishes")
    assert dead.written() == []


async def test_a_kubelet_that_returns_after_confirmation_stops_it(dead: ActionHarness) -> None:
    run = await dead.confirm(await planned(dead))
    renew(dead, node_of(dead.cluster))
    told = await dead.carry_out(run)
    assert told[-1].outcome is Outcome.REFUSED
    assert "the lease of the node was expired since " in told[-1].words
    assert uid(dead) == run.plan.about.uid
    assert [entry["moment"] for entry in dead.written()] == ["end"]


async def test_a_failed_recheck_stops_it(dead: ActionHarness) -> None:
    run = await dead.confirm(await planned(dead))
    dead.cluster.server.faults.refusals.append(Refusal(500, "leases"))
    told = await dead.carry_out(run)
    assert told[-1].outcome is Outcome.REFUSED
    assert uid(dead) == run.plan.about.uid


async def test_a_claim_that_is_deleted_while_the_server_rejects_the_request_stops_it(dead: ActionHarness) -> None:
    run = await dead.confirm(await planned(dead))
    dead.cluster.server.faults.refusals.append(Refusal(429, "pods", ("delete",), times=1))
    follow = asyncio.ensure_future(dead.carry_out(run, 60))
    await dead.rig.until(lambda: any(entry.get("result") == "429" for entry in dead.written()), "it is rejected")
    dead.cluster.storage.delete(CLAIMS, "default", f"data-{POD}")
    told = await follow
    assert told[-1].outcome is not Outcome.REACHED
    assert f"PVC data-{POD} is being deleted" in told[-1].words
    assert uid(dead) == run.plan.about.uid


@pytest.mark.parametrize("done", [True, False])
async def test_a_lost_response_is_never_sent_again(dead: ActionHarness, done: bool) -> None:
    run = await dead.confirm(await planned(dead))
    dead.cluster.server.faults.dropped_responses.append(DroppedResponse("delete", "pods", done))
    told = await dead.carry_out(run, 30)
    assert told[-1].outcome is (Outcome.TIMED_OUT if done else Outcome.NOT_REACHED)
    results = [entry["result"] for entry in dead.written() if entry["moment"] == "after"]
    assert results == ["unknown", "found done" if done else "found not done"]
    assert (uid(dead) == run.plan.about.uid) is not done


async def test_a_revoked_permission_refuses(dead: ActionHarness) -> None:
    plan = await planned(dead)
    admin = dead.cluster.server.users["admin"]
    rule = Rule(("delete",), ("",), ("pods",))
    admin.denied.append(rule)
    with pytest.raises(Refused, match="you may not delete pods in default"):
        await dead.confirm(plan)
    admin.denied.clear()
    run = await dead.confirm(plan)
    admin.denied.append(rule)
    told = await dead.carry_out(run)
    assert told[-1].outcome is Outcome.NOT_REACHED
    assert uid(dead) == plan.about.uid
    admin.denied.clear()
    dead.cluster.server.faults.refusals.append(Refusal(500, "selfsubjectaccessreviews"))
    assert check(await planned(dead), "rights").result is Result.UNKNOWN


async def test_a_deleted_node_suggests_pod_gc(dead: ActionHarness) -> None:
    node = node_of(dead.cluster)
    dead.cluster.storage.delete(NODES, "", node)
    dead.cluster.storage.delete(LEASES, LEASE_NAMESPACE, node)
    plan = await planned(dead)
    assert check(plan, "node").words == f"node {node} no longer exists"
    assert check(plan, "lease").words == f"{node} has no lease"
    assert plan.safer[0].words.startswith("wait: pod GC removes it")
    assert [one.id for one in plan.confirmation.attestations] == ["node-is-off"]
    assert not plan.refused


async def test_a_node_that_reports_not_ready_is_alive(both: ActionHarness) -> None:
    node = node_of(both.cluster)
    both.cluster.recover_node(node)
    set_ready(both, node, "False", "KubeletNotReady")
    plan = await planned(both)
    assert check(plan, "node").result is Result.WARN
    assert [one.id for one in plan.refused] == ["lease"]


async def test_other_members_down_are_shown(dead: ActionHarness) -> None:
    annotate(dead.cluster, "unready", "true", "zookeeper-0")
    await dead.rig.until(lambda: not row(dead, "zookeeper-0").ready, "it is not Ready")
    plan = await planned(dead)
    found = check(plan, "members")
    assert (found.result, found.words) == (Result.WARN, "only 1 of 3 remains available (zookeeper-0 is already down)")
    assert plan.precondition("members-down") == "zookeeper-0"
    dead.settings = ModelSettings(quorum={"default/zookeeper": 2})
    assert check(await planned(dead), "members").words == "only 1 of 3 remains available, below the quorum of 2"


async def test_only_the_clock_of_the_server_counts(tmp_path: Path, stack: AsyncExitStack) -> None:
    rig = Rig(tmp_path, stack)
    cluster = await rig.cluster(DEAD)
    clock = OtherTime(rig.clock, timedelta(hours=-1))
    live = Live(KubeconfigTarget(str(rig.folder / "kubeconfig"), namespaces=()), clock=clock, rng=rig.rng())
    await stack.enter_async_context(rig.running(live))
    await rig.until(lambda: live.snapshot.health.link is Link.LIVE, "data is live")
    harness = ActionHarness(rig, cluster, live, rig.folder)
    plan = await planned(harness)
    assert (
        check(plan, "clock").words == "this machine's clock is 1h behind the server's; the nodes agree with the server"
    )
    assert not plan.refused
    cluster.server.faults.refusals.append(Refusal(403, "leases"))
    plan = await planned(harness, "because")
    assert [one.id for one in plan.refused] == ["clock"]


async def test_a_server_clock_that_differs_from_all_refuses(tmp_path: Path, stack: AsyncExitStack) -> None:
    rig = Rig(tmp_path, stack)
    cluster = await rig.cluster(DEAD)
    cluster.server.clock = OtherTime(cluster.timeline, timedelta(hours=1))
    live = rig.live()
    await stack.enter_async_context(rig.running(live))
    await rig.until(lambda: live.snapshot.health.link is Link.LIVE, "data is live")
    plan = await planned(ActionHarness(rig, cluster, live, rig.folder), "because")
    assert [one.id for one in plan.refused] == ["clock"]
    assert check(plan, "clock").result is Result.FAIL


async def test_no_dry_run_in_read_only_mode(dead: ActionHarness) -> None:
    assert dead.live.session is not None
    dead.live.session.gate = WriteGate("--read-only")
    plan = await planned(dead, "because")
    assert [one.id for one in plan.refused] == ["read-only"]
    assert not [one for one in plan.checks if one.id == "dry-run"]
    with pytest.raises(Refused, match="--read-only"):
        await dead.confirm(plan, agreeing(plan))
