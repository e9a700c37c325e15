"""PVCs smaller than the template: the set was recreated with a larger size."""

from __future__ import annotations

from stsview.simulator.apiserver.resources import STATEFUL_SETS
from stsview.simulator.cluster import Scenario, SimulatedCluster, ago
from stsview.simulator.scenarios.manifests import with_service

IMAGE = "prom/prometheus:v2.54.1"


def deploy(cluster: SimulatedCluster) -> None:
    cluster.apply(with_service("prometheus", IMAGE, 2, storage="100Gi", port=9090), "infra")


def recreate_with_larger_template(cluster: SimulatedCluster) -> None:
    """Delete the set without its pods, and apply it with a larger size.

    A volumeClaimTemplate is immutable.
    """
    cluster.storage.delete(STATEFUL_SETS, "infra", "prometheus", propagation="Orphan")
    cluster.advance(1)
    cluster.apply(with_service("prometheus", IMAGE, 2, storage="250Gi", port=9090), "infra")


def scale_up(cluster: SimulatedCluster) -> None:
    cluster.scale("infra", "prometheus", 3)


SCENARIO = Scenario(
    "claim-drift",
    "PVCs of 100Gi, although the template requests 250Gi",
    (ago(deploy, days=12), ago(recreate_with_larger_template, days=5), ago(scale_up, days=2)),
)
