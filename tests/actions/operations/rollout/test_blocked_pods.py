"""Pods that block their own update, judged on a fresh list."""

from __future__ import annotations

from pathlib import Path

from stsview.actions.operations.rollout.blocked_pods import blocking_pod, self_blocking_pods
from stsview.actions.preflight.fresh_state import FreshState, read_fresh_state
from stsview.model.rollout.blocked import first_unavailable, seems_blocked
from stsview.simulator.apiserver.resources import PODS
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.cluster import ago
from stsview.simulator.nodes.node_specs import NodeFault
from tests.actions.conftest import Doorway
from tests.support.actions.unblocking import GOOD, ZOOKEEPER, deadlock, doorway_to, image, recreate_pod, set_fault

STUCK = (ago(lambda cluster: recreate_pod(cluster, 1), minutes=15), ago(image(GOOD), minutes=10))
"""After a rollback with kubectl zookeeper-1 and zookeeper-2 are failing."""


async def read(doorway: Doorway) -> FreshState:
    session = doorway.live.session
    assert session is not None
    return await doorway.through(read_fresh_state(session, ZOOKEEPER, doorway.settings))


def names(found: FreshState) -> tuple[str, list[str]]:
    first = blocking_pod(found)
    return first.name if first is not None else "", [row.name for row in self_blocking_pods(found)]


async def test_the_lowest_blocks_unless_a_lower_pod_is_down(tmp_path: Path) -> None:
    async with doorway_to(tmp_path, deadlock(*STUCK)) as doorway:
        assert names(await read(doorway)) == ("zookeeper-1", ["zookeeper-1", "zookeeper-2"])
        assert seems_blocked(doorway.view())
        set_fault(doorway.cluster, 0, "unready", "true")
        await doorway.rig.until(lambda: not doorway.view().ordinals[0].ready, "it is not ready", 0.5)
        found = await read(doorway)
        assert names(found) == ("", ["zookeeper-1", "zookeeper-2"])
        lowest = first_unavailable(found.view)
        assert lowest is not None
        assert lowest.name == "zookeeper-0"
        assert not seems_blocked(doorway.view())


async def test_terminating_and_failed_pods_do_not_block(tmp_path: Path) -> None:
    async with doorway_to(tmp_path, deadlock(*STUCK)) as doorway:
        set_fault(doorway.cluster, 1, "stuck", "true")
        doorway.cluster.storage.delete(PODS, "default", "zookeeper-1")
        assert names(await read(doorway)) == ("", ["zookeeper-2"])

        def failed(one: Object) -> None:
            one["metadata"]["finalizers"] = ["example.com/kept"]
            one["status"]["phase"] = "Failed"

        doorway.cluster.storage.modify(PODS, "default", "zookeeper-2", failed, subresource="status", manager="test")
        assert names(await read(doorway)) == ("", [])


async def test_a_pod_on_a_lost_node_does_not_block(tmp_path: Path) -> None:
    async with doorway_to(tmp_path, deadlock(*STUCK)) as doorway:
        node = doorway.cluster.storage.get(PODS, "default", "zookeeper-1")["spec"]["nodeName"]
        doorway.cluster.fail_node(node, NodeFault.POWERED_OFF)
        await doorway.rig.until(lambda: doorway.view().ordinals[1].node_state.status == "silent", "it is silent", 1.0)
        found = await read(doorway)
        assert "zookeeper-1" not in names(found)[1]
        assert names(found)[0] == ""


async def test_ready_pods_do_not_block_before_they_are_available(tmp_path: Path) -> None:
    async with doorway_to(tmp_path, deadlock(minReadySeconds=10**7)) as doorway:
        assert not doorway.view().ordinals[0].available
        image("zookeeper:5")(doorway.cluster)
        await doorway.rig.until(lambda: doorway.view().ordinals[0].at_update is False, "it is outdated")
        assert names(await read(doorway)) == ("", [])
        assert not seems_blocked(doorway.view())


async def test_the_partition_counts_from_the_first_ordinal(tmp_path: Path) -> None:
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}
    scenario = deadlock(ago(image("zookeeper:5"), minutes=9), ordinals={"start": 7}, updateStrategy=strategy)
    async with doorway_to(tmp_path, scenario) as doorway:
        assert names(await read(doorway)) == ("zookeeper-9", ["zookeeper-9"])
        doorway.cluster.scale("default", "zookeeper", 4)
        await doorway.rig.until(lambda: doorway.view().rollout.observed, "it is seen")
        assert names(await read(doorway)) == ("zookeeper-9", ["zookeeper-9"])
