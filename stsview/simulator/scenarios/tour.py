"""A fleet with one example of every problem, and an endless rollout."""

from __future__ import annotations

from typing import Any

from stsview.simulator.cluster import Scenario, SimulatedCluster, ago
from stsview.simulator.nodes.node_specs import node_specs
from stsview.simulator.scenarios import (
    broken_rollout,
    canary,
    claim_drift,
    crash_loop,
    dead_node,
    finalizer,
    headless_missing,
    not_headless,
    quota,
    rollout,
    scale_down_stuck,
    zone_lost,
    zookeeper,
)
from stsview.simulator.scenarios.manifests import with_service
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
)


def prepare(settings: Settings, parameters: dict[str, Any]) -> None:
    settings.nodes = node_specs(zones=3, per_zone=3)
    for part in _PARTS:
        if part.prepare is not None:
            part.prepare(settings, parameters)


def the_quiet_ones(cluster: SimulatedCluster) -> None:
    exporter = {"name": "jmx-exporter", "image": "bitnami/jmx-exporter:1.0.1"}
    sysctl = {"name": "sysctl", "image": "busybox:1.37", "command": ["sysctl", "-w", "vm.max_map_count=262144"]}
    cassandra = with_service(
        "cassandra",
        "cassandra:4.1.7",
        12,
        storage="500Gi",
        port=9042,
        beside=[exporter],
        pod={"initContainers": [sysctl]},
    )
    cluster.apply(cassandra, "data")
    cluster.apply(with_service("opensearch", "opensearchproject/opensearch:2.17.1", 3, storage="80Gi"), "search")
    cluster.apply(with_service("keycloak", "quay.io/keycloak/keycloak:25.0.6", 2, storage=None), "auth")
    cluster.apply(with_service("etcd", ETCD + "15", 3, updateStrategy={"type": "OnDelete"}), "infra")
    cluster.apply(
        with_service("loki-ingester", "grafana/loki:3.2.0", 20, storage="30Gi", podManagementPolicy="Parallel"), "logs"
    )


ETCD = "quay.io/coreos/etcd:v3.5."


def two_dozen_ingesters(cluster: SimulatedCluster) -> None:
    cluster.scale("logs", "loki-ingester", 24)


def two_stores(cluster: SimulatedCluster) -> None:
    cluster.apply(with_service("thanos-store", "thanosio/thanos:v0.36.1", 2, storage="60Gi"), "infra")


def no_store(cluster: SimulatedCluster) -> None:
    cluster.scale("infra", "thanos-store", 0)


def the_second_half_of_a_move(cluster: SimulatedCluster) -> None:
    """Apply a set that is being migrated: ordinals 0 to 4 run in another cluster."""
    cluster.apply(with_service("nats", "nats:2.10.22", 3, storage="10Gi", ordinals={"start": 5}), "mq")


def an_update_that_waits_for_hands(cluster: SimulatedCluster) -> None:
    cluster.set_image("infra", "etcd", ETCD + "17")


SCENARIO = Scenario(
    "tour",
    "a fleet of twenty sets: most are quiet, and one of everything that goes wrong",
    (
        ago(the_quiet_ones, days=12),
        ago(two_dozen_ingesters, days=9),
        ago(two_stores, days=3),
        ago(no_store, days=2),
        ago(the_second_half_of_a_move, days=3),
        ago(an_update_that_waits_for_hands, hours=5),
        *(step for part in _PARTS for step in part.steps),
    ),
    prepare,
)
