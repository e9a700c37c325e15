"""A ResourceQuota that stops a scale-up from three to five at four pods."""

from __future__ import annotations

from stsview.simulator.cluster import Scenario, SimulatedCluster, ago
from stsview.simulator.scenarios.manifests import with_service


def deploy(cluster: SimulatedCluster) -> None:
    cluster.apply(with_service("openldap", "osixia/openldap:1.5.0", 3, storage="5Gi", port=389), "auth")


def create_quota(cluster: SimulatedCluster) -> None:
    pods = len(cluster.informers.pods.by_index("namespace", "auth"))
    quota = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "team-auth"},
        "spec": {"hard": {"pods": str(pods + 1)}},
    }
    cluster.apply(quota, "auth")


def scale_up(cluster: SimulatedCluster) -> None:
    cluster.scale("auth", "openldap", 5)


SCENARIO = Scenario(
    "quota",
    "a ResourceQuota that blocks the last of five pods",
    (ago(deploy, days=12), ago(create_quota, days=3), ago(scale_up, minutes=52)),
)
