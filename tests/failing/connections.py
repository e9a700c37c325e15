"""What becomes of connections."""

from __future__ import annotations

from tests.failing.scene import Scene


async def refused_later(scene: Scene) -> None:
    await scene.is_live()
    await scene.server.go_down()
    scene.scale(4)
    await scene.says("○ disconnected", "connection refused; does the API server run")
    await scene.passes(60)
    await scene.says(r"○ disconnected \d+ s, next try in \d+ s", r"This is how it was \d+ s ago", "3/3")
    await scene.server.come_back()
