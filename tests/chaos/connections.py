"""Faults of connections."""

from __future__ import annotations

from stsview.cluster.watch.reflector import ReflectorSettings
from stsview.simulator.apiserver.faults.faults import BrokenWatch
from stsview.simulator.cluster import SimulatedCluster
from stsview.simulator.scenarios import find
from tests.chaos.scene import Scene

REFUSED = "cannot be reached: connection refused: is the API server running at this address?"

SHORT_TIMEOUTS = ReflectorSettings(watch_silence_seconds=1.0, unmarked_silence_seconds=1.0)
"""In seconds of real time."""


async def refused_at_the_start(scene: Scene) -> None:
    """The dashboard says why, keeps trying, and offers another context."""
    await scene.start_cluster()
    await scene.server.stop_listening()
    await scene.start_stsview()
    await scene.expect(r"○ not connected, next try in \d+ s", "^$", REFUSED, "press C to switch context")
    await scene.advance(60)
    assert list(scene.live.contexts()) == ["stsview-demo"]
    await scene.server.listen_again()
    back = scene.clock.monotonic()
    await scene.expect("● live", "^$", "zookeeper", "3/3")
    assert scene.clock.monotonic() - back <= 5


async def refused_before_the_first_list(scene: Scene) -> None:
    await scene.start_cluster()
    await scene.start_stsview()
    stop = scene.live.subscribe(lambda _: scene.faults.stall())
    await scene.until(lambda: scene.faults.stalled, "the first answer")
    stop()
    await scene.server.stop_listening()
    scene.faults.resume()
    await scene.expect("○ not connected, next try in", "", REFUSED, "not connected to stsview-demo")
    assert "no StatefulSets" not in scene.screen.text
    await scene.server.listen_again()


async def refused_later(scene: Scene) -> None:
    """Some streams were idle for long: that is the age of the data, not of the connection."""
    await scene.start_live()
    await scene.advance(50)
    await scene.server.stop_listening()
    scene.scale(4)
    await scene.expect("○ disconnected [0-5] s", f"Data is up to [3-7]\\d s old · .* {REFUSED}")
    await scene.advance(60)
    await scene.expect(r"○ disconnected \d+ s, next try in \d+ s", r"Data is (up to )?\d+ s old", "zookeeper .* 3/3")
    await scene.server.listen_again()


async def cut_within_an_event(scene: Scene) -> None:
    await scene.start_live()
    scene.faults.broken_watches.append(BrokenWatch("statefulsets"))
    scene.scale(4)
    await scene.expect("○ disconnected", "the connection to .* was lost")


async def half_open(scene: Scene) -> None:
    """A firewall that drops its state: neither end notices until something is sent."""
    await scene.start_live()
    scene.server.strand_connections()
    scene.scale(4, within=75 + 3)
    await scene.expect(
        r"◐ no response for \d\d s", r"Data is (up to )?\d\d s old · stsview-demo does not respond", "3/3"
    )
    scene.server.cut_connections()


async def half_open_watches(scene: Scene) -> None:
    """The heartbeat uses a new connection, so the watches themselves must detect it."""
    await scene.start_live(reflector_settings=SHORT_TIMEOUTS)
    scene.server.strand_connections()
    scene.scale(4, within=75 + 3)
    await scene.advance(1)
    await scene.expect_without_time("○ disconnected", r"Data is (up to )?\d+ s old · .* stopped answering")


async def cut_within_a_line(scene: Scene) -> None:
    await scene.start_live()
    scene.faults.broken_watches.append(BrokenWatch("statefulsets", clean=True))
    scene.scale(4)
    await scene.expect("○ disconnected", "cut off the watch of statefulsets within an event")


async def older_resource_version(scene: Scene) -> None:
    """A restore from a backup: resource versions seen before are in the future of the restored cluster."""
    backup = SimulatedCluster(find("zookeeper"), clock=scene.clock, token=scene.server.token)
    await scene.start_live()
    scene.scale(5)
    await scene.expect("● live", "", "5/5")
    await scene.replace_cluster(backup)
    await scene.expect("○ disconnected", REFUSED)
