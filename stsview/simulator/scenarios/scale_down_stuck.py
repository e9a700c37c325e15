"""A scale-down that does not start: two of the surplus pods are not Ready.

The controller deletes the highest ordinal first, and only while no lower pod is unready. With two unready pods it waits
for the lower one, which it would not delete before the higher one. Deleting the highest pod unblocks it.
"""

from __future__ import annotations

from stsview.simulator.apiserver.resources import PODS
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.cluster import Scenario, SimulatedCluster, ago
from stsview.simulator.scenarios.manifests import fault_annotations, with_service


def deploy(cluster: SimulatedCluster) -> None:
    cluster.apply(with_service("rabbitmq", "rabbitmq:3.13.7", 5, storage="15Gi", port=5672), "mq")


def fail_readiness(cluster: SimulatedCluster) -> None:
    def fail(pod: Object) -> None:
        pod["metadata"].setdefault("annotations", {}).update(fault_annotations(unready="true"))

    for ordinal in (3, 4):
        cluster.edit(PODS, "mq", f"rabbitmq-{ordinal}", fail)


def scale_down(cluster: SimulatedCluster) -> None:
    cluster.scale("mq", "rabbitmq", 3)


SCENARIO = Scenario(
    "scale-down-stuck",
    "a scale-down from five to three, stuck because both surplus pods are NotReady",
    (ago(deploy, days=12), ago(fail_readiness, minutes=73), ago(scale_down, minutes=66)),
)
