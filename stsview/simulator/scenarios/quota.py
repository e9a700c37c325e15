"""A ResourceQuota that stops a scale-up from three to five at four pods."""

from __future__ import annotations

from stsview.simulator.cluster import Scenario, SimulatedCluster, ago
from stsview.simulator.scenarios.manifests import with_service


def applied(cluster: SimulatedCluster) -> None:
    cluster.apply(with_service("openldap", "osixia/openldap:1.5.0", 3, storage="5Gi", port=389), "auth")


def room_for_one_more(cluster: SimulatedCluster) -> None:
    pods = len(cluster.informers.pods.by_index("namespace", "auth"))
    quota = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "team-auth"},
        "spec": {"hard": {"pods": str(pods + 1)}},
    }
    cluster.apply(quota, "auth")


def scaled_up(cluster: SimulatedCluster) -> None:
    cluster.scale("auth", "openldap", 5)


SCENARIO = Scenario(
    "quota",
    "a quota leaves no room for the last of five pods",
    (ago(applied, days=12), ago(room_for_one_more, days=3), ago(scaled_up, minutes=52)),
)
