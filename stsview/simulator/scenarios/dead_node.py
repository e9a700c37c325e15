"""A node became unreachable: its pod stays Terminating, its volume attached.

The API server cannot tell whether the node is powered off or disconnected, so nothing happens automatically. A second
pod of the same identity may only start once an operator confirms that the first one cannot write any more.
"""

from __future__ import annotations

from typing import Any

from stsview.simulator.cluster import Scenario, SimulatedCluster, ago
from stsview.simulator.nodes.node_specs import NodeFault, node_specs
from stsview.simulator.scenarios.manifests import in_pool, with_service
from stsview.simulator.settings import Settings


def prepare(settings: Settings, parameters: dict[str, Any]) -> None:
    """Add three nodes for PostgreSQL only, so that no other set is affected."""
    settings.nodes += node_specs(zones=3, prefix="db", pool="db")


def deploy(cluster: SimulatedCluster) -> None:
    cluster.apply(with_service("postgres", "postgres:16.4", 3, storage="100Gi", port=5432, pod=in_pool("db")), "data")


def power_off_node(cluster: SimulatedCluster) -> None:
    cluster.fail_node("db-2", NodeFault.POWERED_OFF)


SCENARIO = Scenario(
    "dead-node",
    "an unreachable node: its pod is stuck Terminating, its volume still attached",
    (ago(deploy, days=12), ago(power_off_node, minutes=19)),
    prepare,
)
