"""The kubectl command that a plan shows does to a cluster what the action does, checked with the real kubectl."""

from __future__ import annotations

import asyncio
import copy
import os
import shutil
import signal
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
import yaml

from stsview.actions.intents import (
    CanaryAbort,
    CanaryStart,
    CanaryStep,
    DeletePod,
    ForceDelete,
    Grow,
    Intent,
    Order,
    PauseRollout,
    Reconcile,
    Recreate,
    RemovalMethod,
    Restart,
    ResumeRecreate,
    ResumeRollout,
    Scale,
    Unblock,
    Undo,
)
from stsview.actions.operations.reconcile import ANNOTATION
from stsview.actions.progress import Outcome
from stsview.simulator.apiserver.resources import CLAIMS, CONTROLLER_REVISIONS, PODS, STATEFUL_SETS
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.cluster import Scenario, SimulatedCluster, ago
from stsview.simulator.scenarios.zookeeper import SCENARIO as HEALTHY
from tests.actions.conftest import ActionHarness, agreeing, open_harness
from tests.live.conftest import Rig
from tests.support.actions.strategies import ZOOKEEPER, Deed, Shape, intent, scenario
from tests.support.actions.stuck import DEAD, row

KUBECTL = shutil.which("kubectl")
pytestmark = pytest.mark.skipif(KUBECTL is None, reason="no kubectl on this machine")

RESTARTED_AT = "kubectl.kubernetes.io/restartedAt"

_STEP = 0.25
_SETTLED_SECONDS = 120.0
_MOST_STEPS = 2000

Ask = Callable[[ActionHarness], Intent]


class Case(NamedTuple):
    name: str
    scenario: Scenario
    ask: Ask
    moves: bool = False
    """Whether the set moves while the plan is made, so that hardly any time may pass for it."""


def _rollout(name: str, shape: Shape, deed: Deed) -> Case:
    return Case(name, scenario(shape), lambda harness: intent(deed, shape, harness))


def _canary(**options: Any) -> Ask:
    def ask(harness: ActionHarness) -> Intent:
        view = harness.view()
        revision = view.rollout.update
        if "revision" in options:
            options["revision"] = next(
                one["metadata"]["name"] for one in _revisions(harness.cluster) if one["metadata"]["name"] != revision
            )
        return CanaryStart(ZOOKEEPER, view.uid, revision, 1, **options)

    return ask


def _revisions(cluster: SimulatedCluster) -> list[Object]:
    found: list[Object] = cluster.storage.list(CONTROLLER_REVISIONS, "default")
    return found


def _orphan_after(scenario: Scenario) -> Scenario:
    """A scenario whose set was then deleted without its pods."""

    def delete(cluster: SimulatedCluster) -> None:
        cluster.storage.delete(STATEFUL_SETS, "default", "zookeeper", propagation="Orphan")

    return Scenario("orphaned", "its set is gone", (*scenario.steps, ago(delete, minutes=5)))


def _recreate(harness: ActionHarness) -> Recreate:
    changes = ("serviceName=other", "data.labels.example.com/tier=db", "data.size=20Gi")
    return Recreate(ZOOKEEPER, harness.view().uid, changes=changes)


def _scale(replicas: int) -> Ask:
    return lambda harness: Scale(ZOOKEEPER, harness.view().uid, replicas, harness.view().replicas)


def _delete(kind: type[DeletePod] | type[ForceDelete]) -> Ask:
    return lambda harness: kind(ZOOKEEPER, harness.view().uid, "zookeeper-1", row(harness).uid or "")


def _grow(**options: Any) -> Ask:
    return lambda harness: Grow(ZOOKEEPER, harness.view().uid, "20Gi", **options)


CASES = (
    Case("scale up", HEALTHY, _scale(5)),
    Case("scale down", HEALTHY, _scale(1)),
    Case("delete-pod", HEALTHY, _delete(DeletePod)),
    Case("force-delete", DEAD, _delete(ForceDelete)),
    Case("reconcile", HEALTHY, lambda harness: Reconcile(ZOOKEEPER, harness.view().uid)),
    Case("grow", HEALTHY, _grow()),
    Case("grow, the template too", HEALTHY, _grow(template=True)),
    Case("grow, two at a time", HEALTHY, _grow(ordinals=(0, 2), parallel=2)),
    Case("recreate", HEALTHY, _recreate),
    Case("resume-recreate", _orphan_after(HEALTHY), lambda _: ResumeRecreate(ZOOKEEPER, "")),
    _rollout("restart", Shape(), Deed(Restart)),
    _rollout("restart, partition", Shape(partition=1), Deed(Restart)),
    _rollout("ordered restart", Shape(), Deed()),
    _rollout("ordered restart, deletion", Shape(budget=""), Deed(means=RemovalMethod.DELETION, only=(0, 2))),
    _rollout("ordered restart, lowest first", Shape(start=3), Deed(order=Order.LOWEST_FIRST, only=(1, 2))),
    _rollout("ordered restart, soak", Shape(min_ready=4), Deed(soak=3.0, only=(0, 1))),
    _rollout("undo", Shape(), Deed(Undo)),
    _rollout("undo, OnDelete", Shape(on_delete=True), Deed(Undo)),
    _rollout("undo, one blocked pod", Shape(story="stuck"), Deed(Undo)),
    _rollout("undo, two blocked pods", Shape(story="sick"), Deed(Undo)),
    _rollout("unblock", Shape(story="blocked"), Deed(Unblock)),
    _rollout("unblock, storage", Shape(story="blocked", storage=True, start=3), Deed(Unblock)),
    _rollout("canary start", Shape(), Deed(CanaryStart)),
    Case("canary start, restart", scenario(Shape()), _canary(restart=True)),
    Case("canary start, revision", scenario(Shape()), _canary(revision="the previous one")),
    _rollout("canary next", Shape(story="canary", replicas=4), Deed(CanaryStep)),
    _rollout("canary next, the last", Shape(story="canary", partition=1), Deed(CanaryStep)),
    _rollout("canary finish", Shape(story="canary", replicas=4), Deed(CanaryStep, pods=2)),
    _rollout("canary abort", Shape(story="canary", partition=1), Deed(CanaryAbort)),
    _rollout("canary abort, blocked pod", Shape(story="bad canary"), Deed(CanaryAbort)),
    _rollout("pause", Shape(story="rolling", replicas=4), Deed(PauseRollout))._replace(moves=True),
    _rollout("resume", Shape(story="paused", partition=1), Deed(ResumeRollout)),
)


