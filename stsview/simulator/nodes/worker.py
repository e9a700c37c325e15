"""The lifecycle of one pod on its node.

The lifecycle is a generator: each `yield` waits for some seconds or for a condition. The kubelet resumes it when the
wait is over, so no task and no thread stands behind a pod.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from stsview.clock import Clock
from stsview.simulator import fault_annotations
from stsview.simulator.apiserver.resources import PODS, Resource
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.controllers.events import EventRecorder
from stsview.simulator.latencies import Latencies
from stsview.simulator.nodes.images import Images
from stsview.simulator.nodes.logs import Logs
from stsview.simulator.nodes.pod_status import ContainerRun, status_writer
from stsview.simulator.nodes.references import environment_problem, volume_problem

RESTART_BACKOFF = (10, 20, 40, 80, 160, 300)
"""Seconds before a container is restarted, or an image pull retried (MaxContainerBackOff)."""
PROBE_PERIOD = 10
QUIET_PROBE_PERIOD = 300
"""Seconds between events of a probe that keeps failing: client-go drops most of those in between."""
SYNC_BACKOFF = 10.0
"""Seconds before a pod is synced again after an error (backOffPeriod in pkg/kubelet/kubelet.go)."""
MOUNT_BACKOFF = (0.5, 1, 2, 4, 8, 16, 32, 64, 122)
"""Seconds before a failed mount is retried (pkg/util/goroutinemap/exponentialbackoff)."""

_ROUNDING = 1e-6


@dataclass
class WaitUntil:
    """Wait until `condition` holds, at most `seconds`.

    It is evaluated whenever the pod or something that it needs changes.
    """

    condition: Callable[[], bool]
    seconds: float | None = None


Wait = float | WaitUntil
Lifecycle = Generator[Wait, None, None]


class PodHost(Protocol):
    """What a pod worker uses of the kubelet that runs it."""

    latencies: Latencies
    images: Images
    logs: Logs

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

    def write_status(self, worker: PodWorker, change: Callable[[Object], None]) -> None:
        """Write the pod's status and keep the result in `worker.pod`."""

    def confirm_termination(self, pod: Object) -> None:
        """Remove the object of a terminated pod."""


