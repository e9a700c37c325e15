"""A zone was lost: its node was removed, and a pod's volume is only there."""

from __future__ import annotations

from typing import Any

from stsview.simulator.apiserver.resources import NODES
from stsview.simulator.cluster import Scenario, SimulatedCluster, ago
from stsview.simulator.nodes.node_specs import NodeFault, node_specs
from stsview.simulator.scenarios.manifests import in_pool, with_service
from stsview.simulator.settings import Settings


def prepare(settings: Settings, parameters: dict[str, Any]) -> None:
    settings.nodes += node_specs(zones=3, prefix="edge", pool="edge")


def deploy(cluster: SimulatedCluster) -> None:
    cluster.apply(with_service("vault", "hashicorp/vault:1.17.5", 3, port=8200, pod=in_pool("edge")), "infra")


def power_off_zone(cluster: SimulatedCluster) -> None:
    cluster.fail_node("edge-3", NodeFault.POWERED_OFF)


def delete_node(cluster: SimulatedCluster) -> None:
    """Delete the Node, as the cloud's controller does once the instance is gone."""
    cluster.storage.delete(NODES, "", "edge-3")


SCENARIO = Scenario(
    "zone-lost",
    "a lost zone: a pod is unschedulable, because its volume is only reachable from there",
    (ago(deploy, days=12), ago(power_off_zone, minutes=95), ago(delete_node, minutes=91)),
    prepare,
)
