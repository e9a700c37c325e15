"""A set without its governing Service: the pods run without DNS names."""

from __future__ import annotations

from stsview.simulator.cluster import Scenario, SimulatedCluster, ago
from stsview.simulator.scenarios.manifests import stateful_set


def deploy_without_service(cluster: SimulatedCluster) -> None:
    cluster.apply(stateful_set("memcached", "memcached:1.6.31", 3, storage=None, service="memcached-hs"), "cache")


SCENARIO = Scenario(
    "headless-missing",
    "a governing Service that does not exist: the pods have no DNS names",
    (ago(deploy_without_service, days=6),),
)
