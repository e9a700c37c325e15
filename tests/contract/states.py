"""What objects say of their state, in the words of the controllers."""

from __future__ import annotations

from collections.abc import Callable

from tests.contract.cluster import Object

Holds = Callable[[dict[str, Object]], bool]


def is_ready(pod: Object) -> bool:
    conditions = pod.get("status", {}).get("conditions") or []
    ready = any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)
    return ready and pod["status"].get("phase") == "Running"


def is_running(pod: Object) -> bool:
    """Whether all that a readiness gate leaves to the kubelet is there."""
    conditions = pod.get("status", {}).get("conditions") or []
    return any(one["type"] == "ContainersReady" and one["status"] == "True" for one in conditions)


def is_terminating(pod: Object) -> bool:
    return "deletionTimestamp" in pod["metadata"]


def revision_of(pod: Object) -> str:
    return str(pod["metadata"]["labels"]["controller-revision-hash"])


def uids(objects: dict[str, Object]) -> dict[str, str]:
    return {name: one["metadata"]["uid"] for name, one in objects.items()}


def all_ready(count: int) -> Holds:
    """So many pods, none of them on its way out, and all ready."""
    return lambda pods: len(pods) == count and all(is_ready(pod) and not is_terminating(pod) for pod in pods.values())


def all_at(revision: str, count: int) -> Holds:
    """As `all_ready`, and all of one revision."""
    return lambda pods: all_ready(count)(pods) and all(revision_of(pod) == revision for pod in pods.values())


def observed(name: str, generation: int = 1) -> Holds:
    """The controller has seen the set at this generation or a later one, and has written what it made of it."""
    return lambda sets: name in sets and sets[name].get("status", {}).get("observedGeneration", 0) >= generation


def settled(name: str, generation: int = 1) -> Holds:
    """As `observed`, and all replicas are ready and of the update revision."""

    def holds(sets: dict[str, Object]) -> bool:
        if not observed(name, generation)(sets):
            return False
        status, wanted = sets[name]["status"], sets[name]["spec"]["replicas"]
        counters = ("replicas", "readyReplicas", "availableReplicas", "updatedReplicas")
        return all(status.get(counter, 0) == wanted for counter in counters)

    return holds
