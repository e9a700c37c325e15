"""A set whose governing Service is not headless: its pods have no DNS names."""

from __future__ import annotations

from stsview.simulator.cluster import Scenario, SimulatedCluster, ago
from stsview.simulator.scenarios.manifests import service, stateful_set


def deploy(cluster: SimulatedCluster) -> None:
    cluster.apply(
        [
            service("sessions", "sessions", port=6379),
            stateful_set("sessions", "valkey/valkey:8.0.1", 3, service="sessions", storage="8Gi"),
        ],
        "auth",
    )


SCENARIO = Scenario(
    "not-headless", "a governing Service that is not headless: the pods have no DNS names", (ago(deploy, days=8),)
)
