"""The plans of all actions in a reported situation, made against an API server that serves its objects."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from stsview.actions.context import PlanContext
from stsview.actions.errors import Refused
from stsview.actions.intents import (
    CanaryAbort,
    CanaryStart,
    CanaryStep,
    DeletePod,
    ForceDelete,
    Grow,
    Intent,
    OrderedRestart,
    PauseRollout,
    Reconcile,
    RemovalMethod,
    Restart,
    ResumeRollout,
    Scale,
    Unblock,
    Undo,
)
from stsview.actions.plan import Plan
from stsview.actions.policy import Policy
from stsview.actions.registry import action_for
from stsview.clock import Clock, SystemClock
from stsview.cluster.auth.kubeconfig import Kubeconfig
from stsview.cluster.config import ClusterConfig
from stsview.cluster.http.connection_pool import load_transport
from stsview.cluster.http.session import JSON, Session
from stsview.cluster.http.websocket import Query
from stsview.live.files.documents import read_files
from stsview.live.files.file_objects import newest_of
from stsview.model.ordinals.rows import REVISION_LABEL
from stsview.model.rollout.saved_partition import CANARY_PARTITION
from stsview.model.settings import ModelSettings
from stsview.model.storage.sizes import claim_templates
from stsview.model.views import SetView
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.static_cluster import StaticCluster
from tests.support.paths import REPORTS

T = TypeVar("T")


class ReadOnce(Session):
    """A session that asks for each answer once: what it reads does not change, and many plans read the same."""

    def __init__(self, config: ClusterConfig, clock: Clock) -> None:
        super().__init__(config, clock)
        self._answers: dict[object, bytes] = {}
        self._reviews: dict[object, Any] = {}

    async def get_raw(
        self, path: str, *, query: Query = (), accept: str = JSON, read_seconds: float | None = None
    ) -> bytes:
        key = path, tuple(query), accept
        if key not in self._answers:
            self._answers[key] = await super().get_raw(path, query=query, accept=accept, read_seconds=read_seconds)
        return self._answers[key]

    async def post_review(self, path: str, question: object, decoder: msgspec.json.Decoder[T]) -> T:
        key = path, msgspec.json.encode(question)
        if key not in self._reviews:
            self._reviews[key] = await super().post_review(path, question, decoder)
        answer: T = self._reviews[key]
        return answer


class HastyClock(SystemClock):
    """A clock on which no time passes while something sleeps."""

    async def sleep(self, seconds: float) -> None:
        await super().sleep(0)


NEWER = "newer"
"""The hash of the revision of a rollout that a partition holds."""


@asynccontextmanager
async def served(name: str, folder: Path, *, held_by: str = "") -> AsyncIterator[Session]:
    """A session with the objects of a report.

    `held_by`: the annotation of a canary or a pause, which holds a rollout of every set before its last pods.
    """
    documents = read_files([str(REPORTS / f"{name}.json")])
    now = newest_of(documents)
    assert now is not None
    objects = list(_with_held_rollouts(documents.objects, held_by)) if held_by else documents.objects
    cluster = StaticCluster(objects, now)
    await cluster.start()
    try:
        cluster.write_kubeconfig(folder / "kubeconfig")
        await load_transport()
        session = ReadOnce(Kubeconfig.load(str(folder / "kubeconfig")).config(None), HastyClock())
        try:
            yield session
        finally:
            await session.close()
    finally:
        await cluster.stop()


def _with_held_rollouts(objects: Iterable[Object], annotation: str) -> Iterator[Object]:
    """The objects, with a newer template in each set, and with the revision before it."""
    objects = copy.deepcopy(list(objects))
    sets = [one for one in objects if (one["apiVersion"], one["kind"]) == ("apps/v1", "StatefulSet")]
    highest = {f"{one['metadata']['name']}-{one['spec'].get('replicas', 1) - 1}" for one in sets}
    for one in objects:
        if one["kind"] == "Pod" and annotation == CANARY_PARTITION and one["metadata"]["name"] in highest:
            one["metadata"]["labels"][REVISION_LABEL] = f"{one['metadata']['name'].rpartition('-')[0]}-{NEWER}"
        yield one
        if one not in sets:
            continue
        metadata, spec, status = one["metadata"], one["spec"], one["status"]
        replicas, former = spec.get("replicas", 1), status.get("updateRevision") or status.get("currentRevision")
        held_at = max(1, replicas - 1) if annotation == CANARY_PARTITION else replicas
        metadata.setdefault("annotations", {})[annotation] = "0"
        spec["updateStrategy"] = {"type": "RollingUpdate", "rollingUpdate": {"partition": held_at}}
        status |= {"currentRevision": former, "updateRevision": f"{metadata['name']}-{NEWER}"}
        for number, name in enumerate((former, status["updateRevision"]), 1):
            yield {
                "apiVersion": "apps/v1",
                "kind": "ControllerRevision",
                "metadata": {
                    "name": name,
                    "namespace": metadata["namespace"],
                    "uid": f"{name}-uid",
                    "labels": spec["selector"].get("matchLabels", {}),
                    "ownerReferences": [
                        {
                            "apiVersion": "apps/v1",
                            "kind": "StatefulSet",
                            "name": metadata["name"],
                            "uid": metadata["uid"],
                            "controller": True,
                        }
                    ],
                },
                "data": {"spec": {"template": {**spec["template"], "$patch": "replace"}}},
                "revision": number,
            }


def intents_of_held_rollout(view: SetView) -> Iterator[Intent]:
    """Every action on a rollout that a partition holds; `view` is that of the report."""
    key, uid, revision = view.key, view.uid, f"{view.name}-{NEWER}"
    for partition in {max(1, view.replicas - 1), view.replicas}:
        yield CanaryStep(key, uid, revision, partition)
        yield CanaryStep(key, uid, revision, partition, to_end=True)
        yield CanaryAbort(key, uid, revision, partition)
        yield PauseRollout(key, uid, revision, partition)
        yield ResumeRollout(key, uid, revision, partition)


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
    for template in claim_templates(view):
        yield Grow(key, uid, "100Ti", template)


async def plan_of(session: Session, intent: Intent, folder: Path) -> Plan | None:
    """The plan of an intent; None where there is nothing to plan for."""
    try:
        return await action_for(intent).make_plan(session, intent, PlanContext(ModelSettings(), folder), Policy)
    except Refused:
        return None
