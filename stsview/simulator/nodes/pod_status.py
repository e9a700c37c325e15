"""The status of a pod as a kubelet writes it.

Source: kubernetes/pkg/kubelet/status/generate.go, kubelet_pods.go.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from stsview.simulator.apiserver.wire import Object, timestamp
from stsview.simulator.nodes.images import Images
from stsview.simulator.pod_conditions import set_condition


@dataclass
class ContainerRun:
    """The state of one container, as its kubelet knows it."""

    name: str
    image: str
    restarts: int = 0
    ready: bool = False
    started: bool = False
    image_id: str = ""
    state: dict[str, Any] = field(default_factory=dict)
    last_state: dict[str, Any] = field(default_factory=dict)
    sidecar: bool = False
    files: dict[str, bytes] = field(default_factory=dict)
    """What processes wrote outside of its volumes: lost when it starts again."""
    on_end: list[Callable[[], None]] = field(default_factory=list)
    """Called when the current run ends: for the processes that were started in it."""

    def container_id(self, uid: str) -> str:
        return f"containerd://{uid}-{self.name}-{self.restarts}"

    def wait(self, reason: str, message: str = "") -> None:
        """Set the state to waiting."""
        self.ready = self.started = False
        self.state = {"waiting": {"reason": reason, **({"message": message} if message else {})}}

    def run(self, uid: str, now: datetime) -> None:
        """Set the state to running."""
        self.image_id = f"{Images.full_name(self.image)}@sha256:{sha256(self.image.encode()).hexdigest()}"
        self.started = True
        self.files = {}
        self.state = {"running": {"startedAt": timestamp(now)}}

    def terminate(self, uid: str, now: datetime, code: int, reason: str) -> None:
        """End the current run. The caller decides whether another run follows."""
        started = (self.state.get("running") or {}).get("startedAt")
        self.ready = self.started = False
        self.end_processes()
        self.state = {
            "terminated": {
                "exitCode": code,
                "reason": reason,
                **({"startedAt": started} if started else {}),
                "finishedAt": timestamp(now),
                "containerID": self.container_id(uid),
            }
        }

    def end_processes(self) -> None:
        """Kill the processes that were started in the run."""
        for end in tuple(self.on_end):
            end()

    def keep_last_state(self) -> None:
        """Keep the state of the terminated run as lastState."""
        self.last_state = self.state

    def to_status(self, uid: str) -> Object:
        """The containerStatus of the pod."""
        status: Object = {
            "name": self.name,
            "state": self.state,
            "lastState": self.last_state,
            "ready": self.ready,
            "restartCount": self.restarts,
            "image": self.image,
            "imageID": self.image_id,
        }
        if "running" in self.state or "terminated" in self.state or self.last_state:
            status["containerID"] = self.container_id(uid)
        status["started"] = self.started
        return status


def status_writer(
    containers: Sequence[ContainerRun],
    init_containers: Sequence[ContainerRun],
    *,
    phase: str,
    sandbox: bool,
    host_ip: str,
    pod_ip: str,
    unmet_gates: Callable[[Object], list[str]],
    now: datetime,
) -> Callable[[Object], None]:
    """A function that writes the state of these containers into a pod's status."""

    def change(pod: Object) -> None:
        status = pod.setdefault("status", {})
        uid = pod["metadata"]["uid"]
        generation = pod["metadata"].get("generation", 0)
        if generation:
            status["observedGeneration"] = generation
        status["phase"] = phase
        ended = phase in ("Succeeded", "Failed")
        _set_conditions(pod, status, containers, init_containers, ended, sandbox, unmet_gates, now)
        status["hostIP"] = host_ip
        status["hostIPs"] = [{"ip": host_ip}]
        if pod_ip:
            status["podIP"] = pod_ip
            status["podIPs"] = [{"ip": pod_ip}]
        status.setdefault("startTime", timestamp(now))
        if init_containers:
            status["initContainerStatuses"] = [one.to_status(uid) for one in init_containers]
        status["containerStatuses"] = [one.to_status(uid) for one in containers]

    return change


def _set_conditions(
    pod: Object,
    status: Object,
    containers: Sequence[ContainerRun],
    init_containers: Sequence[ContainerRun],
    ended: bool,
    sandbox: bool,
    unmet_gates: Callable[[Object], list[str]],
    now: datetime,
) -> None:
    generation = pod["metadata"].get("generation", 0)

    def put(type_: str, value: bool, reason: str = "", message: str = "") -> None:
        word = "True" if value else "False"
        set_condition(status, type_, word, now, reason=reason, message=message, generation=generation)

    put("PodReadyToStartContainers", sandbox and not ended)
    unfinished = [one.name for one in init_containers if not _initialized(one)]
    if unfinished and not ended and not any(_began(one) for one in containers):
        put(
            "Initialized",
            False,
            "ContainersNotInitialized",
            f"containers with incomplete status: [{' '.join(unfinished)}]",
        )
    else:
        put("Initialized", True)
    sidecars = [one for one in init_containers if one.sidecar]
    unready = [one.name for one in (*sidecars, *containers) if not one.ready]
    if ended:
        put("Ready", False, "PodCompleted")
        put("ContainersReady", False, "PodCompleted")
    elif unready:
        why = f"containers with unready status: [{' '.join(unready)}]"
        put("Ready", False, "ContainersNotReady", why)
        put("ContainersReady", False, "ContainersNotReady", why)
    else:
        unmet = unmet_gates(pod)
        put("ContainersReady", True)
        if unmet:
            put(
                "Ready",
                False,
                "ReadinessGatesNotReady",
                f'corresponding condition of pod readiness gate "{unmet[0]}" does not exist.',
            )
        else:
            put("Ready", True)
    put("PodScheduled", True)


def _initialized(container: ContainerRun) -> bool:
    if container.sidecar:
        return container.started
    ended = container.state.get("terminated")
    return ended is not None and ended["exitCode"] == 0


def _began(container: ContainerRun) -> bool:
    """Whether the container was started at least once."""
    return "waiting" not in container.state or bool(container.last_state)
