"""A deleted pod kept by a finalizer whose controller no longer runs."""

from __future__ import annotations

from stsview.simulator.apiserver.resources import PODS
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.cluster import Scenario, SimulatedCluster, ago
from stsview.simulator.scenarios.manifests import with_service

FINALIZER = "backup.example.com/snapshot-before-delete"


def deploy(cluster: SimulatedCluster) -> None:
    cluster.apply(with_service("redis", "redis:7.4.1", 6, storage="20Gi", port=6379), "cache")


def add_finalizer(cluster: SimulatedCluster) -> None:
    def hold(pod: Object) -> None:
        pod["metadata"]["finalizers"] = [FINALIZER]

    cluster.edit(PODS, "cache", "redis-4", hold, "backup-operator")


def delete_pod(cluster: SimulatedCluster) -> None:
    cluster.storage.delete(PODS, "cache", "redis-4")


SCENARIO = Scenario(
    "finalizer",
    "a pod stuck Terminating because of a finalizer",
    (ago(deploy, days=12), ago(add_finalizer, days=4), ago(delete_pod, minutes=47)),
)
