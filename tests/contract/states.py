"""States of objects, as the controllers define them."""

from __future__ import annotations

from collections.abc import Callable

from tests.contract.cluster import Object

Holds = Callable[[dict[str, Object]], bool]


def is_ready(pod: Object) -> bool:
    conditions = pod.get("status", {}).get("conditions") or []
    ready = any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)
    return ready and pod["status"].get("phase") == "Running"


def is_running(pod: Object) -> bool:
    """Whether a gated pod runs and everything but its gate is ready."""
    conditions = pod.get("status", {}).get("conditions") or []
    return any(one["type"] == "ContainersReady" and one["status"] == "True" for one in conditions)


def is_terminating(pod: Object) -> bool:
    return "deletionTimestamp" in pod["metadata"]


def revision_of(pod: Object) -> str:
    return str(pod["metadata"]["labels"]["controller-revision-hash"])


def uids(objects: dict[str, Object]) -> dict[str, str]:
    return {name: one["metadata"]["uid"] for name, one in objects.items()}


def all_ready(count: int) -> Holds:
    """Whether there are so many pods, all ready and none terminating."""
    return lambda pods: len(pods) == count and all(is_ready(pod) and not is_terminating(pod) for pod in pods.values())


def all_at(revision: str, count: int) -> Holds:
    """As `all_ready`, with all pods at one revision."""
    return lambda pods: all_ready(count)(pods) and all(revision_of(pod) == revision for pod in pods.values())


def observed(name: str, generation: int = 1) -> Holds:
    """Whether the controller has observed this generation of the set, or a later one."""
    return lambda sets: name in sets and sets[name].get("status", {}).get("observedGeneration", 0) >= generation


def settled(name: str, generation: int = 1) -> Holds:
    """As `observed`, with all replicas ready and at the update revision."""

    def holds(sets: dict[str, Object]) -> bool:
        if not observed(name, generation)(sets):
            return False
        status, wanted = sets[name]["status"], sets[name]["spec"]["replicas"]
        counters = ("replicas", "readyReplicas", "availableReplicas", "updatedReplicas")
        return all(status.get(counter, 0) == wanted for counter in counters)

    return holds
