"""Credentials that end while the dashboard is open: the last picture stays, and the screen says why."""

from __future__ import annotations

import yaml

from stsview.live.snapshot import Link
from stsview.simulator.cluster import SimulatedCluster
from tests.cluster.plugins import V1, Plugin, credential
from tests.live.conftest import Rig


def with_plugin(rig: Rig, cluster: SimulatedCluster) -> Plugin:
    plugin = Plugin(rig.folder)
    plugin.says(credential(cluster.server.token))
    file = rig.folder / "kubeconfig"
    content = yaml.safe_load(file.read_text())
    entry = {"apiVersion": V1, "command": "./get-token", "interactiveMode": "Never"}
    content["users"][0]["user"] = {"exec": entry}
    # As the simulator writes it, the URL holds the token too.
    content["clusters"][0]["cluster"]["server"] = cluster.server.url
    file.write_text(yaml.safe_dump(content))
    return plugin


async def test_a_login_that_ends_and_is_renewed(rig: Rig) -> None:
    cluster = await rig.cluster()
    plugin = with_plugin(rig, cluster)
    live = rig.live()
    async with rig.running(live):
        await rig.until(lambda: live.snapshot.health.link is Link.LIVE, "a live picture")
        shown = live.snapshot.fleet.sets
        assert plugin.runs == 1

        plugin.does("echo 'the SSO session has ended' >&2; exit 1")
        cluster.server.users["admin"].token = "another"
        await rig.until(lambda: live.snapshot.health.link is Link.SILENT, "the silence")
        assert "failed (exit code 1): the SSO session has ended" in live.snapshot.health.problem
        assert live.snapshot.fleet.sets.keys() == shown.keys()
        await rig.pass_time(30)
        assert 2 <= plugin.runs <= 6, "it ran in a loop"

        plugin.says(credential("another"))
        await rig.until(lambda: live.snapshot.health.link is Link.LIVE, "a live picture again")
        assert live.snapshot.health.problem == ""


async def test_whoever_has_logged_in_again_need_not_wait(rig: Rig) -> None:
    cluster = await rig.cluster()
    plugin = with_plugin(rig, cluster)
    live = rig.live()
    async with rig.running(live):
        await rig.until(lambda: live.snapshot.health.link is Link.LIVE, "a live picture")
        plugin.does("exit 1")
        cluster.server.users["admin"].token = "another"
        cluster.server.cut_connections()
        await rig.until(lambda: live.snapshot.health.link is Link.DISCONNECTED, "the loss")
        await rig.pass_time(400)
        runs = plugin.runs
        plugin.says(credential("another"))
        await rig.pass_time(20)
        assert plugin.runs == runs, "a plugin that failed so often is left alone for minutes"
        live.retry()
        await rig.until(lambda: live.snapshot.health.link is Link.LIVE, "a live picture at once", step=0.01)
        assert plugin.runs == runs + 1
