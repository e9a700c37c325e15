"""The Node objects of the cluster, and the faults that a node can have."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from stsview.simulator.apiserver.wire import Object

LEASE_NAMESPACE = "kube-node-lease"
KUBELET_VERSION = "v1.36.2"


class NodeFault(Enum):
    """What is wrong with a node. The API server cannot tell these apart."""

    NONE = "none"
    HEARTBEAT = "heartbeat"
    """Its lease is not renewed and its status not corrected, but pods still start and stop there."""
    KUBELET = "kubelet"
    """Its kubelet does not run: containers continue, and no termination is confirmed."""
    POWERED_OFF = "powered-off"
    """It is powered off: nothing runs, and no termination is confirmed."""

    @property
    def kubelet_down(self) -> bool:
        """Whether the kubelet does not respond."""
        return self in (NodeFault.KUBELET, NodeFault.POWERED_OFF)

    @classmethod
    def _missing_(cls, value: object) -> NodeFault | None:
        """Accept the former name of a fault."""
        return cls.POWERED_OFF if value == "machine" else None


@dataclass(frozen=True)
class NodeSpec:
    """The hardware and placement of a node."""

    name: str
    zone: str
    cpus: int = 16
    memory: str = "64Gi"
    pods: int = 110
    pool: str = ""
    """Nodes of a pool have the taint `pool=NAME:NoSchedule` and the label `pool: NAME`."""


def node_specs(zones: int = 3, per_zone: int = 1, prefix: str = "node", pool: str = "") -> tuple[NodeSpec, ...]:
    """`node-1`, `node-2`, …, assigned to `zone-a`, `zone-b`, … in turn."""
    return tuple(
        NodeSpec(f"{prefix}-{number + 1}", f"zone-{chr(ord('a') + number % zones)}", pool=pool)
        for number in range(zones * per_zone)
    )


def node_object(spec: NodeSpec) -> Object:
    """The Node object that a kubelet registers."""
    return {
        "metadata": {
            "name": spec.name,
            "labels": {
                "kubernetes.io/arch": "amd64",
                "kubernetes.io/hostname": spec.name,
                "kubernetes.io/os": "linux",
                "topology.kubernetes.io/zone": spec.zone,
                "topology.kubernetes.io/region": "region-1",
                **({"pool": spec.pool} if spec.pool else {}),
            },
        },
        "spec": {"taints": [{"key": "pool", "value": spec.pool, "effect": "NoSchedule"}]} if spec.pool else {},
    }


def node_status(spec: NodeSpec, address: str, now_text: str) -> Object:
    """The status of a healthy node, with every condition as of `now_text`."""
    amounts = {
        "cpu": str(spec.cpus),
        "ephemeral-storage": "100Gi",
        "memory": spec.memory,
        "pods": str(spec.pods),
    }
    return {
        "capacity": amounts,
        "allocatable": dict(amounts),
        "conditions": healthy_conditions(now_text),
        "addresses": [{"type": "InternalIP", "address": address}, {"type": "Hostname", "address": spec.name}],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
        "nodeInfo": {
            "machineID": spec.name,
            "systemUUID": spec.name,
            "bootID": spec.name,
            "kernelVersion": "6.6.0-simulated",
            "osImage": "Simulated Linux",
            "containerRuntimeVersion": "containerd://2.1.4",
            "kubeletVersion": KUBELET_VERSION,
            "kubeProxyVersion": "",
            "operatingSystem": "linux",
            "architecture": "amd64",
        },
    }


_HEALTHY = (
    ("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
)


def healthy_conditions(now_text: str, before: list[Object] | None = None) -> list[Object]:
    """The conditions that a healthy node's kubelet writes.

    Transition times are kept where the status did not change.
    """
    kept = {one["type"]: one for one in before or ()}
    conditions = []
    for type_, value, reason, message in _HEALTHY:
        old = kept.get(type_)
        since = old["lastTransitionTime"] if old and old["status"] == value else now_text
        conditions.append(
            {
                "type": type_,
                "status": value,
                "lastHeartbeatTime": now_text,
                "lastTransitionTime": since,
                "reason": reason,
                "message": message,
            }
        )
    return conditions
