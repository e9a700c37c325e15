"""A rollout stuck halfway: one broker crash-loops with the new version."""

from __future__ import annotations

from stsview.simulator.cluster import Scenario, SimulatedCluster, ago
from stsview.simulator.scenarios.manifests import fault_annotations, with_service


def applied(cluster: SimulatedCluster) -> None:
    cluster.apply(with_service("kafka", "apache/kafka:3.8.0", 6, storage="300Gi", port=9092), "mq")


def updated_without_trouble(cluster: SimulatedCluster) -> None:
    cluster.set_image("mq", "kafka", "apache/kafka:3.8.1")


def updated_again(cluster: SimulatedCluster) -> None:
    cluster.edit_template(
        "mq", "kafka", image="apache/kafka:3.9.0", annotations=fault_annotations(crash="1", crash_ordinals="3")
    )


SCENARIO = Scenario(
    "crash-loop",
    "an update of six, stuck on a crash loop at ordinal 3",
    (ago(applied, days=12), ago(updated_without_trouble, hours=30), ago(updated_again, minutes=38)),
)
