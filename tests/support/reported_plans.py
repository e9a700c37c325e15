"""The plans of all actions in a reported situation, made against an API server that serves its objects."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

from stsview.actions.context import PlanContext
from stsview.actions.errors import Refused
from stsview.actions.intents import (
    CanaryStart,
    DeletePod,
    ForceDelete,
    Intent,
    OrderedRestart,
    Reconcile,
    RemovalMethod,
    Restart,
    Scale,
    Unblock,
    Undo,
)
from stsview.actions.plan import Plan
from stsview.actions.policy import Policy
from stsview.actions.registry import action_for
from stsview.clock import SystemClock
from stsview.cluster.auth.kubeconfig import Kubeconfig
from stsview.cluster.http.connection_pool import load_transport
from stsview.cluster.http.session import Session
from stsview.live.files.documents import read_files
from stsview.live.files.file_objects import newest_of
from stsview.model.settings import ModelSettings
from stsview.model.views import SetView
from stsview.simulator.static_cluster import StaticCluster
from tests.support.paths import REPORTS


class HastyClock(SystemClock):
    """A clock on which no time passes while something sleeps."""

    async def sleep(self, seconds: float) -> None:
        await super().sleep(0)


@asynccontextmanager
async def served(name: str, folder: Path) -> AsyncIterator[Session]:
    documents = read_files([str(REPORTS / f"{name}.json")])
    now = newest_of(documents)
    assert now is not None
    cluster = StaticCluster(documents.objects, now)
    await cluster.start()
    try:
        cluster.write_kubeconfig(folder / "kubeconfig")
        await load_transport()
        session = Session(Kubeconfig.load(str(folder / "kubeconfig")).config(None), HastyClock())
        try:
            yield session
        finally:
            await session.close()
    finally:
        await cluster.stop()


def intents(view: SetView) -> Iterator[Intent]:
    """Every action that may end or create a pod of the set, for each pod that it can be about."""
    key, uid, revision, seen = view.key, view.uid, view.rollout.update or "", view.replicas
    for row in view.ordinals:
        if row.uid is not None:
            yield DeletePod(key, uid, row.name, row.uid)
            yield ForceDelete(key, uid, row.name, row.uid)
    for replicas in sorted({0, seen - 1, seen + 1, seen + 3} - {-1}):
        yield Scale(key, uid, replicas, seen)
    yield Restart(key, uid, revision)
    yield OrderedRestart(key, uid, revision)
    yield OrderedRestart(key, uid, revision, means=RemovalMethod.DELETION)
    yield CanaryStart(key, uid, revision, 1, restart=True)
    yield Undo(key, uid, revision)
    yield Unblock(key, uid, revision)
    yield Reconcile(key, uid)


async def plan_of(session: Session, intent: Intent, folder: Path) -> Plan | None:
    """The plan of an intent; None where there is nothing to plan for."""
    try:
        return await action_for(intent).make_plan(session, intent, PlanContext(ModelSettings(), folder), Policy)
    except Refused:
        return None
