"""metrics-server, and the stats of kubelets.

Source: kubernetes-sigs/metrics-server/pkg/api, and k8s.io/kubelet/pkg/apis/stats/v1alpha1/types.go.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.stats_provider import MetricsState
from stsview.simulator.apiserver.storage.storage import Storage
from stsview.simulator.apiserver.wire import Object, timestamp
from stsview.simulator.controllers.informers import Informers
from stsview.simulator.nodes.node_specs import NodeFault
from stsview.simulator.nodes.stats.container_usage import (
    NODE_SYSTEM,
    Usage,
    container_usage,
    running_containers,
    varied,
)
from stsview.simulator.nodes.stats.volume_usage import VolumeUsage

RESOLUTION_SECONDS = 15
"""How often metrics-server reads the kubelets (--metric-resolution)."""
_HOUSEKEEPING_SECONDS = 10
"""How often a kubelet measures containers (--housekeeping-interval)."""


class ClusterStats:
    """What is used on all nodes; `seed` decides the values."""

    def __init__(
        self,
        storage: Storage,
        informers: Informers,
        fault_of: Callable[[str], NodeFault],
        volumes: VolumeUsage,
        seed: int,
    ) -> None:
        self.state = MetricsState.PRESENT
        self._storage = storage
        self._informers = informers
        self._fault_of = fault_of
        self._volumes = volumes
        self._seed = seed
        self._frozen: datetime | None = None

    def set_state(self, state: MetricsState) -> None:
        """Install, remove or freeze metrics-server."""
        self.state = state
        self._frozen = self._now(RESOLUTION_SECONDS) if state is MetricsState.STALE else None

    def node_metrics(self, node: Object) -> Object | None:
        """The NodeMetrics of a node; None while its kubelet does not respond."""
        name = node["metadata"]["name"]
        if self._fault_of(name).kubelet_down:
            return None
        at = self._scraped()
        total = self._node_usage(name, at)
        return {
            "metadata": _metadata(node),
            "timestamp": timestamp(at),
            "window": f"{RESOLUTION_SECONDS}s",
            "usage": _quantities(total),
        }

    def pod_metrics(self, pod: Object) -> Object | None:
        """The PodMetrics of a pod; None while no container of it runs, or its kubelet does not respond."""
        node, at = pod["spec"].get("nodeName", ""), self._scraped()
        running = running_containers(pod, at) if node and not self._fault_of(node).kubelet_down else []
        if not running:
            return None
        return {
            "metadata": _metadata(pod),
            "timestamp": timestamp(at),
            "window": f"{RESOLUTION_SECONDS}s",
            "containers": [
                {"name": one["name"], "usage": _quantities(container_usage(self._seed, pod, one, at))}
                for one in running
            ],
        }

    def summary(self, node: Object) -> Object:
        """The Summary of a node's kubelet. Raises `ApiError` 503 while it does not respond."""
        name = node["metadata"]["name"]
        if self._fault_of(name).kubelet_down:
            addresses = (node.get("status") or {}).get("addresses") or ()
            address = next((one["address"] for one in addresses if one["type"] == "InternalIP"), name)
            text = f"error trying to reach service: dial tcp {address}:10250: connect: no route to host"
            raise ApiError(503, "ServiceUnavailable", text)
        at = self._now(_HOUSEKEEPING_SECONDS)
        pods = [self._pod_stats(pod, at) for pod in self._informers.pods.by_index("node", name)]
        return {
            "node": {"nodeName": name, **_stats(self._node_usage(name, at), at)},
            "pods": [one for one in pods if one["containers"] or one.get("volume")],
        }

    def _pod_stats(self, pod: Object, at: datetime) -> Object:
        metadata = pod["metadata"]
        usages = {one["name"]: container_usage(self._seed, pod, one, at) for one in running_containers(pod, at)}
        stats: Object = {
            "podRef": {"name": metadata["name"], "namespace": metadata["namespace"], "uid": metadata["uid"]},
            "startTime": (pod.get("status") or {}).get("startTime"),
            "containers": [{"name": name, **_stats(usage, at)} for name, usage in usages.items()],
        }
        # A volume is measured while it is mounted: from the sandbox of the pod on.
        if (pod.get("status") or {}).get("podIP"):
            stats["volume"] = [
                {
                    "time": timestamp(at),
                    "name": one.volume,
                    "pvcRef": {"name": one.claim, "namespace": metadata["namespace"]},
                    "availableBytes": one.size - one.used,
                    "capacityBytes": one.size,
                    "usedBytes": one.used,
                    "inodesFree": one.inodes - one.inodes_used,
                    "inodes": one.inodes,
                    "inodesUsed": one.inodes_used,
                }
                for one in self._volumes.of_pod(pod)
            ]
        return stats

    def _node_usage(self, name: str, at: datetime) -> Usage:
        total = varied(f"{self._seed}/{name}", NODE_SYSTEM, at)
        for pod in self._informers.pods.by_index("node", name):
            for one in running_containers(pod, at):
                total = total.plus(container_usage(self._seed, pod, one, at))
        return total

    def _scraped(self) -> datetime:
        """When metrics-server last read the kubelets."""
        return self._frozen or self._now(RESOLUTION_SECONDS)

    def _now(self, step: int) -> datetime:
        now = self._storage.clock.now().astimezone(UTC)
        return now - timedelta(seconds=now.timestamp() % step)


def _metadata(obj: Object) -> Object:
    metadata = obj["metadata"]
    return {
        "name": metadata["name"],
        **({"namespace": metadata["namespace"]} if "namespace" in metadata else {}),
        "creationTimestamp": metadata["creationTimestamp"],
        **({"labels": metadata["labels"]} if metadata.get("labels") else {}),
    }


def _quantities(usage: Usage) -> Object:
    return {"cpu": f"{usage.nanocores}n", "memory": f"{usage.memory // 1024}Ki"}


def _stats(usage: Usage, at: datetime) -> Object:
    return {
        "cpu": {"time": timestamp(at), "usageNanoCores": usage.nanocores},
        "memory": {"time": timestamp(at), "workingSetBytes": usage.memory},
    }
