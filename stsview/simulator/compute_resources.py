"""CPU, memory and pod slots: what pods request and nodes can allocate."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from stsview.simulator.apiserver.wire import Object
from stsview.simulator.quantities import in_bytes, in_millicpus


@dataclass
class ComputeResources:
    """Amounts of CPU, memory (bytes) and pods."""

    millicpus: int = 0
    memory: int = 0
    pods: int = 0

    def add(self, other: ComputeResources, sign: int = 1) -> None:
        """Add `other`, or subtract it with sign -1, in place."""
        self.millicpus += sign * other.millicpus
        self.memory += sign * other.memory
        self.pods += sign * other.pods

    def shortages(self, used: ComputeResources, wanted: ComputeResources) -> list[str]:
        """Why `wanted` does not fit in addition to `used`, in the scheduler's words."""
        reasons = []
        if used.pods + wanted.pods > self.pods:
            reasons.append("Too many pods")
        if wanted.millicpus and used.millicpus + wanted.millicpus > self.millicpus:
            reasons.append("Insufficient cpu")
        if wanted.memory and used.memory + wanted.memory > self.memory:
            reasons.append("Insufficient memory")
        return reasons


def requested(pod: Object) -> ComputeResources:
    """The sum of the requests of a pod's containers."""
    total = ComputeResources(pods=1)
    for container in pod["spec"].get("containers") or ():
        requests = (container.get("resources") or {}).get("requests") or {}
        total.millicpus += in_millicpus(str(requests.get("cpu", "0")))
        total.memory += in_bytes(str(requests.get("memory", "0")))
    return total


def allocatable(node: Object) -> ComputeResources:
    """What a node can allocate to pods. The result is cached: do not change it."""
    amounts = (node.get("status") or {}).get("allocatable") or {}
    return _compute_resources(
        str(amounts.get("cpu", "0")), str(amounts.get("memory", "0")), int(amounts.get("pods", 0))
    )


@lru_cache(maxsize=256)
def _compute_resources(cpu: str, memory: str, pods: int) -> ComputeResources:
    return ComputeResources(in_millicpus(cpu), in_bytes(memory), pods)
