"""How long operations take in the simulated cluster."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Latencies:
    """Durations in seconds.

    A pod's own probes, hooks and annotations take precedence.
    """

    schedule: float = 0.3
    """From a pod's creation, or from the change that makes it schedulable, to the scheduler's decision."""
    provision: float = 1.2
    """From the creation of a PersistentVolumeClaim to its volume, and from a larger request to the larger volume."""
    attach: float = 1.5
    expand: float = 1.0
    """Expanding the file system of a volume, once the volume has grown."""
    notice: float = 0.3
    """Until a kubelet reacts to a change."""
    pull: float = 4.0
    """Pulling an image that the node does not have yet."""
    init: float = 1.0
    """One init container."""
    start: float = 0.8
    """From a sandbox with all images to running containers."""
    ready: float = 3.0
    """From running to the first successful readiness probe."""
    crash: float = 2.0
    """How long a container runs before it crashes."""
    stop: float = 3.0
    """From SIGTERM to the exit of the last container."""
    confirm: float = 0.01
    """From the last status of a terminated pod to the removal of its object."""
    jitter: float = 0.25
    """Each duration varies by this fraction, up or down."""

    def vary(self, seconds: float, rng: random.Random) -> float:
        """`seconds` with random jitter."""
        return seconds * (1 + self.jitter * (2 * rng.random() - 1)) if self.jitter else seconds


RECORDED = Latencies(
    schedule=0.25,
    provision=0.33,
    attach=0.0,
    expand=0.5,
    notice=0.27,
    pull=0.0,
    init=0.5,
    start=0.55,
    ready=1.63,
    crash=0.0,
    stop=2.15,
    confirm=0.01,
    jitter=0.0,
)
"""The latencies of the kubelets behind the recordings of a real control plane."""
