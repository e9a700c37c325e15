"""A machine went silent: its pod is Terminating for ever, and its volume stays attached.

Nobody in the cluster can tell whether the machine is off or only cut off, so nothing happens by itself. A second pod
of the same identity may only start once somebody attests that the first one cannot write any more.
"""

from __future__ import annotations

from typing import Any

from stsview.simulator.cluster import Scenario, SimulatedCluster, ago
from stsview.simulator.nodes.node_specs import NodeFault, node_specs
from stsview.simulator.scenarios.manifests import in_pool, with_service
from stsview.simulator.settings import Settings


def prepare(settings: Settings, parameters: dict[str, Any]) -> None:
    """Three machines for PostgreSQL alone, so that nothing else dies with it."""
    settings.nodes += node_specs(zones=3, prefix="db", pool="db")


def applied(cluster: SimulatedCluster) -> None:
    cluster.apply(with_service("postgres", "postgres:16.4", 3, storage="100Gi", port=5432, pod=in_pool("db")), "data")


def a_machine_dies(cluster: SimulatedCluster) -> None:
    cluster.fail_node("db-2", NodeFault.MACHINE)


SCENARIO = Scenario(
    "dead-node",
    "a silent machine: a pod Terminating for ever, its volume still attached",
    (ago(applied, days=12), ago(a_machine_dies, minutes=19)),
    prepare,
)
