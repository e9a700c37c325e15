"""A set without its governing Service: the pods run without DNS names."""

from __future__ import annotations

from stsview.simulator.cluster import Scenario, SimulatedCluster, ago
from stsview.simulator.scenarios.manifests import stateful_set


def applied(cluster: SimulatedCluster) -> None:
    cluster.apply(stateful_set("memcached", "memcached:1.6.31", 3, storage=None, service="memcached-hs"), "cache")


SCENARIO = Scenario(
    "headless-missing", "the Service that a set names does not exist: no DNS names", (ago(applied, days=6),)
)
