"""A machine whose clock is wrong, and one that sleeps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.chaos.scene import Scene

HOUR = 3600.0


async def clock_wrong_by_an_hour(scene: Scene) -> None:
    scene.machine.set_forward(HOUR)
    scene.lasting = "^ ?▲ local clock is (1h 0m|59m 59s) ahead of the server's$"
    await scene.serves()
    await scene.opens()
    await scene.says("● live", scene.lasting, "zookeeper .* 3/3", "created 12d ago")
    shown = datetime.strptime(scene.screen.said.head[-8:], "%H:%M:%S").replace(tzinfo=UTC).time()
    now = scene.world.now()
    assert shown in {(now + timedelta(seconds=one)).time().replace(microsecond=0) for one in (-1, 0, 1)}
    scene.scale(4)


async def sleep_of_an_hour(scene: Scene) -> None:
    await scene.is_live()
    scene.server.strand_connections()
    scene.scale(4, within=HOUR + 2)
    await scene.machine.sleep_through(HOUR)
    await scene.says("◐ no response for|○ disconnected", r"Data is (1h|60m|\d\d\d+ s)")
