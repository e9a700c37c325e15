"""The live loop from API server to snapshot, over real HTTP."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from stsview.clock import Clock
from stsview.live.errors import CannotStart
from stsview.live.live import Live
from stsview.live.snapshot import Link
from stsview.live.target import KubeconfigTarget
from stsview.model.store import Store
from stsview.model.views import SetView, Severity
from stsview.objects.meta import Key
from stsview.simulator.apiserver.faults.faults import Refusal
from stsview.simulator.apiserver.resources import (
    NODES,
    PODS,
    STATEFUL_SETS,
    STORAGE_CLASSES,
    VOLUME_ATTACHMENTS,
    VOLUMES,
)
from stsview.simulator.cluster import SimulatedCluster
from tests.live.conftest import Rig
from tests.support.simulator.clusters import together

ZOOKEEPER = Key("default", "zookeeper")


def view(live: Live, key: Key = ZOOKEEPER) -> SetView:
    return live.snapshot.fleet.sets[key]


def is_live(live: Live) -> bool:
    return live.snapshot.health.link is Link.LIVE and ZOOKEEPER in live.snapshot.fleet.sets


def scale(cluster: SimulatedCluster, replicas: int) -> None:
    def change(obj: dict[str, dict[str, int]]) -> None:
        obj["spec"]["replicas"] = replicas

    cluster.storage.modify(STATEFUL_SETS, "default", "zookeeper", change, manager="kubectl")


async def test_the_zookeeper_of_the_readme_as_an_operator_sees_it(rig: Rig) -> None:
    await rig.cluster()
    live = rig.live()
    assert live.snapshot.health.link is Link.CONNECTING
    async with rig.running(live):
        await rig.until(lambda: is_live(live), "a live picture")
    seen = view(live)
    assert [row.name for row in seen.ordinals] == ["zookeeper-0", "zookeeper-1", "zookeeper-2"]
    assert [row.dns.name for row in seen.ordinals] == [
        f"zookeeper-{n}.zk-hs.default.svc.cluster.local" for n in range(3)
    ]
    assert {row.dns.status for row in seen.ordinals} == {"published"}
    assert [(claim.name, claim.status, claim.size) for row in seen.ordinals for claim in row.claims] == [
        (f"data-zookeeper-{n}", "Bound", 10 * 1024**3) for n in range(3)
    ]
    assert seen.severity is Severity.HEALTHY
    assert seen.service.status == "headless"


async def test_a_change_is_published_within_two_flushes(rig: Rig) -> None:
    cluster = await rig.cluster()
    live = rig.live()
    async with rig.running(live) as seen:
        await rig.until(lambda: is_live(live), "a live picture")
        seen.clear()
        scale(cluster, 4)
        changed_at = rig.clock.monotonic()
        await rig.until(lambda: bool(seen), "a snapshot of the change", step=0.01)
        assert rig.clock.monotonic() - changed_at <= 0.25
        assert seen[0].changed == {ZOOKEEPER}
        await rig.until(lambda: view(live).ready == 4, "the fourth pod to be Ready", step=0.5)
        assert view(live).ordinals[3].dns.status == "published"


async def test_no_snapshot_without_a_change(rig: Rig) -> None:
    await rig.cluster()
    live = rig.live()
    async with rig.running(live) as seen:
        await rig.until(lambda: is_live(live), "a live picture")
        await rig.pass_time(5)
        seen.clear()
        await rig.pass_time(60)
        assert seen == []
        assert live.snapshot.health.link is Link.LIVE


def label(role: str, pod: dict[str, Any]) -> None:
    pod["metadata"]["labels"]["role"] = role


class SlowWatch:
    """The clock of a machine that is an hour behind."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> datetime:
        return self._clock.now() - timedelta(hours=1)

    def monotonic(self) -> float:
        return self._clock.monotonic()

    async def sleep(self, seconds: float) -> None:
        await self._clock.sleep(seconds)


async def test_a_wrong_local_clock_is_reported_and_server_time_is_used(rig: Rig) -> None:
    await rig.cluster()
    live = Live(KubeconfigTarget(str(rig.folder / "kubeconfig")), clock=SlowWatch(rig.clock), rng=rig.rng())
    async with rig.running(live) as seen:
        await rig.until(lambda: is_live(live), "a live picture")
        await rig.pass_time(5)
        assert live.snapshot.health.clock_offset == timedelta(hours=1)
        assert abs(live.now() - rig.clock.now()) <= timedelta(seconds=1)
        seen.clear()
        await rig.pass_time(60)
        assert seen == [], "it is no reason to draw the same picture again"


async def test_many_changes_cause_at_most_ten_snapshots_a_second(rig: Rig) -> None:
    cluster = await rig.cluster()
    live = rig.live()
    async with rig.running(live) as seen:
        await rig.until(lambda: is_live(live), "a live picture")
        seen.clear()
        began = rig.clock.monotonic()
        for number in range(200):
            cluster.storage.modify(PODS, "default", "zookeeper-1", partial(label, f"r{number}"))
            await rig.clock.advance(0.005)
        await rig.until(lambda: view(live).ordinals[1].role == "r199", "the last change")
        assert 1 <= len(seen) <= (rig.clock.monotonic() - began) / 0.1 + 1


async def test_selecting_other_namespaces(rig: Rig) -> None:
    await rig.cluster(together("zookeeper", "broken-rollout", "zone-lost"))
    live = rig.live(("default",))
    async with rig.running(live):
        await rig.until(lambda: is_live(live), "a live picture")
        assert {key.namespace for key in live.snapshot.fleet.sets} == {"default"}
        assert "data" in (await live.namespaces()).names
        await live.select_namespaces(("data", "infra"))
        assert live.snapshot.fleet.sets == {}
        assert live.snapshot.changed == {ZOOKEEPER}
        await rig.until(lambda: live.snapshot.health.link is Link.LIVE, "the other picture")
        assert {key.namespace for key in live.snapshot.fleet.sets} == {"data", "infra"}
        await live.select_namespaces(())
        await rig.until(lambda: is_live(live), "everything again")


