"""The endpoints that break a served cluster."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.resources import NODES
from stsview.simulator.cluster import SimulatedCluster
from stsview.simulator.controllers.statefulset.rollout import MaxUnavailable
from stsview.simulator.nodes.node_specs import NodeFault
from tests.support.simulator.clusters import edit_spec, stateful_set, with_set


@pytest.fixture
async def cluster() -> AsyncIterator[SimulatedCluster]:
    served = with_set(replicas=1)
    await served.start()
    yield served
    await served.stop()


async def post(cluster: SimulatedCluster, name: str, body: dict[str, Any]) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {cluster.token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(f"{cluster.url}/debug/{name}", json=body) as answer,
    ):
        return answer.status, await answer.json()


async def test_a_node_fails_and_recovers(cluster: SimulatedCluster) -> None:
    assert await post(cluster, "node", {"node": "node-2", "fault": "kubelet"}) == (
        200,
        {"node": "node-2", "fault": "kubelet"},
    )
    assert cluster.nodes.fault_of("node-2") is NodeFault.KUBELET

    await post(cluster, "node", {"node": "node-2", "fault": "none"})
    assert cluster.nodes.fault_of("node-2") is NodeFault.NONE
    assert cluster.storage.find(NODES, "", "node-2") is not None


async def test_a_node_can_be_powered_off_by_its_former_name(cluster: SimulatedCluster) -> None:
    assert (await post(cluster, "node", {"node": "node-2", "fault": "machine"}))[1]["fault"] == "powered-off"
    assert cluster.nodes.fault_of("node-2") is NodeFault.POWERED_OFF


async def test_provisioner_and_images(cluster: SimulatedCluster) -> None:
    assert (await post(cluster, "provisioner", {"refuses": True}))[1] == {"refuses": True, "silent": False}
    assert cluster.settings.volumes.refuses
    await post(cluster, "images", {"missing": ["web:2"]})
    assert not cluster.images.exists("web:2")


async def test_the_rate_of_logs_is_checked(cluster: SimulatedCluster) -> None:
    body = {"namespace": "default", "set": "web", "linesPerSecond": 500}
    assert await post(cluster, "logs", body) == (200, body)
    for wrong in ({"linesPerSecond": -1}, {"linesPerSecond": "many"}, {"set": ""}):
        assert (await post(cluster, "logs", body | wrong))[0] == 400


async def test_max_unavailable_rules_change_with_their_gate(cluster: SimulatedCluster) -> None:
    def two_at_a_time() -> None:
        edit_spec(cluster, updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 2}})

    two_at_a_time()
    assert "maxUnavailable" not in stateful_set(cluster)["spec"]["updateStrategy"]["rollingUpdate"]

    await post(cluster, "max-unavailable", {"rules": "1.37"})
    two_at_a_time()

    assert cluster.stateful_sets.control.rules is MaxUnavailable.V1_37
    assert stateful_set(cluster)["spec"]["updateStrategy"]["rollingUpdate"]["maxUnavailable"] == 2


@pytest.mark.parametrize(
    ("name", "body", "words"),
    [
        ("node", {"node": "node-9"}, "unknown node 'node-9'; available: node-1, node-2, node-3"),
        (
            "node",
            {"node": "node-1", "fault": "fire"},
            "unknown fault 'fire'; available: none, heartbeat, kubelet, powered-off",
        ),
        ("images", {"missing": "web:2"}, "missing must be a list of images"),
        ("max-unavailable", {}, "unknown rules None; available: off, 1.35, 1.37"),
    ],
)
async def test_invalid_requests_list_the_valid_values(
    cluster: SimulatedCluster, name: str, body: dict[str, Any], words: str
) -> None:
    code, answer = await post(cluster, name, body)

    assert (code, answer["message"]) == (400, words)


async def test_a_webhook_refuses_until_it_is_cleared(cluster: SimulatedCluster) -> None:
    given = {"name": "gate.example.com", "operations": ["UPDATE"], "resources": ["statefulsets"], "message": "frozen"}
    assert await post(cluster, "webhook", given) == (200, {"webhooks": ["gate.example.com"]})
    with pytest.raises(ApiError, match="denied the request: frozen"):
        edit_spec(cluster, replicas=2)
    code, answer = await post(cluster, "webhook", {"name": "x", "operations": ["update"]})
    assert (code, answer["message"]) == (400, "unknown operation 'update'; available: CREATE, DELETE, UPDATE")

    await post(cluster, "webhook", {"name": "gate.example.com", "clear": True})
    edit_spec(cluster, replicas=2)
