"""The lifecycle of one container: image, start, probes, restarts.

Source: kubernetes/pkg/kubelet/kuberuntime/{kuberuntime_manager,kuberuntime_container}.go, pkg/kubelet/images.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import NamedTuple

from stsview.simulator import fault_annotations
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.nodes.pod_host import ROUNDING, Lifecycle, PodContext, Wait, WaitUntil
from stsview.simulator.nodes.pod_status import ContainerRun
from stsview.simulator.nodes.probes import LIVENESS, READINESS, STARTUP, Probe
from stsview.simulator.nodes.references import environment_problem
from stsview.simulator.nodes.stats.container_usage import seconds_until_killed
from stsview.simulator.nodes.stats.volume_usage import fill_rate

RESTART_BACKOFF = (10, 20, 40, 80, 160, 300)
"""Seconds before a container is restarted, or an image pull retried (MaxContainerBackOff)."""
BACKOFF_RESET = 600
"""Seconds that a container must run before its back-off starts again (twice MaxContainerBackOff)."""
SYNC_BACKOFF = 10.0
"""Seconds before a pod is synced again after an error (backOffPeriod in pkg/kubelet/kubelet.go)."""
STARTUP_SECONDS = 1.0
"""Seconds until a startup probe without initialDelaySeconds succeeds."""


class Exit(NamedTuple):
    """How a run of a container ends."""

    code: int
    killed: bool = False
    """Whether its kubelet terminates it."""
    full: bool = False
    """Whether it fails because a volume is full."""

    @property
    def reason(self) -> str:
        if self.code == 137 and not self.killed:
            return "OOMKilled"
        return "Error" if self.code else "Completed"


Run = Generator[Wait, None, Exit]


class ContainerWorker:
    """Runs one container of a pod."""

    def __init__(self, context: PodContext, spec: Object, *, init: bool = False) -> None:
        self._context = context
        self._host = context.host
        self._spec = spec
        self.run = ContainerRun(
            spec["name"], spec.get("image", ""), sidecar=init and spec.get("restartPolicy") == "Always"
        )
        self._field_path = f"spec.{'initContainers' if init else 'containers'}{{{self.run.name}}}"
        self._failed_runs = 0

    def initialize(self) -> Lifecycle:
        """Run an init container until it succeeds."""
        yield from self._pull()
        while True:
            yield from self._create()
            self._start()
            yield self._host.vary(self._host.latencies.init)
            code = fault_annotations.crash_code(self._context.pod, "init-crash", self.run.name)
            if code is None:
                break
            yield from self._fail(Exit(code))
        self._host.logs.ended(self._context.pod, [self.run])
        self.run.terminate(self._context.uid, self._host.clock.now(), 0, "Completed")
        self.run.ready = True
        self._context.changed = True

    def keep_running(self) -> Lifecycle:
        """Start the container, and start it again whenever it exits."""
        yield from self._pull()
        if not self.run.sidecar:
            yield self._host.vary(self._host.latencies.start)
        while True:
            yield from self._create()
            self._start()
            began = self._host.clock.monotonic()
            exit_ = yield from self._serve()
            if self._host.clock.monotonic() - began > BACKOFF_RESET:
                self._failed_runs = 0
            yield from self._fail(exit_)

    def restart_after_reboot(self) -> Lifecycle:
        """Start the container again after its node rebooted."""
        self.run.terminate(self._context.uid, self._host.clock.now(), 255, "Unknown")
        self.run.keep_last_state()
        self.run.restarts += 1
        yield from self.keep_running()

    def kill(self, message: str) -> None:
        """Record that the kubelet stops the container."""
        self._event("Normal", "Killing", message)

    def _fault(self, name: str) -> str:
        """A fault annotation. A sidecar has only those that name it."""
        if self.run.sidecar and not fault_annotations.names_container(self._context.pod, name, self.run.name):
            return ""
        return fault_annotations.value(self._context.pod, name, self.run.name)

    def _exit_code(self) -> int | None:
        """The code with which the container crashes now, or None."""
        return fault_annotations.crash_code(self._context.pod, "crash", self.run.name) if self._fault("crash") else None

    def _start(self) -> None:
        self.run.run(self._context.uid, self._host.clock.now())
        self.run.started = "startupProbe" not in self._spec and not self._fault("startup")
        self._event("Normal", "Created", "Container created")
        self._event("Normal", "Started", "Container started")
        self._context.changed = True
        self._host.logs.started(self._context.pod, [self.run])

    def _fill(self) -> float | None:
        """Write to the volumes at the rate of now. Returns the seconds until one is full, or None."""
        volumes, pod = self._host.volumes, self._context.pod
        rate = fill_rate(pod, self.run.name)
        if rate and self._stop_filling not in self.run.on_end:
            self.run.on_end.append(self._stop_filling)
        volumes.set_rate(pod, self._spec, rate)
        return volumes.seconds_until_full(pod, self._spec)

    def _stop_filling(self) -> None:
        self._host.volumes.set_rate(self._context.pod, self._spec, 0.0)
        self.run.on_end.remove(self._stop_filling)

    def _seconds_until_killed(self, started: float) -> float | None:
        """When memory that leaks reaches the limit; `started` in monotonic seconds. None: it does not leak."""
        whole = seconds_until_killed(self._context.pod, self._spec)
        return None if whole is None else whole - (self._host.clock.monotonic() - started)

    def _is_full(self) -> bool:
        left = self._host.volumes.seconds_until_full(self._context.pod, self._spec)
        return left is not None and left <= ROUNDING

    def _serve(self) -> Run:
        """Run until the container exits."""
        if self._exit_code() is not None:
            yield self._host.vary(self._host.latencies.crash)
            return Exit(self._exit_code() or 1)
        if self._is_full():
            yield self._host.vary(self._host.latencies.crash)
            return Exit(1, full=True)
        if not self.run.started:
            failed = yield from self._start_up()
            if failed is not None:
                return failed
        started = self._host.clock.monotonic()
        ready_at = started + self._seconds_to_ready()
        readiness, liveness = Probe(READINESS, self._spec, ready_at), Probe(LIVENESS, self._spec, started)
        readiness_known = False
        while True:
            now = self._host.clock.monotonic()
            code, unready, hangs, *_ = seen = self._faults()
            if code is not None:
                return Exit(code)
            killed_in = self._seconds_until_killed(started)
            if killed_in is not None and killed_in <= ROUNDING:
                # By the kernel: the reason is OOMKilled.
                return Exit(137)
            full_in = self._fill()
            if self._is_full():
                return Exit(1, full=True)
            probed = now >= ready_at
            if probed and (not readiness_known or self.run.ready == unready):
                readiness_known = True
                self._set_ready(not unready)
            waits = [None if probed else ready_at - now, full_in, killed_in]
            for probe, fails in ((readiness, unready and probed), (liveness, hangs)):
                if probe.failed(fails, now):
                    self._event("Warning", "Unhealthy", probe.message(self._context.pod_ip))
                waits.append(probe.seconds_left(fails, now))
            if liveness.failures >= liveness.threshold:
                return (yield from self._kill_after(liveness))
            yield WaitUntil(
                lambda seen=seen: self._faults() != seen,  # type: ignore[misc]
                min((one for one in waits if one is not None), default=None),
            )

    def _start_up(self) -> Generator[Wait, None, Exit | None]:
        """Wait for the startup probe. Returns how the run ends if it fails for good."""
        probe = Probe(STARTUP, self._spec, self._host.clock.monotonic())
        if not self._fault("startup"):
            yield float((self._spec.get("startupProbe") or {}).get("initialDelaySeconds") or STARTUP_SECONDS)
        while self._fault("startup"):
            now = self._host.clock.monotonic()
            if (code := self._exit_code()) is not None:
                return Exit(code)
            if probe.failed(True, now):
                self._event("Warning", "Unhealthy", probe.message(self._context.pod_ip))
            if probe.failures >= probe.threshold:
                return (yield from self._kill_after(probe))
            yield WaitUntil(
                lambda: not self._fault("startup") or self._exit_code() is not None, probe.seconds_left(True, now)
            )
        self.run.started = self._context.changed = True
        return None

    def _kill_after(self, probe: Probe) -> Run:
        """Stop a container whose probe failed too often."""
        what = f"ontainer {self.run.name} failed {probe.kind.lower()} probe"
        self.kill(f"Init c{what}" if self.run.sidecar else f"C{what}, will be restarted")
        grace = probe.grace_seconds or self._context.pod["spec"].get("terminationGracePeriodSeconds", 30)
        wanted = fault_annotations.seconds(self._context.pod, "stop-after", self._host.vary(self._host.latencies.stop))
        yield min(wanted, float(grace))
        return Exit(137 if wanted > grace else 143, killed=True)

    def _faults(self) -> tuple[int | None, bool, bool, float, float]:
        """The exit code, whether the readiness and the liveness probe fail, the bytes a second that it writes, and the
        seconds in which a leak takes all its memory, or 0."""
        rate = fill_rate(self._context.pod, self.run.name)
        leak = seconds_until_killed(self._context.pod, self._spec) or 0.0
        return self._exit_code(), bool(self._fault("unready")), bool(self._fault("liveness")), rate, leak

    def _set_ready(self, ready: bool) -> None:
        self.run.ready = ready
        self._context.changed = True
        self._host.logs.readiness_changed(self._context.pod, [self.run], ready=ready)

    def _seconds_to_ready(self) -> float:
        probe = self._spec.get("readinessProbe") or {}
        if self.run.sidecar and not probe:
            return 0.0
        seconds = float(probe.get("initialDelaySeconds", 0)) + self._host.vary(self._host.latencies.ready)
        return fault_annotations.seconds(self._context.pod, "ready-after", seconds)

    def _fail(self, exit_: Exit) -> Lifecycle:
        """End a run, and wait before the next one.

        The first restart happens at once.
        """
        context, one = self._context, self.run
        one.terminate(context.uid, self._host.clock.now(), exit_.code, exit_.reason)
        one.keep_last_state()
        if exit_.full:
            self._host.logs.filled_up(context.pod, [one])
        elif exit_.killed:
            self._host.logs.ended(context.pod, [one])
        else:
            self._host.logs.failed(context.pod, [one], exit_.code)
        context.changed = True
        self._failed_runs += 1
        if self._failed_runs > 1:
            pause = RESTART_BACKOFF[min(self._failed_runs - 2, len(RESTART_BACKOFF) - 1)]
            metadata = context.pod["metadata"]
            pod_name = f"{metadata['name']}_{metadata['namespace']}({context.uid})"
            one.wait(
                "CrashLoopBackOff",
                f"back-off {_go_duration(pause)} restarting failed container={one.name} pod={pod_name}",
            )
            self._event("Warning", "BackOff", f"Back-off restarting failed container {one.name} in pod {pod_name}")
            yield float(pause)
        else:
            yield self._host.vary(self._host.latencies.notice)
        one.restarts += 1

    def _create(self) -> Lifecycle:
        """Retry until the ConfigMaps and Secrets of the container's environment exist."""
        namespace = self._context.pod["metadata"]["namespace"]
        while (problem := environment_problem(self._spec, namespace, self._host.find)) is not None:
            self.run.wait("CreateContainerConfigError", problem)
            self._event("Warning", "Failed", f"Error: {problem}")
            self._context.changed = True
            yield self._host.vary(SYNC_BACKOFF)
            yield from self._pull()

    def _pull(self) -> Lifecycle:
        host, image, node = self._host, self.run.image, self._context.node
        if not host.images.valid(image):
            text = f'Failed to apply default image tag "{image}": couldn\'t parse image name'
            self.run.wait("InvalidImageName", text)
            self._event("Warning", "InspectFailed", f'Failed to apply default image tag "{image}"')
            self._context.changed = True
            yield WaitUntil(lambda: False)
        if host.images.on_node(node, image) and not self._pull_fails():
            self._record_present(image)
            return
        attempt = 0
        while self._pull_fails() or not host.images.exists(image):
            yield from self._fail_to_pull(attempt)
            attempt += 1
        if host.latencies.pull:
            self._event("Normal", "Pulling", f'Pulling image "{image}"')
            seconds = host.vary(host.latencies.pull)
            yield seconds
            text = f'Successfully pulled image "{image}" in {seconds:.3f}s ({seconds:.3f}s including waiting).'
            self._event("Normal", "Pulled", f"{text} Image size: 48301245 bytes.")
        else:
            self._record_present(image)
        host.images.pulled(node, image)

    def _pull_fails(self) -> bool:
        return bool(fault_annotations.value(self._context.pod, "image-pull", self.run.name))

    def _record_present(self, image: str) -> None:
        text = f'Container image "{image}" already present on machine and can be accessed by the pod'
        self._event("Normal", "Pulled", text)

    def _fail_to_pull(self, attempt: int) -> Lifecycle:
        image, latencies = self.run.image, self._host.latencies
        full = self._host.images.full_name(image)
        why = (
            f'rpc error: code = NotFound desc = failed to pull and unpack image "{full}": failed to resolve reference '
            f'"{full}": {full}: not found'
        )
        self._event("Normal", "Pulling", f'Pulling image "{image}"')
        yield self._host.vary(min(1.0, latencies.pull))
        self._event("Warning", "Failed", f'Failed to pull image "{image}": {why}')
        self._event("Warning", "Failed", "Error: ErrImagePull")
        self.run.wait("ErrImagePull", why)
        self._context.changed = True
        yield self._host.vary(min(3.0, 3 * latencies.pull))
        self.run.wait("ImagePullBackOff", f'Back-off pulling image "{image}": ErrImagePull: {why}')
        self._event("Normal", "BackOff", f'Back-off pulling image "{image}"')
        self._event("Warning", "Failed", "Error: ImagePullBackOff")
        self._context.changed = True
        yield float(RESTART_BACKOFF[min(attempt, len(RESTART_BACKOFF) - 1)])

    def _event(self, type_: str, reason: str, message: str) -> None:
        self._context.event(type_, reason, message, self._field_path)


def _go_duration(seconds: int) -> str:
    """`5m0s`, as Go prints durations."""
    minutes, rest = divmod(seconds, 60)
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"
