"""The last lines of a container run that crashed, over real HTTP."""

from __future__ import annotations

from msgspec.structs import replace

from stsview.live.live import Live
from stsview.live.snapshot import Link
from stsview.objects.log_messages import ContainerRun, LogRequest, LogTail
from stsview.simulator.apiserver.faults.faults import Refusal
from tests.live.conftest import Rig

KAFKA = LogRequest("mq", "kafka-3", "kafka", previous=True)


def tail(live: Live) -> LogTail | None:
    return live.snapshot.log_tail


def is_live(live: Live) -> bool:
    return live.snapshot.health.link is Link.LIVE and bool(live.snapshot.fleet.sets)


async def test_the_wanted_run_is_read_once_and_kept(rig: Rig) -> None:
    cluster = await rig.cluster("crash-loop")
    live = rig.live()
    async with rig.running(live):
        await rig.until(lambda: is_live(live), "a live picture")
        (key,) = [key for key in live.snapshot.fleet.sets if key.name == "kafka"]
        view = live.snapshot.fleet.sets[key]
        row = next(row for row in view.ordinals if row.name == "kafka-3")
        request = replace(KAFKA, namespace=key.namespace)
        run = ContainerRun(request, row.uid or "", row.restarts)
        assert tail(live) is None
        live.quote_log(run)
        await rig.until(lambda: (found := tail(live)) is not None and found.read, "the lines")
        found = tail(live)
        assert found is not None
        assert any("Unknown broker property 'log.dris'" in line for line in found.lines), found
        assert 0 < len(found.lines) <= 20

        # Another run of the same container shows the former lines until its own are read.
        cluster.server.faults.refusals.append(Refusal(403, plural="pods", verbs=("get",)))
        later = replace(run, restarts=run.restarts + 1)
        live.quote_log(later)
        assert live._log_tails.tail == LogTail(later, found.lines)
        await rig.until(lambda: (found := tail(live)) is not None and found.run == later and found.read, "the refusal")
        denied = tail(live)
        assert denied is not None
        assert (denied.lines, denied.problem) == ((), f"you may not get pods/log in {key.namespace}")

        # What was read before is kept.
        live.quote_log(run)
        await rig.until(lambda: tail(live) == found, "the lines that were kept")
        live.quote_log(None)
        await rig.until(lambda: tail(live) is None, "no lines")