async def run_command(command: str, rig: Rig) -> None:
    """Run a shell command against the cluster of the kubeconfig; time passes only where it waits for a pod."""
    server = yaml.safe_load((rig.folder / "kubeconfig").read_text())["clusters"][0]["cluster"]["server"]
    # kubectl sends no token over plain HTTP, so the simulator has it in its URL, whose path --raw replaces.
    command = command.replace("--raw /", f"--raw {urlsplit(server).path}/")
    tools = rig.folder / "bin"
    tools.mkdir()
    # The loops of the command wait for the cluster, whose time passes faster.
    (tools / "sleep").write_text("#!/bin/sh\n")
    (tools / "sleep").chmod(0o755)
    assert KUBECTL is not None
    process = await asyncio.create_subprocess_exec(
        "/bin/sh",
        "-c",
        command,
        cwd=rig.folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
        env={
            "KUBECONFIG": str(rig.folder / "kubeconfig"),
            "HOME": str(rig.folder),
            "PATH": os.pathsep.join((str(tools), str(Path(KUBECTL).parent), "/usr/bin", "/bin")),
        },
    )
    ended = asyncio.ensure_future(process.communicate())
    for _ in range(_MOST_STEPS):
        if ended.done():
            break
        if " delete " in command or " wait " in command:
            await rig.clock.advance(_STEP)
        await asyncio.sleep(0.005)
    else:
        os.killpg(process.pid, signal.SIGKILL)
    out, _ = await ended
    assert process.returncode == 0, f"{command}\n{out.decode()}"


def uids(cluster: SimulatedCluster) -> dict[str, str]:
    return {one["metadata"]["name"]: one["metadata"]["uid"] for one in cluster.storage.list(PODS, "default")}


def state(cluster: SimulatedCluster, before: dict[str, str]) -> dict[str, Any]:
    """All that an action can change, without instants and the hashes that follow from them."""
    stateful = copy.deepcopy(cluster.storage.find(STATEFUL_SETS, "default", "zookeeper"))
    if stateful is None:
        return {"pods": [before.get(name) == uid for name, uid in uids(cluster).items()]}
    stateful["spec"]["template"]["metadata"] = _plain(stateful["spec"]["template"]["metadata"])
    status = stateful["status"]
    pods = {}
    for pod in cluster.storage.list(PODS, "default"):
        name, metadata = pod["metadata"]["name"], pod["metadata"]
        revision = metadata["labels"]["controller-revision-hash"]
        pods[name] = {
            "same": before.get(name) == metadata["uid"],
            "ends": "deletionTimestamp" in metadata,
            "updated": revision == status["updateRevision"],
            "current": revision == status["currentRevision"],
            "images": [one["image"] for one in pod["spec"]["containers"]],
            "annotations": _plain(metadata).get("annotations"),
        }
    claims = {
        one["metadata"]["name"]: (one["spec"]["resources"], one["status"].get("capacity"))
        for one in cluster.storage.list(CLAIMS, "default")
    }
    annotations = _plain(stateful["metadata"]).get("annotations")
    return {"spec": stateful["spec"], "annotations": annotations, "pods": pods, "claims": claims}


def _plain(metadata: Object) -> Object:
    """Without the values of annotations that are instants."""
    annotations = metadata.get("annotations") or {}
    plain = {name: "" if name in (RESTARTED_AT, ANNOTATION) else value for name, value in annotations.items()}
    return {**metadata, "annotations": plain}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_the_command_does_what_the_action_does(case: Case, tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        ours, theirs = (tmp_path / name for name in ("ours", "theirs"))
        ours.mkdir()
        theirs.mkdir()
        harness, rig = await open_harness(Rig(ours, stack), stack, case.scenario), Rig(theirs, stack)
        cluster = await rig.cluster(case.scenario)
        wanted = case.ask(harness)
        step = 0.002 if case.moves else 0.05
        plan = await harness.through(harness.action_service.plan(wanted), step)
        assert not plan.refused
        await rig.clock.advance(harness.rig.clock.monotonic() - rig.clock.monotonic())
        before, same_before = uids(harness.cluster), uids(cluster)
        assert state(harness.cluster, before) == state(cluster, same_before)

        run = await harness.through(harness.action_service.confirm(plan, agreeing(plan)), step)
        progress = await harness.carry_out(run, 600.0)
        assert progress[-1].outcome is Outcome.REACHED, progress[-1]
        await run_command(plan.shown_command, rig)
        for settling in (harness.rig, rig):
            await settling.pass_time(_SETTLED_SECONDS, 2.0)
        assert state(cluster, same_before) == state(harness.cluster, before), plan.shown_command
