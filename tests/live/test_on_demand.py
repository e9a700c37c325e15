"""Objects and logs on demand, over a simulated cluster."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from stsview.live.errors import CannotRead
from stsview.live.snapshot import Link
from stsview.objects.kinds import CLAIMS, EVENTS, NODES, PODS, SERVICES, STATEFULSETS, VOLUMES, Kind
from stsview.objects.log_messages import LogPhase, LogRequest
from stsview.objects.meta import Key
from stsview.objects.pod import Pod
from stsview.simulator.apiserver import resources
from stsview.simulator.apiserver.faults.faults import Refusal
from tests.live.conftest import Rig

ZOOKEEPER = Key("default", "zookeeper")
FIRST = Key("default", "zookeeper-0")


async def test_objects_are_described_with_related_objects(rig: Rig) -> None:
    cluster = await rig.cluster()
    live = rig.live()
    with pytest.raises(CannotRead, match="not connected yet"):
        await live.get_object(PODS, FIRST)
    async with rig.running(live):
        # The server has already deleted the events of old pods.
        cluster.storage.remove_now(resources.PODS, *FIRST)
        await rig.pass_time(30)
        await rig.until(lambda: live.snapshot.health.link is Link.LIVE, "a live picture")
        pod = await live.get_object(PODS, FIRST)
        assert (pod["kind"], pod["metadata"]["name"]) == ("Pod", "zookeeper-0")
        assert "managedFields" in pod["metadata"]

        described = await live.describe(PODS, FIRST)
        assert described.object == pod
        assert {event.involved_object.uid for event in described.events} == {pod["metadata"]["uid"]}
        seen = [event.last_seen for event in described.events if event.last_seen is not None]
        assert seen == sorted(seen)
        assert "Scheduled" in {event.reason for event in described.events}
        assert (described.unknown, described.events_problem) == ((), "")

        claim = await live.describe(CLAIMS, Key("default", "data-zookeeper-0"))
        volume = await live.describe(VOLUMES, Key("", claim.object["spec"]["volumeName"]))
        assert volume.object["spec"]["claimRef"]["name"] == "data-zookeeper-0"
        service = await live.describe(SERVICES, Key("default", "zk-hs"))
        assert sum(len(one["endpoints"]) for one in service.slices) == 3
        node = await live.describe(NODES, Key("", pod["spec"]["nodeName"]))
        assert node.lease is not None
        assert "renewTime" in node.lease["spec"]
        whole = await live.describe(STATEFULSETS, ZOOKEEPER)
        assert "SuccessfulCreate" in {event.reason for event in whole.events}

        with pytest.raises(CannotRead, match="no Pod default/zookeeper-9") as caught:
            await live.get_object(PODS, Key("default", "zookeeper-9"))
        assert caught.value.absent
        cluster.server.faults.refusals.append(Refusal(500, plural="pods"))
        with pytest.raises(CannotRead, match="failed \\(500\\)"):
            await live.get_object(PODS, FIRST)


async def test_no_other_kind_is_ever_read(rig: Rig) -> None:
    secrets = Kind("Secret", "secrets", "", Pod)
    await rig.cluster()
    live = rig.live()
    async with rig.running(live):
        await rig.until(lambda: live.snapshot.health.link is Link.LIVE, "a live picture")
        for kind in (secrets, EVENTS):
            with pytest.raises(ValueError, match="must not be read"):
                await live.get_object(kind, FIRST)
            with pytest.raises(ValueError, match="must not be read"):
                await live.describe(kind, FIRST)


async def test_forbidden_parts_are_listed_and_the_rest_is_read(rig: Rig) -> None:
    cluster = await rig.cluster()
    live = rig.live()
    async with rig.running(live):
        await rig.until(lambda: live.snapshot.health.link is Link.LIVE, "a live picture")
        for plural in ("events", "endpointslices", "leases"):
            cluster.server.faults.refusals.append(Refusal(403, plural=plural))
        service = await live.describe(SERVICES, Key("default", "zk-hs"))
        assert service.object["spec"]["clusterIP"] == "None"
        assert service.events_problem == "you may not read events in default"
        assert service.unknown == ("you may not read endpointslices in default",)
        node = await live.describe(NODES, Key("", (await live.get_object(PODS, FIRST))["spec"]["nodeName"]))
        assert node.events_problem == "you may not read events in all namespaces"
        assert node.unknown == ("you may not read leases in kube-node-lease",)
        cluster.server.faults.refusals.append(Refusal(403, plural="pods"))
        with pytest.raises(CannotRead, match="you may not read pods in default"):
            await live.get_object(PODS, FIRST)


async def test_logs(rig: Rig) -> None:
    await rig.cluster()
    live = rig.live()
    async with rig.running(live):
        await rig.until(lambda: live.snapshot.health.link is Link.LIVE, "a live picture")
        lines: list[str] = []
        phases: list[LogPhase] = []

        async def read() -> None:
            async with contextlib.aclosing(live.logs(LogRequest("default", "zookeeper-0", "zk"))) as batches:
                async for batch in batches:
                    lines.extend(line.text for line in batch.lines)
                    phases.append(batch.health.phase)

        task = asyncio.create_task(read())
        try:
            await rig.until(lambda: len(lines) > 3, "lines of a log")
            assert phases[-1] is LogPhase.FOLLOWING
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
