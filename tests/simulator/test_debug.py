"""The endpoints that break a served cluster."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.resources import NODES, PODS
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


async def test_metrics_server_is_absent_or_stale(cluster: SimulatedCluster) -> None:
    headers = {"Authorization": f"Bearer {cluster.token}"}

    async def get(path: str) -> tuple[int, Any]:
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.get(cluster.url + path) as answer,
        ):
            return answer.status, await answer.json(content_type=None) if answer.status < 300 else None

    pods, groups = "/apis/metrics.k8s.io/v1beta1/namespaces/default/pods", "/apis"
    found = (await get(pods))[1]
    [one] = found["items"]
    assert found["kind"] == "PodMetricsList"
    assert (await get(f"{pods}/{one['metadata']['name']}"))[1]["containers"] == one["containers"]
    assert (await get(f"{pods}/absent"))[0] == 404
    assert "metrics.k8s.io" in [group["name"] for group in (await get(groups))[1]["groups"]]

    node = cluster.storage.get(PODS, "default", one["metadata"]["name"])["spec"]["nodeName"]
    summary = (await get(f"/api/v1/nodes/{node}/proxy/stats/summary"))[1]
    [stats] = [pod for pod in summary["pods"] if pod["podRef"]["name"] == one["metadata"]["name"]]
    used = f"{stats['containers'][0]['memory']['workingSetBytes'] // 1024}Ki"
    assert used[:3] == one["containers"][0]["usage"]["memory"][:3], "both measure the same"
    await post(cluster, "node", {"node": node, "fault": "kubelet"})
    assert (await get(f"/api/v1/nodes/{node}/proxy/stats/summary"))[0] == 503
    assert (await get(pods))[1]["items"] == []
    await post(cluster, "node", {"node": node, "fault": "none"})

    assert (await post(cluster, "metrics", {"state": "absent"}))[1] == {"state": "absent"}
    assert (await get(pods))[0] == 404
    assert "metrics.k8s.io" not in [group["name"] for group in (await get(groups))[1]["groups"]]
    assert (await post(cluster, "metrics", {"state": "gone"}))[0] == 400
