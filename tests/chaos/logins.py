"""Expired credentials, and exec plugins that return no new ones."""

from __future__ import annotations

import yaml

from stsview.cluster.http.session import SessionSettings
from tests.chaos.scene import Scene
from tests.support.cluster.plugins import V1, Plugin, credential

REFUSED = r"rejects the credentials of user 'stsview-demo' \(401\); log in again"
SHORT_TIMEOUTS = SessionSettings(plugin_seconds=1.0)
"""In seconds of real time: a working plugin takes some milliseconds."""


async def token_that_is_not_renewed(scene: Scene) -> None:
    await scene.start_live()
    former = scene.server.token
    scene.server.users["admin"].token = "another"
    await scene.expect(r"◐ no response for \d\d s", REFUSED, "3/3")
    cut_connections(scene)
    await scene.expect("○ disconnected", REFUSED)
    await scene.advance(60)
    await scene.expect(r"○ disconnected \d+ s, next try", REFUSED, "3/3")
    scene.server.users["admin"].token = former


async def token_that_is_renewed(scene: Scene) -> None:
    file = scene.folder / "token"
    await scene.start_cluster()
    file.write_text(scene.server.token)
    set_credentials(scene, {"tokenFile": str(file)})
    await scene.start_stsview()
    await scene.expect("● live", "^$", "3/3")
    file.write_text("another")
    scene.server.users["admin"].token = "another"
    cut_connections(scene)
    await scene.expect_recovery()
    assert not scene.has_shown("", "401"), "the file is read again before the 401 shows"


async def plugin_that_fails(scene: Scene, script: str, problem: str, settings: SessionSettings | None = None) -> None:
    plugin = await start_with_plugin(scene, settings)
    assert plugin.runs == 1
    plugin.does(script)
    scene.server.users["admin"].token = "another"
    await scene.expect("◐ no response for", f"the exec plugin get-token of user 'stsview-demo' {problem}", "3/3")
    cut_connections(scene)
    await scene.advance(20)
    await scene.expect("○ disconnected", problem, "3/3")
    assert 2 <= plugin.runs <= 6, "it ran in a loop"
    plugin.says(credential("another"))


async def plugin_that_fails_at_the_start(scene: Scene) -> None:
    """The dashboard says why, and logs in as soon as the plugin can."""
    plugin = Plugin(scene.folder)
    plugin.does("echo 'the SSO session has ended' >&2; exit 1")
    await scene.start_cluster()
    set_credentials(scene, {"exec": {"apiVersion": V1, "command": "./get-token", "interactiveMode": "Never"}})
    await scene.start_stsview()
    await scene.expect(
        r"○ not connected, next try in \d+ s", "^$", r"failed \(exit code 1\): the SSO session has ended"
    )
    await scene.advance(60)
    assert 2 <= plugin.runs <= 6, "it ran in a loop"
    plugin.says(credential(scene.server.token))


async def plugin_that_exits_with_an_error(scene: Scene) -> None:
    await plugin_that_fails(
        scene,
        "echo 'the SSO session has ended' >&2; exit 1",
        r"failed \(exit code 1\): the SSO session has ended",
    )


async def plugin_that_hangs(scene: Scene) -> None:
    await plugin_that_fails(
        scene, "exec sleep 1000", "did not finish within 1 s; log in with it in a shell", SHORT_TIMEOUTS
    )
    waiting = "waiting for the exec plugin get-token of user 'stsview-demo'$"
    assert scene.has_shown(r"◐ no response for \d\d s", waiting)
    assert not scene.has_shown("", "does not respond"), "no request was sent"


async def plugin_that_prints_garbage(scene: Scene) -> None:
    await plugin_that_fails(scene, "printf '\\033[31m{\"token\": hunter2'", "printed no ExecCredential")


async def plugin_that_floods_stderr(scene: Scene) -> None:
    flood = "head -c 3000000 /dev/zero | tr '\\0' 'x' >&2; echo >&2"
    await plugin_that_fails(scene, f"{flood}; echo 'no browser' >&2; exit 1", r"failed \(exit code 1\): no browser")


async def start_with_plugin(scene: Scene, settings: SessionSettings | None) -> Plugin:
    plugin = Plugin(scene.folder)
    plugin.says(credential(scene.server.token))
    await scene.start_cluster()
    set_credentials(scene, {"exec": {"apiVersion": V1, "command": "./get-token", "interactiveMode": "Never"}})
    await scene.start_stsview(settings)
    await scene.expect("● live", "^$", "3/3")
    return plugin


def set_credentials(scene: Scene, user: dict[str, object]) -> None:
    content = yaml.safe_load(scene.kubeconfig.read_text())
    content["users"][0]["user"] = user
    # As the simulator writes it, the URL holds the token too.
    content["clusters"][0]["cluster"]["server"] = scene.server.url
    scene.kubeconfig.write_text(yaml.safe_dump(content))


def cut_connections(scene: Scene) -> None:
    """Force new requests: the server does not check the credentials of open connections."""
    scene.server.cut_connections()
    scene.scale(4)
