"""What becomes of connections."""

from __future__ import annotations

from stsview.cluster.watch.reflector import ReflectorSettings
from stsview.simulator.apiserver.faults.faults import BrokenWatch
from stsview.simulator.cluster import SimulatedCluster
from stsview.simulator.scenarios import find
from stsview.ui.app import StsviewApp
from tests.chaos.scene import Scene
from tests.support.ui.stage import wait_for

REFUSED = "cannot be reached: connection refused: is the API server running at this address?"

HASTY = ReflectorSettings(watch_silence_seconds=1.0, unmarked_silence_seconds=1.0)
"""In seconds of real time."""


async def refused_at_the_start(scene: Scene) -> None:
    await scene.serves()
    await scene.server.stop_listening()
    app = StsviewApp(scene.connection())
    async with app.run_test() as pilot:
        await wait_for(pilot, lambda: app.failure, "the end of the app")
    assert (app.return_code, app.failure) == (2, f"{scene.server.url} {REFUSED}")
    await scene.server.listen_again()
    await scene.opens()


async def refused_before_the_first_list(scene: Scene) -> None:
    await scene.serves()
    await scene.opens()
    stop = scene.live.subscribe(lambda _: scene.faults.stall())
    await scene.until(lambda: scene.faults.stalled, "the first answer")
    stop()
    await scene.server.stop_listening()
    scene.faults.resume()
    await scene.says("◌ connecting, next try in", REFUSED, "connecting to stsview-demo")
    assert "no StatefulSets" not in scene.screen.text
    await scene.server.listen_again()


async def refused_later(scene: Scene) -> None:
    await scene.is_live()
    await scene.server.stop_listening()
    scene.scale(4)
    await scene.says("○ disconnected", REFUSED)
    await scene.passes(60)
    await scene.says(r"○ disconnected \d+ s, next try in \d+ s", r"Data is \d+ s old", "zookeeper .* 3/3")
    await scene.server.listen_again()


async def cut_in_a_frame(scene: Scene) -> None:
    await scene.is_live()
    scene.faults.broken_watches.append(BrokenWatch("statefulsets"))
    scene.scale(4)
    await scene.says("○ disconnected", "the connection to .* was lost")


async def half_open(scene: Scene) -> None:
    """What a firewall does that forgets connections: neither end hears of it, until something is sent."""
    await scene.is_live()
    scene.server.strand_connections()
    scene.scale(4, within=75 + 3)
    await scene.says(r"◐ no response for \d\d s", r"Data is \d\d s old · stsview-demo does not respond", "3/3")
    scene.server.cut_connections()


async def half_open_watches(scene: Scene) -> None:
    """The heartbeat takes a new connection; it is for the watches themselves to notice."""
    await scene.is_live(reflector_settings=HASTY)
    scene.server.strand_connections()
    scene.scale(4, within=75 + 3)
    await scene.passes(1)
    await scene.says_unasked("○ disconnected", r"Data is \d+ s old · .* stopped answering")


async def half_a_line(scene: Scene) -> None:
    await scene.is_live()
    scene.faults.broken_watches.append(BrokenWatch("statefulsets", clean=True))
    scene.scale(4)
    await scene.says("○ disconnected", "ended the watch of statefulsets within an event")


async def older_resource_version(scene: Scene) -> None:
    """As after a restore from a backup: what was seen lies in the future of the cluster that answers now."""
    backup = SimulatedCluster(find("zookeeper"), clock=scene.world, token=scene.server.token)
    await scene.is_live()
    scene.scale(5)
    await scene.says("● live", "", "5/5")
    await scene.becomes(backup)
    await scene.says("○ disconnected", REFUSED)
