"""Many sets, most of them healthy: `--sets N --replicas M`."""

from __future__ import annotations

import math
from typing import Any

from stsview.simulator.cluster import Scenario, SimulatedCluster, ago
from stsview.simulator.nodes.node_specs import node_specs
from stsview.simulator.scenarios.manifests import fault_annotations, with_service
from stsview.simulator.settings import Settings

SETS, REPLICAS = 200, 3
SETS_IN_NAMESPACE = 20
PODS_ON_NODE = 80
_KINDS = ("cache", "db", "index", "ledger", "mail", "queue", "search", "store")
_FAULTS = {
    7: fault_annotations(crash="1", crash_ordinals="1"),
    42: fault_annotations(unready="true", unready_ordinals="0"),
}
"""The faults of the sets whose numbers end in these two digits."""


def fleet_size(parameters: dict[str, Any]) -> tuple[int, int]:
    """The number of sets, and the replicas of each."""
    return int(parameters.get("sets", SETS)), int(parameters.get("replicas", REPLICAS))


def prepare(settings: Settings, parameters: dict[str, Any]) -> None:
    sets, replicas = fleet_size(parameters)
    settings.nodes = node_specs(zones=3, per_zone=max(1, math.ceil(sets * replicas / PODS_ON_NODE / 3)))


def deploy(cluster: SimulatedCluster) -> None:
    sets, replicas = fleet_size(cluster.parameters)
    for number in range(sets):
        name = f"{_KINDS[number % len(_KINDS)]}-{number:04}"
        manifests = with_service(
            name,
            f"registry.example.com/{_KINDS[number % len(_KINDS)]}:1.{number % 7}",
            replicas,
            annotations=_FAULTS.get(number % 100),
        )
        cluster.apply(manifests, f"team-{number // SETS_IN_NAMESPACE:03}")


SCENARIO = Scenario(
    "fleet", "any number of StatefulSets, most of them healthy (--sets, --replicas)", (ago(deploy, hours=6),), prepare
)
