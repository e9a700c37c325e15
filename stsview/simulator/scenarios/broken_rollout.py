"""A rollout blocked by a broken pod, even after a rollback.

The controller waits for the broken pod before it does anything else, including replacing that pod. Current and update
revision are equal again, so everything looks finished. Deleting the broken pod unblocks the set
(kubernetes/kubernetes#67250).
"""

from __future__ import annotations

from stsview.simulator.cluster import Scenario, SimulatedCluster, ago
from stsview.simulator.scenarios.manifests import with_service

GOOD, TYPO = "mongo:7.0.14", "mongo:7.0.l5"


def deploy(cluster: SimulatedCluster) -> None:
    cluster.apply(with_service("mongodb", GOOD, 3, storage="50Gi", port=27017), "data")


def upgrade_to_missing_image(cluster: SimulatedCluster) -> None:
    cluster.images.missing.add(TYPO)
    cluster.set_image("data", "mongodb", TYPO)


def roll_back(cluster: SimulatedCluster) -> None:
    cluster.set_image("data", "mongodb", GOOD)


SCENARIO = Scenario(
    "broken-rollout",
    "a rollout that a broken pod blocks, even after a rollback",
    (ago(deploy, days=12), ago(upgrade_to_missing_image, minutes=31), ago(roll_back, minutes=24)),
)
