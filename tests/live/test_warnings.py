"""Warning events of the whole scope, over real HTTP."""

from __future__ import annotations

from typing import Any

from stsview.live.live import Live
from stsview.live.snapshot import Link
from stsview.objects.meta import Key
from stsview.simulator.apiserver.faults.faults import Refusal
from stsview.simulator.apiserver.resources import EVENTS
from tests.live.conftest import Rig

OPENLDAP = Key("auth", "openldap")


def is_live(live: Live) -> bool:
    return live.snapshot.health.link is Link.LIVE and OPENLDAP in live.snapshot.fleet.sets


def why(live: Live) -> str:
    return live.snapshot.fleet.sets[OPENLDAP].wait.detail


async def test_a_rejection_of_the_controller_is_quoted(rig: Rig) -> None:
    await rig.cluster("quota")
    live = rig.live()
    async with rig.running(live):
        await rig.until(lambda: is_live(live) and "exceeded quota" in why(live), "the reason")


async def test_warnings_about_other_objects_change_no_set(rig: Rig) -> None:
    cluster = await rig.cluster("quota")
    live = rig.live()

    def warn(name: str, number: int) -> dict[str, Any]:
        stamp = cluster.now().isoformat()
        return {
            "metadata": {"name": f"{name}.{number}", "namespace": "auth"},
            "involvedObject": {"kind": "Pod", "namespace": "auth", "name": name, "uid": "1"},
            "type": "Warning",
            "reason": "BackOff",
            "message": f"Back-off {number}",
            "firstTimestamp": stamp,
            "lastTimestamp": stamp,
        }

    async with rig.running(live) as seen:
        await rig.until(lambda: is_live(live) and "exceeded quota" in why(live), "the reason")
        await rig.pass_time(2)
        seen.clear()
        began = rig.clock.monotonic()
        for number in range(200):
            cluster.storage.create(EVENTS, warn("other-7d4b9c-x2x4z", number))
            cluster.storage.create(EVENTS, warn("openldap-9", number))
            await rig.clock.advance(0.005)
        changed = {key for snapshot in seen for key in snapshot.changed}
        assert changed <= {OPENLDAP}
        assert len(seen) <= (rig.clock.monotonic() - began) / 0.1 + 1


async def test_a_picture_without_events_has_a_gap_and_is_live(rig: Rig) -> None:
    cluster = await rig.cluster("quota")
    cluster.server.faults.refusals.append(Refusal(403, plural="events"))
    live = rig.live()
    async with rig.running(live):
        await rig.until(lambda: is_live(live) and bool(live.snapshot.health.degraded), "word of the gap", step=1)
        (gap,) = live.snapshot.health.degraded
        assert gap.startswith("you may not list and watch events in ")
        assert "exceeded quota" not in why(live)
        cluster.server.faults.clear()
        await rig.until(lambda: "exceeded quota" in why(live), "the right to be noticed", step=1)
        await rig.until(lambda: not live.snapshot.health.degraded, "the gap to be closed")
