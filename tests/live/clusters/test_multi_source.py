"""Several clusters as one fleet, over real HTTP: none of them waits for another, and none is taken for another."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import yaml

from stsview.live.clusters.multi_source import MultiSource
from stsview.live.live import Live
from stsview.live.snapshot import Link
from stsview.model.views import Severity
from stsview.objects.kinds import STATEFULSETS
from stsview.objects.meta import ClusterKey, Key
from stsview.simulator.apiserver.resources import STATEFUL_SETS
from stsview.simulator.cluster import SimulatedCluster
from tests.live.conftest import Rig
from tests.support.cluster.plugins import V1, Plugin

HERE, THERE = ClusterKey("here", "default", "zookeeper"), ClusterKey("there", "default", "zookeeper")


def scale(cluster: SimulatedCluster, replicas: int) -> None:
    def change(obj: dict[str, dict[str, int]]) -> None:
        obj["spec"]["replicas"] = replicas

    cluster.storage.modify(STATEFUL_SETS, "default", "zookeeper", change, manager="kubectl")


def several(rig: Rig, *names: str) -> MultiSource:
    lives = {
        name: Live(rig.live(name=name)._target, clock=rig.clock, rng=rig.rng(), keep_trying=True) for name in names
    }
    return MultiSource(lives, rig.clock)


def link(source: MultiSource, cluster: str) -> Link:
    return next(state.health.link for state in source.snapshot.clusters if state.cluster == cluster)


def log_in_by(kubeconfig: Path, plugin: Plugin) -> None:
    config = yaml.safe_load(kubeconfig.read_text())
    config["users"][0]["user"] = {"exec": {"apiVersion": V1, "command": str(plugin.path), "interactiveMode": "Never"}}
    # The token is in the address too.
    cluster = config["clusters"][0]["cluster"]
    cluster["server"] = "http://" + cluster["server"].rpartition("@")[2]
    kubeconfig.write_text(yaml.safe_dump(config))


async def test_two_sets_of_one_name_are_two(rig: Rig) -> None:
    here, _ = await rig.cluster(name="here"), await rig.cluster(name="there")
    source = several(rig, "here", "there")
    async with rig.running(source) as seen:
        await rig.until(lambda: {HERE, THERE} <= source.snapshot.fleet.sets.keys(), "both sets")
        await rig.until(lambda: link(source, "here") is link(source, "there") is Link.LIVE, "both live")
        seen.clear()
        scale(here, 4)
        await rig.until(lambda: source.snapshot.fleet.sets[HERE].replicas == 4, "the change")
        assert source.snapshot.fleet.sets[THERE].replicas == 3
        assert {key for snapshot in seen for key in snapshot.changed} == {HERE}
        assert sum(source.snapshot.fleet.counts.values()) == 2 == len(source.snapshot.fleet.sets)
        assert source.part(HERE).snapshot.fleet.sets.keys() == {HERE}
        assert source.part(HERE).snapshot.cluster == "here"
        document = await source.part(HERE).get_object(STATEFULSETS, HERE)
        other = await source.part(THERE).get_object(STATEFULSETS, THERE)
        assert (document["spec"]["replicas"], other["spec"]["replicas"]) == (4, 3)


async def test_a_key_of_another_cluster_is_never_taken_for_the_own(rig: Rig) -> None:
    await rig.cluster(name="here")
    await rig.cluster(name="there")
    source = several(rig, "here", "there")
    part = source.part(HERE)
    with pytest.raises(LookupError, match="there/default/zookeeper is not in here"):
        part.open(THERE)
    with pytest.raises(LookupError):
        await part.get_object(STATEFULSETS, THERE)
    with pytest.raises(LookupError):
        source.part(Key("default", "zookeeper"))


async def test_only_the_cluster_of_the_open_set_reads_its_details(rig: Rig) -> None:
    await rig.cluster(name="here")
    await rig.cluster(name="there")
    source = several(rig, "here", "there")
    async with rig.running(source):
        await rig.until(lambda: {HERE, THERE} <= source.snapshot.fleet.sets.keys(), "both sets")
        source.open(THERE)
        source.watch_usage(THERE)
        await rig.until(lambda: bool(source.snapshot.detail and source.snapshot.detail.revisions), "its revisions")
        detail, usage = source.snapshot.detail, source.snapshot.usage
        assert detail is not None
        assert usage is not None
        assert (detail.key, usage.key) == (THERE, THERE)
        other = source.part(HERE).snapshot
        assert (other.detail, other.usage) == (None, None)
        source.open(HERE)
        await rig.until(lambda: (now := source.snapshot.detail) is not None and now.key == HERE, "the other's")


async def test_a_cluster_that_hangs_at_login_or_in_a_list_delays_no_other(rig: Rig) -> None:
    """And one that dies later is shown with its own age until it returns."""
    await rig.cluster(name="here")
    await rig.cluster(name="login")
    stalled = await rig.cluster(name="stalled")
    plugin = Plugin(rig.folder)
    plugin.does("sleep 600")
    log_in_by(rig.folder / "login", plugin)
    source = several(rig, "login", "stalled", "here")
    stop = source.parts["stalled"].live.subscribe(lambda _: stalled.server.faults.stall())
    async with rig.running(source):
        began = rig.clock.monotonic()
        await rig.until(lambda: link(source, "here") is Link.LIVE, "the one that answers")
        assert rig.clock.monotonic() - began < 5
        stop()
        await rig.until(lambda: bool(plugin.runs), "the plugin to be run")
        await rig.pass_time(3)
        assert source.snapshot.health.link is Link.LIVE
        assert source.snapshot.fleet.sets.keys() == {HERE}
        assert source.snapshot.fleet.sets[HERE].severity is Severity.HEALTHY
        assert link(source, "login") is Link.CONNECTING
        assert link(source, "stalled") in (Link.CONNECTING, Link.LOADING)
        listed = await source.namespaces()
        assert "default" in listed.names
        assert listed.problem == "login: not connected; stalled: not connected"

        stalled.server.faults.resume()
        await rig.until(lambda: link(source, "stalled") is Link.LIVE, "the stalled one", step=1)
        await stalled.server.stop_listening()
        scale(stalled, 4)
        await rig.until(lambda: link(source, "stalled") is Link.DISCONNECTED, "the loss to be seen", step=0.5)
        assert link(source, "here") is source.snapshot.health.link is Link.LIVE
        assert source.snapshot.fleet.sets[ClusterKey("stalled", "default", "zookeeper")].name == "zookeeper"
        await stalled.server.listen_again()
        await rig.until(lambda: link(source, "stalled") is Link.LIVE, "its return", step=0.5)


async def test_a_bug_in_one_cluster_is_the_state_of_that_one(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    await rig.cluster(name="here")
    await rig.cluster(name="there")
    source = several(rig, "here", "there")
    async with rig.running(source):
        await rig.until(lambda: {HERE, THERE} <= source.snapshot.fleet.sets.keys(), "both sets")
        source.parts["there"].live._fail(ZeroDivisionError("x"))
        await rig.until(lambda: link(source, "there") is Link.DISCONNECTED, "the end of it")
        problem = source.part(THERE).snapshot.health.problem
        assert problem == "internal error, stsview stopped reading there: ZeroDivisionError: x"
        await rig.pass_time(2)
        assert link(source, "here") is Link.LIVE
        assert THERE in source.snapshot.fleet.sets


async def test_namespaces_are_chosen_in_all_clusters(rig: Rig) -> None:
    await rig.cluster(name="here")
    await rig.cluster(name="there")
    source = several(rig, "here", "there")
    async with rig.running(source):
        await rig.until(lambda: {HERE, THERE} <= source.snapshot.fleet.sets.keys(), "both sets")
        await asyncio.wait_for(source.select_namespaces(("other",)), 10)
        await rig.until(lambda: not source.snapshot.fleet.sets, "the empty fleet")
        assert source.snapshot.scope.namespaces == ("other",)
        assert source.snapshot.scope.context == "2 clusters"
