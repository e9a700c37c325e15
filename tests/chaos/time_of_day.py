"""A wrong local clock, and a suspended machine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.chaos.scene import Scene

HOUR = 3600.0


async def clock_wrong_by_an_hour(scene: Scene) -> None:
    scene.machine.set_wall_clock_forward(HOUR)
    scene.expected_notice = "^ ?▲ local clock is (1h 0m|59m 59s) ahead of the server's$"
    await scene.start_cluster()
    await scene.start_stsview()
    await scene.expect("● live", scene.expected_notice, "zookeeper .* 3/3", "created 12d ago")
    shown = datetime.strptime(scene.screen.top_lines.head[-12:], "%H:%M:%S UTC").replace(tzinfo=UTC).time()
    now = scene.clock.now()
    assert shown in {(now + timedelta(seconds=one)).time().replace(microsecond=0) for one in (-1, 0, 1)}
    scene.scale(4)


async def suspended_for_an_hour(scene: Scene) -> None:
    await scene.start_live()
    scene.server.strand_connections()
    scene.scale(4, within=HOUR + 2)
    await scene.machine.suspend(HOUR)
    await scene.expect("◐ no response for|○ disconnected", r"Data is (up to )?(1h|60m|\d\d\d+ s)")
