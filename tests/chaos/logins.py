"""Credentials that end, and exec plugins that do not bring new ones."""

from __future__ import annotations

import yaml

from stsview.cluster.http.session import SessionSettings
from tests.chaos.scene import Scene
from tests.support.cluster.plugins import V1, Plugin, credential

REFUSED = r"rejects the credentials of user 'stsview-demo' \(401\); log in again"
HASTY = SessionSettings(plugin_seconds=1.0)
"""In seconds of real time: a plugin that works takes some milliseconds, and nobody likes to wait."""


async def token_that_is_not_renewed(scene: Scene) -> None:
    await scene.is_live()
    former = scene.server.token
    scene.server.users["admin"].token = "another"
    await scene.says(r"◐ no response for \d\d s", REFUSED, "3/3")
    cut(scene)
    await scene.says("○ disconnected", REFUSED)
    await scene.passes(60)
    await scene.says(r"○ disconnected \d+ s, next try", REFUSED, "3/3")
    scene.server.users["admin"].token = former


async def token_that_is_renewed(scene: Scene) -> None:
    file = scene.folder / "token"
    await scene.serves()
    file.write_text(scene.server.token)
    logs_in_by(scene, {"tokenFile": str(file)})
    await scene.opens()
    await scene.says("● live", "^$", "3/3")
    file.write_text("another")
    scene.server.users["admin"].token = "another"
    cut(scene)
    await scene.recovers()
    assert not scene.has_said("", "401"), "it is read again before anybody has to know"


async def plugin_that_fails(scene: Scene, script: str, said: str, settings: SessionSettings | None = None) -> None:
    plugin = await logged_in_by_a_plugin(scene, settings)
    assert plugin.runs == 1
    plugin.does(script)
    scene.server.users["admin"].token = "another"
    await scene.says("◐ no response for", f"the exec plugin get-token of user 'stsview-demo' {said}", "3/3")
    cut(scene)
    await scene.passes(20)
    await scene.says("○ disconnected", said, "3/3")
    assert 2 <= plugin.runs <= 6, "it ran in a loop"
    plugin.says(credential("another"))


async def plugin_that_exits_with_an_error(scene: Scene) -> None:
    await plugin_that_fails(
        scene,
        "echo 'the SSO session has ended' >&2; exit 1",
        r"failed \(exit code 1\): the SSO session has ended",
    )


async def plugin_that_hangs(scene: Scene) -> None:
    await plugin_that_fails(scene, "exec sleep 1000", "did not finish within 1 s; log in with it in a shell", HASTY)
    waiting = "waiting for the exec plugin get-token of user 'stsview-demo'$"
    assert scene.has_said(r"◐ no response for \d\d s", waiting)
    assert not scene.has_said("", "does not respond"), "it has not even been asked"


async def plugin_that_prints_garbage(scene: Scene) -> None:
    await plugin_that_fails(scene, "printf '\\033[31m{\"token\": hunter2'", "printed no ExecCredential")


async def plugin_that_floods_stderr(scene: Scene) -> None:
    flood = "head -c 3000000 /dev/zero | tr '\\0' 'x' >&2; echo >&2"
    await plugin_that_fails(scene, f"{flood}; echo 'no browser' >&2; exit 1", r"failed \(exit code 1\): no browser")


async def logged_in_by_a_plugin(scene: Scene, settings: SessionSettings | None) -> Plugin:
    plugin = Plugin(scene.folder)
    plugin.says(credential(scene.server.token))
    await scene.serves()
    logs_in_by(scene, {"exec": {"apiVersion": V1, "command": "./get-token", "interactiveMode": "Never"}})
    await scene.opens(settings)
    await scene.says("● live", "^$", "3/3")
    return plugin


def logs_in_by(scene: Scene, user: dict[str, object]) -> None:
    content = yaml.safe_load(scene.kubeconfig.read_text())
    content["users"][0]["user"] = user
    # As the simulator writes it, the URL holds the token too.
    content["clusters"][0]["cluster"]["server"] = scene.server.url
    scene.kubeconfig.write_text(yaml.safe_dump(content))


def cut(scene: Scene) -> None:
    """Nothing looks at the credentials of what is open already."""
    scene.server.cut_connections()
    scene.scale(4)
