"""CPU and memory of containers: plausible for the image, the same for the same seed and time."""

from __future__ import annotations

import math
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from stsview.simulator import fault_annotations
from stsview.simulator.apiserver.wire import Object, instant
from stsview.simulator.nodes.shell.image_profiles import image_name
from stsview.simulator.quantities import in_bytes, in_millicpus

_MI = 1024 * 1024


class Usage(NamedTuple):
    """What a container, pod or node uses."""

    nanocores: int = 0
    memory: int = 0
    """Bytes of the working set."""

    def plus(self, other: Usage) -> Usage:
        return Usage(self.nanocores + other.nanocores, self.memory + other.memory)


_TYPICAL = {
    "postgres": (240, 900),
    "redis": (90, 420),
    "valkey": (90, 420),
    "rabbitmq": (180, 520),
    "mongo": (310, 1400),
    "cassandra": (620, 3900),
    "kafka": (480, 2300),
    "zookeeper": (35, 480),
    "opensearch": (540, 3100),
    "elasticsearch": (540, 3100),
    "keycloak": (160, 780),
    "prometheus": (330, 2600),
    "thanos": (120, 1100),
    "loki": (210, 950),
    "vault": (25, 140),
    "memcached": (40, 90),
    "clickhouse-server": (700, 4200),
    "etcd": (75, 130),
    "nats": (60, 70),
}
"""Millicores and MiB by image, under an ordinary load."""
_OTHER = (20, 60)
_LEAST_LEAKED = 0.3
"""The part of its limit that a container with a leak uses at its start."""
NODE_SYSTEM = (310, 1900)
"""Millicores and MiB of what runs on a node outside of pods."""


def running_containers(pod: Object, now: datetime) -> list[Object]:
    """The specs of the pod's containers that have run for some seconds."""
    status = pod.get("status") or {}
    running = {
        one["name"]
        for one in (*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ()))
        if (started := (one["state"].get("running") or {}).get("startedAt")) and instant(started) < now
    }
    specs = (*(pod["spec"].get("initContainers") or ()), *pod["spec"]["containers"])
    return [one for one in specs if one["name"] in running]


def container_usage(seed: int, pod: Object, container: Object, at: datetime) -> Usage:
    """What the container uses at a time. Kubernetes lets none use more than its limits."""
    metadata = pod["metadata"]
    key = f"{seed}/{metadata['namespace']}/{metadata['name']}/{container['name']}"
    usage = varied(key, _TYPICAL.get(image_name(container.get("image", "")), _OTHER), at)
    if (leaked := _leaked(pod, container, at)) is not None:
        usage = usage._replace(memory=leaked)
    limits = (container.get("resources") or {}).get("limits") or {}
    cpu = in_millicpus(str(limits["cpu"])) * 1_000_000 if "cpu" in limits else usage.nanocores
    # At the limit itself the kernel would have killed it.
    memory = in_bytes(str(limits["memory"])) * 99 // 100 if "memory" in limits else usage.memory
    return Usage(min(usage.nanocores, cpu), min(usage.memory, memory))


def seconds_until_killed(pod: Object, container: Object) -> float | None:
    """How long after its start a container that leaks memory reaches its limit; None: it never does."""
    limit = ((container.get("resources") or {}).get("limits") or {}).get("memory")
    rate = fault_annotations.seconds(pod, "leak", 0.0, container["name"])
    return in_bytes(str(limit)) * (1 - _LEAST_LEAKED) / rate if rate and limit is not None else None


def _leaked(pod: Object, container: Object, at: datetime) -> int | None:
    """The bytes that a container with a leak uses; None: it has none."""
    whole = seconds_until_killed(pod, container)
    if whole is None:
        return None
    statuses = (pod.get("status") or {}).get("containerStatuses") or ()
    running = next((one["state"].get("running") for one in statuses if one["name"] == container["name"]), None)
    if not running:
        return None
    limit = in_bytes(str(container["resources"]["limits"]["memory"]))
    passed = (at - instant(running["startedAt"])).total_seconds()
    return int(limit * (_LEAST_LEAKED + (1 - _LEAST_LEAKED) * min(1.0, max(0.0, passed) / whole)))


def varied(key: str, typical: tuple[int, int], at: datetime) -> Usage:
    """Usage around `typical` millicores and MiB, in waves of some minutes and hours."""
    phase = [part / 256 for part in sha256(key.encode()).digest()[:4]]
    noise = sha256(f"{key}/{at.timestamp():.0f}".encode()).digest()[0] / 256
    seconds = at.timestamp()
    load = 0.7 + 0.5 * phase[0] + 0.18 * _wave(seconds, 340, phase[1]) + 0.14 * _wave(seconds, 5100, phase[2])
    memory = 0.8 + 0.3 * phase[1] + 0.05 * _wave(seconds, 9700, phase[3])
    return Usage(int(typical[0] * 1_000_000 * (load + 0.12 * noise)), int(typical[1] * _MI * memory))


def _wave(seconds: float, period: float, phase: float) -> float:
    return math.sin(math.tau * (seconds / period + phase))