async def test_known_namespaces_when_namespaces_must_not_be_listed(rig: Rig) -> None:
    cluster = await rig.cluster()
    cluster.server.faults.refusals.append(Refusal(403, plural="namespaces"))
    live = rig.live()
    async with rig.running(live):
        await rig.until(lambda: is_live(live), "a live picture")
        listed = await live.namespaces()
        assert listed.names == ("default",)
        assert "namespaces" in listed.problem


async def test_a_failing_first_connection_ends_with_one_line(rig: Rig) -> None:
    cluster = await rig.cluster()
    await cluster.server.stop_listening()
    live = rig.live()
    with pytest.raises(CannotStart) as refused:
        await live.run()
    assert "refused" in str(refused.value)
    assert "\n" not in str(refused.value)


async def test_rejected_credentials_end_with_one_line(rig: Rig) -> None:
    cluster = await rig.cluster()
    cluster.server.faults.refusals.append(Refusal(401))
    with pytest.raises(CannotStart) as refused:
        await rig.live().run()
    assert "\n" not in str(refused.value)
    assert cluster.token not in str(refused.value)


async def test_switching_to_an_unreachable_cluster_changes_nothing(rig: Rig) -> None:
    await rig.cluster()
    there = (rig.folder / "kubeconfig").read_text()
    (rig.folder / "kubeconfig").write_text(
        there.replace(
            "contexts:\n",
            "contexts:\n- name: nowhere\n  context: {cluster: nowhere, user: stsview-demo}\n",
        ).replace("clusters:\n", "clusters:\n- name: nowhere\n  cluster: {server: 'http://127.0.0.1:1'}\n")
    )
    live = rig.live()
    async with rig.running(live):
        await rig.until(lambda: is_live(live), "a live picture")
        assert set(live.contexts()) == {"nowhere", "stsview-demo"}
        with pytest.raises(CannotStart):
            await live.switch_context("nowhere")
        with pytest.raises(CannotStart, match="no-such-context"):
            await live.switch_context("no-such-context")
        assert is_live(live)
        assert live.snapshot.scope.context == "stsview-demo"


@pytest.mark.parametrize("method", ["apply", "cover"])
async def test_a_bug_in_the_model_ends_the_loop(rig: Rig, monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    def breaks(*_: object) -> None:
        raise ZeroDivisionError("planted")

    await rig.cluster()
    monkeypatch.setattr(Store, method, breaks)
    running = asyncio.create_task(rig.live().run())
    await rig.until(running.done, "the end of the live loop")
    with pytest.raises(ExceptionGroup) as ended:
        await running
    assert ended.group_contains(ZeroDivisionError, match="planted")


async def test_nothing_is_left_behind(rig: Rig) -> None:
    cluster = await rig.cluster()
    before = asyncio.all_tasks()
    live = rig.live()
    async with rig.running(live):
        await rig.until(lambda: is_live(live), "a live picture")
        assert cluster.server.open_watches > 0
    await rig.until(lambda: cluster.server.open_watches == 0, "the watches to be closed")
    leftover = {task for task in asyncio.all_tasks() - before if "stsview/live" in str(task.get_coro())}
    assert not leftover


async def test_cluster_scoped_kinds_are_read_once_whatever_the_namespaces(rig: Rig) -> None:
    await rig.cluster()
    live = rig.live(namespaces=("default", "kube-system"))
    async with rig.running(live):
        await rig.until(lambda: is_live(live), "a live picture")
    seen = view(live).ordinals
    assert {row.node_state.status for row in seen} == {"Ready"}
    assert all(row.node_state.zone for row in seen)
    volumes = [claim.volume_state for row in seen for claim in row.claims]
    assert {(volume.status, volume.attachment) for volume in volumes} == {("Bound", "attached")}
    assert {claim.class_state.status for row in seen for claim in row.claims} == {"known"}


async def test_forbidden_cluster_scoped_kinds_leave_a_set_healthy(rig: Rig) -> None:
    cluster = await rig.cluster()
    for resource in (NODES, VOLUMES, STORAGE_CLASSES, VOLUME_ATTACHMENTS):
        cluster.server.faults.refusals.append(Refusal(403, plural=resource.plural))
    live = rig.live()
    async with rig.running(live):
        await rig.until(lambda: is_live(live), "a live picture")
    seen = view(live)
    assert seen.severity is Severity.HEALTHY
    assert {row.node_state.status for row in seen.ordinals} == {"unknown"}
    assert all("nodes" in row.node_state.detail for row in seen.ordinals)
    held = seen.ordinals[0].claims[0]
    assert (held.class_state.status, held.volume_state.status, held.volume_state.attachment) == ("unknown",) * 3


@pytest.mark.parametrize("code", [500, 429, 403])
async def test_a_server_without_etcd_is_not_called_live(rig: Rig, code: int) -> None:
    """Its watches stay open, and it answers what needs no etcd, such as /version."""
    cluster = await rig.cluster()
    live = rig.live()
    async with rig.running(live):
        await rig.until(lambda: is_live(live), "a live picture")
        cluster.server.faults.refusals.append(Refusal(code, verbs=("get", "list")))
        await rig.pass_time(30)
        health = live.snapshot.health
        # Of the other answers the server is sure to be working.
        assert health.link is (Link.SILENT if code == 500 else Link.LIVE)
        assert bool(health.problem) == (code == 500)
        cluster.server.faults.refusals.clear()
        await rig.until(lambda: is_live(live), "a live picture again")
