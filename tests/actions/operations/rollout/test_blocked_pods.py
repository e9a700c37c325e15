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
from tests.actions.conftest import ActionHarness
from tests.support.actions.unblocking import GOOD, ZOOKEEPER, deadlock, harness_for, image, recreate_pod, set_fault

STUCK = (ago(lambda cluster: recreate_pod(cluster, 1), minutes=15), ago(image(GOOD), minutes=10))
"""After a rollback with kubectl zookeeper-1 and zookeeper-2 are failing."""


async def read(harness: ActionHarness) -> FreshState:
    session = harness.live.session
    assert session is not None
    return await harness.through(read_fresh_state(session, ZOOKEEPER, harness.settings))


def names(found: FreshState) -> tuple[str, list[str]]:
    first = blocking_pod(found)
    return first.name if first is not None else "", [row.name for row in self_blocking_pods(found)]


async def test_the_lowest_blocks_unless_a_lower_pod_is_down(tmp_path: Path) -> None:
    async with harness_for(tmp_path, deadlock(*STUCK)) as harness:
        assert names(await read(harness)) == ("zookeeper-1", ["zookeeper-1", "zookeeper-2"])
        assert seems_blocked(harness.view())
        set_fault(harness.cluster, 0, "unready", "true")
        await harness.rig.until(lambda: not harness.view().ordinals[0].ready, "it is not ready", 0.5)
        found = await read(harness)
        assert names(found) == ("", ["zookeeper-1", "zookeeper-2"])
        lowest = first_unavailable(found.view)
        assert lowest is not None
        assert lowest.name == "zookeeper-0"
        assert not seems_blocked(harness.view())


async def test_terminating_and_failed_pods_do_not_block(tmp_path: Path) -> None:
    async with harness_for(tmp_path, deadlock(*STUCK)) as harness:
        set_fault(harness.cluster, 1, "stuck", "true")
        harness.cluster.storage.delete(PODS, "default", "zookeeper-1")
        assert names(await read(harness)) == ("", ["zookeeper-2"])

        def failed(one: Object) -> None:
            one["metadata"]["finalizers"] = ["example.com/kept"]
            one["status"]["phase"] = "Failed"

        harness.cluster.storage.modify(PODS, "default", "zookeeper-2", failed, subresource="status", manager="test")
        assert names(await read(harness)) == ("", [])


async def test_a_pod_on_a_lost_node_does_not_block(tmp_path: Path) -> None:
    async with harness_for(tmp_path, deadlock(*STUCK)) as harness:
        node = harness.cluster.storage.get(PODS, "default", "zookeeper-1")["spec"]["nodeName"]
        harness.cluster.fail_node(node, NodeFault.POWERED_OFF)
        await harness.rig.until(lambda: harness.view().ordinals[1].node_state.status == "silent", "it is silent", 1.0)
        found = await read(harness)
        assert "zookeeper-1" not in names(found)[1]
        assert names(found)[0] == ""


async def test_ready_pods_do_not_block_before_they_are_available(tmp_path: Path) -> None:
    async with harness_for(tmp_path, deadlock(minReadySeconds=10**7)) as harness:
        assert not harness.view().ordinals[0].available
        image("zookeeper:5")(harness.cluster)
        await harness.rig.until(lambda: harness.view().ordinals[0].at_update is False, "it is outdated")
        assert names(await read(harness)) == ("", [])
        assert not seems_blocked(harness.view())


async def test_the_partition_counts_from_the_first_ordinal(tmp_path: Path) -> None:
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}
    scenario = deadlock(ago(image("zookeeper:5"), minutes=9), ordinals={"start": 7}, updateStrategy=strategy)
    async with harness_for(tmp_path, scenario) as harness:
        assert names(await read(harness)) == ("zookeeper-9", ["zookeeper-9"])
        harness.cluster.scale("default", "zookeeper", 4)
        await harness.rig.until(lambda: harness.view().rollout.observed, "it is seen")
        assert names(await read(harness)) == ("zookeeper-9", ["zookeeper-9"])
