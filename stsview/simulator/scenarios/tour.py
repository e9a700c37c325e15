"""A fleet worth looking at: mostly quiet, with one of everything that goes wrong, and one rollout that never ends."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from stsview.simulator.apiserver.resources import STATEFUL_SETS
from stsview.simulator.nodes.machines import Fault, machines
from stsview.simulator.scenarios.manifests import ZOOKEEPER, behaving, headless, stateful_set
from stsview.simulator.scenarios.rollout import EndlessRollout
from stsview.simulator.scenarios.story import Scenario

if TYPE_CHECKING:
    from stsview.simulator.apiserver.wire import Object
    from stsview.simulator.cluster import SimulatedCluster
    from stsview.simulator.settings import Settings


def prepare(settings: Settings, parameters: dict[str, Any]) -> None:
    """Nine nodes for everybody, and three for PostgreSQL alone, one of which will fall silent."""
    settings.machines = machines(zones=3, per_zone=3) + machines(zones=3, prefix="db", pool="db")


def tell(cluster: SimulatedCluster) -> None:
    _the_quiet_ones(cluster)
    cluster.at(days=3)
    _scaled_to_zero(cluster)
    _ordinals_from_five(cluster)
    cluster.at(hours=30)
    cluster.set_image("mq", "kafka", "apache/kafka:3.8.1")
    cluster.at(hours=5)
    cluster.set_image("infra", "etcd", "quay.io/coreos/etcd:v3.5.17")
    cluster.at(hours=3, minutes=10)
    _canary(cluster)
    cluster.at(minutes=52)
    _quota(cluster)
    cluster.at(minutes=38)
    _crash_loop(cluster)
    cluster.at(minutes=19)
    cluster.fail_node("db-2", Fault.MACHINE)
    cluster.at(minutes=7)
    images = tuple(f"docker.elastic.co/elasticsearch/elasticsearch:8.{minor}" for minor in ("15.3", "16.1", "17.0"))
    EndlessRollout(cluster, "search", "elasticsearch", images)


def _the_quiet_ones(cluster: SimulatedCluster) -> None:
    cluster.apply(ZOOKEEPER)
    slow = behaving(ready_after="18", stop_after="7")
    elasticsearch = "docker.elastic.co/elasticsearch/elasticsearch:8.15.3"
    cluster.apply(
        [
            *_with_service("cassandra", "cassandra:4.1.7", 12, storage="500Gi"),
            *_with_service("clickhouse", "clickhouse/clickhouse-server:24.8", 6, storage="200Gi"),
            *_with_service(
                "postgres",
                "postgres:16.4",
                3,
                storage="100Gi",
                pod={
                    "nodeSelector": {"pool": "db"},
                    "tolerations": [{"key": "pool", "operator": "Equal", "value": "db", "effect": "NoSchedule"}],
                },
            ),
            *_with_service("mongodb", "mongo:7.0.14", 3, storage="50Gi"),
        ],
        "data",
    )
    cluster.apply(
        [
            *_with_service("etcd", "quay.io/coreos/etcd:v3.5.15", 3, updateStrategy={"type": "OnDelete"}),
            *_with_service("vault", "hashicorp/vault:1.17.5", 3),
            *_with_service("prometheus", "prom/prometheus:v2.54.1", 2, storage="250Gi"),
        ],
        "infra",
    )
    cluster.apply(
        [
            *_with_service("elasticsearch", elasticsearch, 8, storage="150Gi", annotations=slow),
            *_with_service("opensearch", "opensearchproject/opensearch:2.17.1", 3, storage="80Gi"),
        ],
        "search",
    )
    cluster.apply(
        [
            *_with_service("redis", "redis:7.4.1", 6, storage="20Gi"),
            # whoever wrote this one forgot its Service
            stateful_set("memcached", "memcached:1.6.31", 3, storage=None, service="memcached-hs"),
        ],
        "cache",
    )
    cluster.apply(
        [
            *_with_service("keycloak", "quay.io/keycloak/keycloak:25.0.6", 2, storage=None),
            *_with_service("openldap", "osixia/openldap:1.5.0", 3, storage="5Gi"),
            # a Service with an address of its own, which gives pods no names
            headless("sessions", "sessions", port=6379, clusterIP=None),
            stateful_set("sessions", "valkey/valkey:8.0.1", 3, service="sessions", storage="8Gi"),
        ],
        "auth",
    )
    cluster.apply(
        _with_service("loki-ingester", "grafana/loki:3.2.0", 30, storage="30Gi", podManagementPolicy="Parallel"), "logs"
    )
    cluster.apply(
        [
            *_with_service("kafka", "apache/kafka:3.8.0", 6, storage="300Gi"),
            *_with_service("rabbitmq", "rabbitmq:3.13.7", 3, storage="15Gi"),
        ],
        "mq",
    )
    cluster.at(days=9)
    cluster.scale("logs", "loki-ingester", 40)


def _with_service(name: str, image: str, replicas: int, **more: Any) -> list[Object]:
    return [headless(f"{name}-hs", name), stateful_set(name, image, replicas, **more)]


def _scaled_to_zero(cluster: SimulatedCluster) -> None:
    cluster.apply(_with_service("thanos-store", "thanosio/thanos:v0.36.1", 2, storage="60Gi"), "infra")
    cluster.at(days=2)
    cluster.scale("infra", "thanos-store", 0)


def _ordinals_from_five(cluster: SimulatedCluster) -> None:
    """The second half of a set that is being moved over from another cluster."""
    cluster.apply(_with_service("nats", "nats:2.10.22", 3, storage="10Gi", ordinals={"start": 5}), "mq")


def _canary(cluster: SimulatedCluster) -> None:
    def hold(one: Object) -> None:
        one["spec"]["updateStrategy"] = {"type": "RollingUpdate", "rollingUpdate": {"partition": 4}}

    cluster.edit(STATEFUL_SETS, "data", "clickhouse", hold, "kubectl-patch")
    cluster.set_image("data", "clickhouse", "clickhouse/clickhouse-server:24.9")


def _quota(cluster: SimulatedCluster) -> None:
    """The namespace has room for eleven pods; the directory was asked to grow from three to five."""
    cluster.apply(
        {
            "apiVersion": "v1",
            "kind": "ResourceQuota",
            "metadata": {"name": "team-auth"},
            "spec": {"hard": {"pods": "9"}},
        },
        "auth",
    )
    cluster.scale("auth", "openldap", 5)


def _crash_loop(cluster: SimulatedCluster) -> None:
    """An update under which the broker with ordinal 3 does not start."""
    cluster.annotate_template("mq", "kafka", behaving(crash="1", crash_ordinals="3"))
    cluster.set_image("mq", "kafka", "apache/kafka:3.9.0")


SCENARIO = Scenario(
    "tour",
    "a fleet of twenty sets: most are quiet, and one of everything that goes wrong",
    tell,
    past=timedelta(days=12),
    prepare=prepare,
)
