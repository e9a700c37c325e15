"""A healthy ZooKeeper ensemble, and nothing else."""

from __future__ import annotations

from stsview.simulator.cluster import Scenario, SimulatedCluster, ago
from stsview.simulator.scenarios.manifests import ZOOKEEPER


def deploy(cluster: SimulatedCluster) -> None:
    cluster.apply(ZOOKEEPER)


SCENARIO = Scenario("zookeeper", "a healthy ensemble of three, twelve days old", (ago(deploy, days=12),))
