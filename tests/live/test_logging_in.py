"""Credentials that end while the dashboard is open: the last picture stays, and the screen says why."""

from __future__ import annotations

import yaml

from stsview.live.snapshot import Link
from tests.cluster.plugins import V1, Plugin, credential
from tests.live.conftest import Rig


async def test_a_login_that_ends_and_is_renewed(rig: Rig) -> None:
    cluster = await rig.cluster()
    plugin = Plugin(rig.folder)
    plugin.says(credential(cluster.server.token))
    file = rig.folder / "kubeconfig"
    content = yaml.safe_load(file.read_text())
    entry = {"apiVersion": V1, "command": "./get-token", "interactiveMode": "Never"}
    content["users"][0]["user"] = {"exec": entry}
    # As the simulator writes it, the URL holds the token too.
    content["clusters"][0]["cluster"]["server"] = cluster.server.url
    file.write_text(yaml.safe_dump(content))
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
