"""A set that was deleted with --cascade=orphan and not created again: its pods live on, and nothing replaces them."""

from __future__ import annotations

from stsview.simulator.apiserver.resources import STATEFUL_SETS
from stsview.simulator.cluster import Scenario, SimulatedCluster, ago
from stsview.simulator.scenarios.manifests import with_service

NAMESPACE = "search"


def deploy(cluster: SimulatedCluster) -> None:
    cluster.apply(
        [
            *with_service("elasticsearch", "elasticsearch:8.14.3", 3, storage="50Gi", port=9200),
            *with_service("kibana-cache", "redis:7.4.0", 2, storage=None, port=6379),
        ],
        NAMESPACE,
    )


def upgrade(cluster: SimulatedCluster) -> None:
    cluster.set_image(NAMESPACE, "elasticsearch", "elasticsearch:8.15.1")


def delete_without_pods(cluster: SimulatedCluster) -> None:
    """The first half of a change of the claim template; the second was forgotten."""
    cluster.storage.delete(STATEFUL_SETS, NAMESPACE, "elasticsearch", propagation="Orphan")


SCENARIO = Scenario(
    "orphaned",
    "a set deleted with --cascade=orphan: its pods run, but nothing would replace them",
    (ago(deploy, days=12), ago(upgrade, days=5), ago(delete_without_pods, minutes=35)),
)
