"""A rollout stuck halfway: one broker crash-loops with the new version."""

from __future__ import annotations

from stsview.simulator.cluster import Scenario, SimulatedCluster, ago
from stsview.simulator.scenarios.manifests import fault_annotations, with_service


def deploy(cluster: SimulatedCluster) -> None:
    kafka = with_service("kafka", "apache/kafka:3.8.0", 6, storage="300Gi", port=9092, cpu="500m", memory="2Gi/4Gi")
    cluster.apply(kafka, "mq")


def upgrade(cluster: SimulatedCluster) -> None:
    cluster.set_image("mq", "kafka", "apache/kafka:3.8.1")


def upgrade_to_crashing_version(cluster: SimulatedCluster) -> None:
    cluster.edit_template(
        "mq", "kafka", image="apache/kafka:3.9.0", annotations=fault_annotations(crash="1", crash_ordinals="3")
    )


SCENARIO = Scenario(
    "crash-loop",
    "a rollout of six pods, stuck at ordinal 3, which is crash-looping",
    (ago(deploy, days=12), ago(upgrade, hours=30), ago(upgrade_to_crashing_version, minutes=38)),
)
