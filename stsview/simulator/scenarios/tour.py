"""A fleet with one example of every problem, and an endless rollout."""

from __future__ import annotations

from typing import Any

from stsview.simulator.cluster import Scenario, SimulatedCluster, ago
from stsview.simulator.nodes.node_specs import node_specs
from stsview.simulator.scenarios import (
    broken_rollout,
    canary,
    crash_loop,
    dead_node,
    finalizer,
    headless_missing,
    not_headless,
    operator_owned,
    quota,
    rollout,
    scale_down_stuck,
    zone_lost,
    zookeeper,
)
from stsview.simulator.scenarios.manifests import budget, with_service
from stsview.simulator.scenarios.storage import claim_drift
from stsview.simulator.settings import Settings

_PARTS = (
    zookeeper.SCENARIO,
    rollout.SCENARIO,
    broken_rollout.SCENARIO,
    crash_loop.SCENARIO,
    dead_node.SCENARIO,
    finalizer.SCENARIO,
    headless_missing.SCENARIO,
    not_headless.SCENARIO,
    claim_drift.SCENARIO,
    scale_down_stuck.SCENARIO,
    quota.SCENARIO,
    canary.SCENARIO,
    zone_lost.SCENARIO,
    operator_owned.SCENARIO,
)


def prepare(settings: Settings, parameters: dict[str, Any]) -> None:
    settings.nodes = node_specs(zones=3, per_zone=3)
    for part in _PARTS:
        if part.prepare is not None:
            part.prepare(settings, parameters)


def deploy_healthy_sets(cluster: SimulatedCluster) -> None:
    exporter = {"name": "jmx-exporter", "image": "bitnami/jmx-exporter:1.0.1"}
    sysctl = {"name": "sysctl", "image": "busybox:1.37", "command": ["sysctl", "-w", "vm.max_map_count=262144"]}
    cassandra = with_service(
        "cassandra",
        "cassandra:4.1.7",
        12,
        storage="500Gi",
        port=9042,
        cpu="500m",
        memory="4Gi/6Gi",
        sidecars=[exporter],
        pod={"initContainers": [sysctl]},
    )
    cluster.apply(cassandra, "data")
    opensearch = with_service(
        "opensearch", "opensearchproject/opensearch:2.17.1", 3, storage="80Gi", cpu="500m", memory="4Gi/5Gi"
    )
    cluster.apply(opensearch, "search")
    keycloak = with_service(
        "keycloak", "quay.io/keycloak/keycloak:25.0.6", 2, storage=None, cpu="250m", memory="1Gi/1536Mi"
    )
    cluster.apply(keycloak, "auth")
    cluster.apply(with_service("etcd", ETCD + "15", 3, updateStrategy={"type": "OnDelete"}), "infra")
    cluster.apply(
        with_service("loki-ingester", "grafana/loki:3.2.0", 20, storage="30Gi", podManagementPolicy="Parallel"), "logs"
    )


ETCD = "quay.io/coreos/etcd:v3.5."


def scale_up_ingesters(cluster: SimulatedCluster) -> None:
    cluster.scale("logs", "loki-ingester", 24)


def deploy_stores(cluster: SimulatedCluster) -> None:
    cluster.apply(with_service("thanos-store", "thanosio/thanos:v0.36.1", 2, storage="60Gi"), "infra")


def scale_stores_to_zero(cluster: SimulatedCluster) -> None:
    cluster.scale("infra", "thanos-store", 0)


def deploy_migrated_ordinals(cluster: SimulatedCluster) -> None:
    """Apply a set that is being migrated: ordinals 0 to 4 run in another cluster."""
    cluster.apply(with_service("nats", "nats:2.10.22", 3, storage="10Gi", ordinals={"start": 5}), "mq")


def upgrade_etcd_on_delete(cluster: SimulatedCluster) -> None:
    cluster.set_image("infra", "etcd", ETCD + "17")


def add_budgets(cluster: SimulatedCluster) -> None:
    """Apply the budgets of those who run these sets; many sets have none."""
    for namespace, app in (
        ("default", "zookeeper"),
        ("mq", "kafka"),
        ("mq", "nats"),
        ("data", "cassandra"),
        ("infra", "etcd"),
        ("search", "opensearch"),
    ):
        cluster.apply(budget(app), namespace)
    cluster.apply(budget("loki-ingester", "10%"), "logs")


SCENARIO = Scenario(
    "tour",
    "about twenty StatefulSets: most are healthy, and each kind of problem occurs once",
    (
        ago(deploy_healthy_sets, days=12),
        ago(scale_up_ingesters, days=9),
        ago(deploy_stores, days=3),
        ago(scale_stores_to_zero, days=2),
        ago(add_budgets, days=2),
        ago(deploy_migrated_ordinals, days=3),
        ago(upgrade_etcd_on_delete, hours=5),
        *(step for part in _PARTS for step in part.steps),
    ),
    prepare,
)
