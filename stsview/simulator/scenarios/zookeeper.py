"""A healthy ZooKeeper ensemble, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stsview.simulator.scenarios.manifests import ZOOKEEPER
from stsview.simulator.scenarios.story import Scenario, ago

if TYPE_CHECKING:
    from stsview.simulator.cluster import SimulatedCluster


def applied(cluster: SimulatedCluster) -> None:
    cluster.apply(ZOOKEEPER)


SCENARIO = Scenario("zookeeper", "a healthy ensemble of three, twelve days old", (ago(applied, days=12),))