class PodWorker:
    """Runs one pod: its containers, probes, and termination."""

    def __init__(self, kubelet: PodHost, pod: Object) -> None:
        self._kubelet = kubelet
        self.pod = pod
        """The pod as the API server has it now."""
        self.uid: str = pod["metadata"]["uid"]
        self.terminating = False
        self.pod_ip = ""
        self.phase = "Pending"
        self._sandbox = False
        self.containers = [_run(one) for one in pod["spec"].get("containers") or ()]
        self.init_containers = [_run(one) for one in pod["spec"].get("initContainers") or ()]
        self._lifecycle: Lifecycle | None = self._run_pod()
        self._wait: Wait | None = None
        self._wait_until: float | None = kubelet.clock.monotonic()

    def sync(self) -> float | None:
        """Continue the lifecycle as far as possible now.

        Returns the seconds until it continues without a change, or None.
        """
        now = self._kubelet.clock.monotonic()
        while self._lifecycle is not None:
            condition = isinstance(self._wait, WaitUntil) and self._wait.condition()
            if not condition and (self._wait_until is None or self._wait_until > now + _ROUNDING):
                return None if self._wait_until is None else self._wait_until - now
            try:
                wait = next(self._lifecycle)
            except StopIteration:
                self._lifecycle = None
                break
            self._wait = wait
            seconds = wait.seconds if isinstance(wait, WaitUntil) else wait
            self._wait_until = None if seconds is None else now + seconds
        return None

    def terminate(self) -> None:
        """Begin the termination of the pod."""
        self.terminating = True
        self._start(self._terminate_pod())

    def restart_containers(self) -> None:
        """Start the containers again after the node rebooted."""
        self._start(self._restart_after_reboot())

    def _start(self, lifecycle: Lifecycle) -> None:
        if self._lifecycle is not None:
            self._lifecycle.close()
        self._lifecycle = lifecycle
        self._wait = None
        self._wait_until = self._kubelet.clock.monotonic()

    def _run_pod(self) -> Lifecycle:
        kubelet = self._kubelet
        yield kubelet.vary(kubelet.latencies.notice)
        for one in self.init_containers:
            one.wait("PodInitializing")
        for one in self.containers:
            one.wait("PodInitializing" if self.init_containers else "ContainerCreating")
        self._write()
        yield from self._mount_volumes()
        yield from self._set_up_volumes()
        self._sandbox = True
        self.pod_ip = self.pod_ip or kubelet.new_address()
        for one in self.init_containers:
            yield from self._initialize(one)
        yield from self._run_containers()

    def _restart_after_reboot(self) -> Lifecycle:
        for one in self.containers:
            one.restarts += 1
            one.terminate(self.uid, self._kubelet.clock.now(), 255, "Unknown")
            one.keep_last_state()
        yield from self._run_containers()

    def _mount_volumes(self) -> Lifecycle:
        kubelet = self._kubelet
        if kubelet.volumes_ready(self.pod):
            return
        recorded = 0
        while not kubelet.volumes_ready(self.pod):
            yield WaitUntil(lambda: kubelet.volumes_ready(self.pod), 123 if recorded < 3 else 600)
            if not kubelet.volumes_ready(self.pod):
                recorded += 1
                names = " ".join(v["name"] for v in self.pod["spec"]["volumes"] if "persistentVolumeClaim" in v)
                self._event(
                    "Warning",
                    "FailedMount",
                    f"Unable to attach or mount volumes: unmounted volumes=[{names}], unattached volumes=[{names}], "
                    "failed to process volumes=[]: timed out waiting for the condition",
                )

    def _set_up_volumes(self) -> Lifecycle:
        """Retry until the ConfigMaps and Secrets of all volumes exist."""
        attempt = 0
        while (problem := volume_problem(self.pod, self._kubelet.find)) is not None:
            text = f'MountVolume.SetUp failed for volume "{problem[0]}" : {problem[1]}'
            self._event("Warning", "FailedMount", text)
            yield float(MOUNT_BACKOFF[min(attempt, len(MOUNT_BACKOFF) - 1)])
            attempt += 1

    def _create(self, one: ContainerRun) -> Lifecycle:
        """Retry until the ConfigMaps and Secrets of the container's environment exist.

        Unlike in a real pod, the other containers wait for it too.
        """
        spec = self.pod["spec"]
        container = next(
            each for each in (*(spec.get("initContainers") or ()), *spec["containers"]) if each["name"] == one.name
        )
        namespace = self.pod["metadata"]["namespace"]
        while (problem := environment_problem(container, namespace, self._kubelet.find)) is not None:
            one.wait("CreateContainerConfigError", problem)
            self._event("Warning", "Failed", f"Error: {problem}")
            self._write()
            yield self._kubelet.vary(SYNC_BACKOFF)
            yield from self._pull(one)

    def _initialize(self, one: ContainerRun) -> Lifecycle:
        yield from self._pull(one)
        yield from self._create(one)
        attempt = 0
        while True:
            one.run(self.uid, self._kubelet.clock.now())
            self._record_start(one)
            self._write()
            self._kubelet.logs.started(self.pod, [one])
            if one.sidecar:
                one.ready = True
                self._kubelet.logs.readiness_changed(self.pod, [one], ready=True)
                return
            yield self._kubelet.vary(self._kubelet.latencies.init)
            code = fault_annotations.crash_code(self.pod, "init-crash", one.name)
            if code is None:
                break
            yield from self._crash([one], code, attempt)
            attempt += 1
        self._kubelet.logs.ended(self.pod, [one])
        one.terminate(self.uid, self._kubelet.clock.now(), 0, "Completed")
        one.ready = True
        self._write()

    def _run_containers(self) -> Lifecycle:
        for one in self.containers:
            yield from self._pull(one)
        kubelet = self._kubelet
        yield kubelet.vary(kubelet.latencies.start)
        attempt = 0
        while True:
            for one in self.containers:
                yield from self._create(one)
            self.phase = "Running"
            for one in self.containers:
                one.run(self.uid, kubelet.clock.now())
                self._record_start(one)
            self._write()
            kubelet.logs.started(self.pod, self.containers)
            yield from self._serve()
            yield from self._crash(self.containers, fault_annotations.crash_code(self.pod) or 1, attempt)
            attempt += 1

    def _serve(self) -> Lifecycle:
        """Serve until the containers crash."""
        kubelet = self._kubelet
        if self._crashing():
            yield kubelet.vary(kubelet.latencies.crash)
            return
        yield WaitUntil(self._crashing, fault_annotations.seconds(self.pod, "ready-after", self._seconds_to_ready()))
        while not self._crashing():
            unready = self._unready()
            for one in self.containers:
                one.ready = one.name not in unready
            self._write()
            kubelet.logs.readiness_changed(self.pod, self.containers, ready=not unready)
            if unready:
                yield from self._fail_probes(unready)
            else:
                yield WaitUntil(lambda: self._crashing() or bool(self._unready()) or not self._ready_reported())

    def _fail_probes(self, unready: list[str]) -> Lifecycle:
        """Record failing readiness probes until other containers fail them, or none."""
        failures = 0
        while self._unready() == unready and not self._crashing():
            self._event("Warning", "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503")
            failures += 1
            yield WaitUntil(
                lambda: self._unready() != unready or self._crashing(),
                PROBE_PERIOD if failures < 3 else QUIET_PROBE_PERIOD,
            )

    def _crashing(self) -> bool:
        return fault_annotations.crash_code(self.pod) is not None

    def _unready(self) -> list[str]:
        """The containers whose readiness probe fails."""
        return [one.name for one in self.containers if fault_annotations.value(self.pod, "unready", one.name)]

    def _ready_reported(self) -> bool:
        """Whether the Ready condition is as the kubelet last wrote it.

        The node lifecycle controller may have changed it.
        """
        if not self._kubelet.is_healthy(self.pod["spec"]["nodeName"]):
            return True
        wanted = "True" if not self._kubelet.unmet_gates(self.pod) else "False"
        conditions = (self.pod.get("status") or {}).get("conditions") or ()
        return any(one["type"] == "Ready" and one["status"] == wanted for one in conditions)

    def _crash(self, containers: Sequence[ContainerRun], code: int, attempt: int) -> Lifecycle:
        """Let the containers fail, and wait before the next run.

        The first restart happens at once.
        """
        kubelet = self._kubelet
        for one in containers:
            one.terminate(self.uid, kubelet.clock.now(), code, "OOMKilled" if code == 137 else "Error")
            one.keep_last_state()
        kubelet.logs.failed(self.pod, containers, code)
        if attempt > 0:
            pause = RESTART_BACKOFF[min(attempt - 1, len(RESTART_BACKOFF) - 1)]
            metadata = self.pod["metadata"]
            for one in containers:
                pod_name = f"{metadata['name']}_{metadata['namespace']}({self.uid})"
                text = f"restarting failed container={one.name} pod={pod_name}"
                one.wait("CrashLoopBackOff", f"back-off {_go_duration(pause)} {text}")
                self._event("Warning", "BackOff", f"Back-off restarting failed container {one.name} in pod {pod_name}")
            self._write()
            yield float(pause)
        else:
            self._write()
            yield kubelet.vary(kubelet.latencies.notice)
        for one in containers:
            one.restarts += 1

    def _pull(self, one: ContainerRun) -> Lifecycle:
        kubelet = self._kubelet
        node, image = self.pod["spec"]["nodeName"], one.image
        if not kubelet.images.valid(image):
            one.wait("InvalidImageName", f'Failed to apply default image tag "{image}": couldn\'t parse image name')
            self._event("Warning", "InspectFailed", f'Failed to apply default image tag "{image}"')
            self._write()
            yield WaitUntil(lambda: False)
        if kubelet.images.on_node(node, image) and not fault_annotations.value(self.pod, "image-pull"):
            text = f'Container image "{image}" already present on machine and can be accessed by the pod'
            self._event("Normal", "Pulled", text)
            return
        attempt = 0
        while fault_annotations.value(self.pod, "image-pull") or not kubelet.images.exists(image):
            yield from self._fail_to_pull(one, attempt)
            attempt += 1
        if kubelet.latencies.pull:
            self._event("Normal", "Pulling", f'Pulling image "{image}"')
            seconds = kubelet.vary(kubelet.latencies.pull)
            yield seconds
            text = f'Successfully pulled image "{image}" in {seconds:.3f}s ({seconds:.3f}s including waiting).'
            self._event("Normal", "Pulled", f"{text} Image size: 48301245 bytes.")
        else:
            text = f'Container image "{image}" already present on machine and can be accessed by the pod'
            self._event("Normal", "Pulled", text)
        kubelet.images.pulled(node, image)

    def _fail_to_pull(self, one: ContainerRun, attempt: int) -> Lifecycle:
        full = self._kubelet.images.full_name(one.image)
        why = (
            f'rpc error: code = NotFound desc = failed to pull and unpack image "{full}": failed to resolve reference '
            f'"{full}": {full}: not found'
        )
        self._event("Normal", "Pulling", f'Pulling image "{one.image}"')
        yield self._kubelet.vary(min(1.0, self._kubelet.latencies.pull))
        self._event("Warning", "Failed", f'Failed to pull image "{one.image}": {why}')
        self._event("Warning", "Failed", "Error: ErrImagePull")
        one.wait("ErrImagePull", why)
        self._write()
        yield self._kubelet.vary(min(3.0, 3 * self._kubelet.latencies.pull))
        one.wait("ImagePullBackOff", f'Back-off pulling image "{one.image}": ErrImagePull: {why}')
        self._event("Normal", "BackOff", f'Back-off pulling image "{one.image}"')
        self._event("Warning", "Failed", "Error: ImagePullBackOff")
        self._write()
        yield float(RESTART_BACKOFF[min(attempt, len(RESTART_BACKOFF) - 1)])

    def _terminate_pod(self) -> Lifecycle:
        kubelet = self._kubelet
        yield kubelet.vary(kubelet.latencies.notice / 2)
        if fault_annotations.value(self.pod, "stuck"):
            yield WaitUntil(lambda: not fault_annotations.value(self.pod, "stuck"))
        for one in self.containers:
            if "running" in one.state or "waiting" in one.state:
                self._event("Normal", "Killing", f"Stopping container {one.name}")
        wanted = fault_annotations.seconds(
            self.pod, "stop-after", kubelet.vary(kubelet.latencies.stop) + self._hook_seconds()
        )
        exit_at = kubelet.clock.monotonic() + wanted
        killed = False
        while (left := min(exit_at - kubelet.clock.monotonic(), kubelet.grace_left(self.pod))) > _ROUNDING:
            killed = kubelet.grace_left(self.pod) < exit_at - kubelet.clock.monotonic()
            yield WaitUntil(partial(self._deadline_moved, self._deadline()), left)
        for one in self.containers:
            if "terminated" not in one.state:
                code, reason = (137, "Error") if killed else (0, "Completed")
                one.terminate(self.uid, kubelet.clock.now(), code, reason)
        self.phase = "Failed" if killed else "Succeeded"
        self._write()
        kubelet.logs.ended(self.pod, self.containers)
        yield WaitUntil(lambda: not fault_annotations.value(self.pod, "unmount"))
        yield kubelet.latencies.confirm
        kubelet.confirm_termination(self.pod)

    def _deadline(self) -> str:
        return str(self.pod["metadata"]["deletionTimestamp"])

    def _deadline_moved(self, deadline: str) -> bool:
        """Whether a second deletion shortened the grace period."""
        return self._deadline() != deadline

    def _hook_seconds(self) -> float:
        """The longest preStop sleep. It counts against the grace period."""
        hooks = [
            ((one.get("lifecycle") or {}).get("preStop") or {}).get("sleep") or {}
            for one in self.pod["spec"].get("containers") or ()
        ]
        return float(max((hook.get("seconds", 0) for hook in hooks), default=0))

    def _seconds_to_ready(self) -> float:
        probes = [one.get("readinessProbe") or {} for one in self.pod["spec"].get("containers") or ()]
        delay = max((probe.get("initialDelaySeconds", 0) for probe in probes), default=0)
        return float(delay) + self._kubelet.vary(self._kubelet.latencies.ready)

    def _record_start(self, one: ContainerRun) -> None:
        self._event("Normal", "Created", f"Container created: {one.name}" if one.sidecar else "Container created")
        self._event("Normal", "Started", "Container started")

    def _event(self, type_: str, reason: str, message: str) -> None:
        self._kubelet.recorder(self.pod["spec"]["nodeName"]).event(PODS, self.pod, type_, reason, message)

    def _write(self) -> None:
        kubelet = self._kubelet
        change = status_writer(
            self.containers,
            self.init_containers,
            phase=self.phase,
            sandbox=self._sandbox,
            host_ip=kubelet.host_address(self.pod["spec"]["nodeName"]),
            pod_ip=self.pod_ip,
            unmet_gates=kubelet.unmet_gates,
            now=kubelet.clock.now(),
        )
        kubelet.write_status(self, change)


def _run(container: Object) -> ContainerRun:
    return ContainerRun(
        container["name"], container.get("image", ""), sidecar=container.get("restartPolicy") == "Always"
    )


def _go_duration(seconds: int) -> str:
    """`5m0s`, as Go prints durations."""
    minutes, rest = divmod(seconds, 60)
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"
