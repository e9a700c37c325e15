"""The rights of each change: a role with them suffices, and without any of them it is refused or lacks a check."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from stsview.actions.errors import Refused
from stsview.actions.exec.service import ExecPlan, Streams, run_exec
from stsview.actions.exec.target import find_target
from stsview.actions.execution.audit_log import AuditLog
from stsview.actions.intents import (
    CanaryAbort,
    CanaryStart,
    CanaryStep,
    Cordon,
    DeletePod,
    Intent,
    PauseRollout,
    Reconcile,
    Recreate,
    RemovalMethod,
    Restart,
    ResumeRollout,
    Scale,
    Uncordon,
)
from stsview.actions.plan import Result
from stsview.actions.port_forward.port_spec import parse_port
from stsview.actions.port_forward.service import PortForwards
from stsview.actions.progress import Outcome
from stsview.actions.run import Run
from stsview.cluster.errors import ClusterError
from stsview.cluster.http.session import Session
from stsview.cluster.http.write_gate import Message
from stsview.model.action_id import ActionId
from stsview.model.rights import tasks_with
from stsview.simulator.apiserver.resources import STATEFUL_SETS
from stsview.simulator.cluster import Scenario, SimulatedCluster, ago
from stsview.simulator.scenarios import find
from tests.actions.conftest import ActionHarness, open_harness
from tests.actions.operations.rollout.test_canary_abort import BROKEN
from tests.live.conftest import Rig
from tests.support.actions.granted import READ, Grant, Granted, granted_by
from tests.support.actions.growing import driver, grow
from tests.support.actions.recreating import SERVICE, ZOOKEEPER, follow_until, resuming
from tests.support.actions.restarting import restart
from tests.support.actions.stuck import DEAD, force
from tests.support.actions.unblocking import NEWER, deadlock, image, story, unblock, undo


class GrantedRig(Rig):
    """Its clusters know a user without any right until one is granted."""

    user: Granted

    async def cluster(self, scenario: str | Scenario = "zookeeper", name: str = "kubeconfig") -> SimulatedCluster:
        cluster = await super().cluster(scenario, name)
        self.user = Granted(cluster)
        self.user.grant(tasks_with(()))
        return cluster


class Proof:
    """What actions needed of what their roles grant beyond reading."""

    def __init__(self) -> None:
        self.used: defaultdict[ActionId, set[Grant]] = defaultdict(set)
        """By requests."""
        self.missed: defaultdict[ActionId, set[Grant]] = defaultdict(set)
        """By plans: a check is another one without it."""
        self.harness: ActionHarness
        self.user: Granted

    @asynccontextmanager
    async def on(self, folder: Path, scenario: Scenario) -> AsyncIterator[ActionHarness]:
        folder.mkdir()  # noqa: ASYNC240
        async with AsyncExitStack() as stack:
            rig = GrantedRig(folder, stack)
            self.harness = await open_harness(rig, stack, scenario)
            self.user = rig.user
            yield self.harness

    async def needs(self, intent: Intent) -> None:
        """Compare its plans with and without each right."""
        for grant in self.user.grant(tasks_with([intent.action.value])) - READ:
            checks = await self._checks(intent)
            with self.user.without(grant):
                if await self._checks(intent) != checks:
                    self.missed[intent.action].add(grant)

    async def runs(self, intent: Intent) -> None:
        """Carry it out with exactly its rights."""
        await self.needs(intent)
        granted = self.user.grant(tasks_with([intent.action.value]))
        plan = await self.harness.plan(intent)
        assert not plan.refused, (intent, plan.refused)
        told = await self.harness.carry_out(await self.harness.confirm(plan))
        assert told[-1].outcome is Outcome.REACHED, (intent, told[-1])
        assert self.user.denied == set(), intent
        assert self.user.asked <= granted
        self.used[intent.action] |= self.user.asked - READ

    async def _checks(self, intent: Intent) -> list[tuple[str, Result]]:
        try:
            plan = await self.harness.plan(intent)
        except (Refused, ClusterError) as error:
            return [(str(error), Result.FAIL)]
        return [(check.id, check.result) for check in plan.checks]


async def settled(harness: ActionHarness) -> None:
    """All members run the update revision and are available, and the picture has that."""

    def holds() -> bool:
        found = harness.cluster.storage.get(STATEFUL_SETS, *ZOOKEEPER)
        view = harness.live.snapshot.fleet.sets.get(ZOOKEEPER)
        status = found.get("status") or {}
        return (
            view is not None
            and view.uid == found["metadata"]["uid"]
            and status.get("observedGeneration") == found["metadata"]["generation"]
            and status.get("availableReplicas") == found["spec"]["replicas"] == view.ready
            and len(view.ordinals) == view.replicas
            and view.rollout.observed
            and not any(row.outdated and row.ordinal >= view.rollout.partition for row in view.ordinals)
        )

    await harness.rig.until(holds, "the set is settled", step=0.25)


async def everyday_changes(proof: Proof, harness: ActionHarness) -> None:
    def set_intent(kind: Callable[..., Intent], *more: object) -> Intent:
        view = harness.view()
        return kind(ZOOKEEPER, view.uid, *more)

    async def does(kind: Callable[..., Intent], *more: object) -> None:
        await settled(harness)
        await proof.runs(set_intent(kind, *more))

    def revision() -> str:
        return harness.view().rollout.update

    await does(Scale, 4, 3)
    await does(Reconcile)
    await does(Restart, revision())
    await settled(harness)
    await does(CanaryStart, revision(), 1, (), "", True)
    await settled(harness)
    await does(CanaryStep, revision(), harness.view().rollout.partition)
    await settled(harness)
    await does(CanaryAbort, revision(), harness.view().rollout.partition)
    await settled(harness)
    pod = harness.view().ordinals[0]
    await does(DeletePod, pod.name, pod.uid)
    await settled(harness)
    for method in RemovalMethod:
        await settled(harness)
        await proof.runs(restart(harness, only=(0,), means=method))
    image(NEWER)(harness.cluster)
    await harness.rig.until(
        lambda: len({row.revision for row in harness.view().ordinals}) > 1, "a rollout is under way"
    )
    view = harness.view()
    await proof.runs(set_intent(PauseRollout, revision(), view.rollout.partition))
    await harness.rig.until(lambda: harness.view().rollout.partition > 0, "it is paused")
    await does(ResumeRollout, revision(), harness.view().rollout.partition)
    node = harness.live.node_source().all_nodes()
    assert node is not None
    name, uid = next((name, one.metadata.uid) for name, one in node.items())
    await proof.runs(Cordon(name, uid))
    await proof.runs(Uncordon(name, uid))


async def storage_and_recreation(proof: Proof, harness: ActionHarness) -> None:
    driver(harness, "offline", claim="data-zookeeper-1")
    retain = {"whenDeleted": "Delete", "whenScaled": "Retain"}
    harness.cluster.edit(
        STATEFUL_SETS, *ZOOKEEPER, lambda one: one["spec"].update(persistentVolumeClaimRetentionPolicy=retain)
    )
    await settled(harness)
    await proof.runs(grow(harness, "20Gi", template=True))
    await settled(harness)
    uid = harness.view().uid
    await proof.runs(Recreate(ZOOKEEPER, uid, changes=(SERVICE, "data.storageClassName=standard")))
    # Interrupted before it is deleted, and before it is created again.
    for method in ("DELETE", "POST"):
        await settled(harness)
        proof.user.grant(tasks_with([ActionId.RECREATE.value]))
        intent = Recreate(ZOOKEEPER, harness.view().uid, changes=(f"serviceName=zk-{method.lower()}",))
        await dies_before(harness, await harness.confirm(await harness.plan(intent)), method)
        resumes = resuming(harness, put_back=method == "DELETE")
        assert resumes is not None
        await proof.runs(resumes)


async def dies_before(harness: ActionHarness, run: Run, method: str) -> None:
    """Follow a run until it sends the first request of a method that is not a dry run: that one is not sent."""
    session, came = harness.live.session, asyncio.Event()
    assert session is not None
    write = session.write

    async def writing(path: str, message: Message, *, query: Any = ()) -> bytes:
        if message.method == method and not query:
            came.set()
            await asyncio.Event().wait()
        return await write(path, message, query=query)

    with patch.object(session, "write", writing):
        assert await harness.through(follow_until(run, came), step=0.25)
    await harness.rig.pass_time(3)


@pytest.mark.parametrize("name", ["exec", "port-forward"])
async def test_a_connection_to_a_container_needs_both_verbs(tmp_path: Path, name: str) -> None:
    proof = Proof()
    async with proof.on(tmp_path / name, find("zookeeper")) as harness:
        granted = proof.user.grant(tasks_with([name])) - READ
        session = harness.live.session
        assert session is not None
        connects = {"exec": executed, "port-forward": forwarded}[name]
        # Whether anything listens there is another matter.
        assert "you may not" not in await connects(session, harness.log)
        assert proof.user.denied == set()
        for grant in granted:
            with proof.user.without(grant):
                assert f"you may not {grant.verb} {grant.resource}" in await connects(session, harness.log)


async def executed(session: Session, log: AuditLog) -> str:
    """What was wrong with a command in a container."""

    async def attach(streams: Streams) -> None:
        async for _ in streams.output():
            pass

    target = await find_target(session, "default", "zookeeper-0", "")
    return (await run_exec(session, log, ExecPlan(target, ("true",)), attach)).words


async def forwarded(session: Session, log: AuditLog) -> str:
    """What was wrong with a connection through a forwarded port."""
    forwards, said = PortForwards(session, log), list[str]()
    forwards.said = lambda forward, words, warning: said.append(words)
    try:
        (forward,) = await forwards.open("default", "zookeeper-0", [parse_port(":2181")])
    except Refused as error:
        return str(error)
    try:
        host, port = forward.addresses[0]
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(b"ruok")
        with suppress(ConnectionError):
            await reader.read(1)
        writer.close()
    finally:
        await forwards.close()
    return "; ".join(said)


async def test_a_role_for_one_action_suffices_and_nothing_in_it_is_unused(tmp_path: Path) -> None:
    proof = Proof()
    async with proof.on(tmp_path / "everyday", story()) as harness:
        await everyday_changes(proof, harness)
    async with proof.on(tmp_path / "deadlock", deadlock()) as harness:
        await proof.runs(undo(harness))
    async with proof.on(tmp_path / "canary", BROKEN) as harness:
        view = harness.view()
        await proof.runs(CanaryAbort(ZOOKEEPER, view.uid, view.rollout.update, view.rollout.partition))
    async with proof.on(tmp_path / "blocked", deadlock(ago(image(NEWER), minutes=10))) as harness:
        await proof.runs(unblock(harness))
    async with proof.on(tmp_path / "dead", DEAD) as harness:
        await proof.runs(force(harness))
    async with proof.on(tmp_path / "storage", find("zookeeper")) as harness:
        await storage_and_recreation(proof, harness)
    for action in ActionId:
        grants = granted_by(tasks_with([action.value])) - READ
        assert proof.used[action] == grants, action
        assert proof.missed[action] == grants, action
