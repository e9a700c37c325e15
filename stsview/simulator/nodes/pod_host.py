"""What the workers of one pod share: its lifecycles, its object, and the kubelet that runs it.

A lifecycle is a generator: each `yield` waits for some seconds or for a condition. The kubelet resumes it when the wait
is over, so no task and no thread stands behind a pod.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Protocol

from stsview.clock import Clock
from stsview.simulator.apiserver.resources import PODS, Resource
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.controllers.events import EventRecorder
from stsview.simulator.latencies import Latencies
from stsview.simulator.nodes.expansion import FileSystemExpansion
from stsview.simulator.nodes.images import Images
from stsview.simulator.nodes.logs import Logs
from stsview.simulator.nodes.stats.volume_usage import VolumeUsage

ROUNDING = 1e-6
"""Seconds by which a wait may end early."""


@dataclass
class WaitUntil:
    """Wait until `condition` holds, at most `seconds`.

    It is evaluated whenever the pod or something that it needs changes.
    """

    condition: Callable[[], bool]
    seconds: float | None = None


Wait = float | WaitUntil
Lifecycle = Generator[Wait, None, None]


class Routine:
    """A lifecycle, and what it waits for."""

    def __init__(self, lifecycle: Lifecycle, now: float) -> None:
        self._lifecycle: Lifecycle | None = lifecycle
        self._condition: Callable[[], bool] | None = None
        self.wait_until: float | None = now
        """The monotonic time at which it continues without a change, or None."""

    def step(self, now: float) -> bool:
        """Continue up to the next wait. False when it still waits."""
        if self._lifecycle is None:
            return False
        due = self.wait_until is not None and self.wait_until <= now + ROUNDING
        if not due and not (self._condition is not None and self._condition()):
            return False
        try:
            wait = next(self._lifecycle)
        except StopIteration:
            self._lifecycle, self.wait_until = None, None
            return True
        seconds = wait.seconds if isinstance(wait, WaitUntil) else wait
        self._condition = wait.condition if isinstance(wait, WaitUntil) else None
        self.wait_until = None if seconds is None else now + seconds
        return True

    def close(self) -> None:
        """End the lifecycle where it waits."""
        if self._lifecycle is not None:
            self._lifecycle.close()


class PodHost(Protocol):
    """What a pod worker uses of the kubelet that runs it."""

    latencies: Latencies
    images: Images
    logs: Logs
    volumes: VolumeUsage
    expansion: FileSystemExpansion

    @property
    def clock(self) -> Clock:
        """The cluster's time."""

    def vary(self, seconds: float) -> float:
        """`seconds` with the configured jitter."""

    def new_address(self) -> str:
        """An unused pod IP."""

    def host_address(self, node: str) -> str:
        """The InternalIP of a node, or empty."""

    def volumes_ready(self, pod: Object) -> bool:
        """Whether every volume of the pod is bound and attached."""

    def find(self, resource: Resource, namespace: str, name: str) -> Object | None:
        """An object of the API server, or None."""

    def unmet_gates(self, pod: Object) -> list[str]:
        """Readiness gates that are not True."""

    def grace_left(self, pod: Object) -> float:
        """Seconds until the containers of a terminating pod are killed."""

    def is_healthy(self, node: str) -> bool:
        """Whether the node has no fault."""

    def recorder(self, node: str) -> EventRecorder:
        """The recorder of one node's kubelet events."""

    def write_status(self, pod: Object, change: Callable[[Object], None]) -> Object:
        """Write the pod's status. Returns the pod as it is then."""

    def confirm_termination(self, pod: Object) -> None:
        """Remove the object of a terminated pod."""


@dataclass
class PodContext:
    """One pod on its kubelet."""

    host: PodHost
    pod: Object
    """The pod as the API server has it now."""
    pod_ip: str = ""
    """Empty before the sandbox is created."""
    changed: bool = False
    """Whether its status is to be written."""

    @property
    def uid(self) -> str:
        return self.pod["metadata"]["uid"]  # type: ignore[no-any-return]

    @property
    def node(self) -> str:
        return self.pod["spec"]["nodeName"]  # type: ignore[no-any-return]

    def event(self, type_: str, reason: str, message: str, field_path: str = "") -> None:
        """Record an event about the pod, or about its container at `field_path`."""
        self.host.recorder(self.node).event(PODS, self.pod, type_, reason, message, field_path)
