"""A deleted pod that its kubelet cannot stop, on a node that is Ready.

The process hangs in the kernel. Force deletion does harm here: the containers still run, so two pods would have the
same identity.
"""

from __future__ import annotations

from stsview.simulator.apiserver.resources import PODS
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.cluster import Scenario, SimulatedCluster, ago
from stsview.simulator.fault_annotations import PREFIX
from stsview.simulator.scenarios.manifests import with_service


def deploy(cluster: SimulatedCluster) -> None:
    cluster.apply(with_service("cassandra", "cassandra:5.0.2", 3, storage="200Gi", port=9042), "data")


def hang_process(cluster: SimulatedCluster) -> None:
    def hang(pod: Object) -> None:
        pod["metadata"].setdefault("annotations", {})[f"{PREFIX}stuck"] = "true"

    cluster.edit(PODS, "data", "cassandra-1", hang)


def delete_pod(cluster: SimulatedCluster) -> None:
    cluster.storage.delete(PODS, "data", "cassandra-1")


SCENARIO = Scenario(
    "kubelet-hangs",
    "a pod stuck Terminating on a Ready node, where force-deleting it risks split brain",
    (ago(deploy, days=12), ago(hang_process, hours=1), ago(delete_pod, minutes=26)),
)
