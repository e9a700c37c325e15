"""The lifecycle of one pod on its node."""

from __future__ import annotations

from functools import partial

from stsview.simulator import fault_annotations
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.nodes.containers import ContainerWorker
from stsview.simulator.nodes.expansion import BACKOFF
from stsview.simulator.nodes.pod_host import ROUNDING, Lifecycle, PodContext, PodHost, Routine, WaitUntil
from stsview.simulator.nodes.pod_status import ContainerRun, status_writer
from stsview.simulator.nodes.references import volume_problem


class PodWorker:
    """Runs one pod: its volumes, its containers, and its termination."""

    def __init__(self, kubelet: PodHost, pod: Object) -> None:
        self._kubelet = kubelet
        self._context = PodContext(kubelet, pod)
        self.terminating = False
        self._sandbox = False
        self._initialized = False
        self._final_phase = ""
        spec = pod["spec"]
        self._containers = [ContainerWorker(self._context, one) for one in spec.get("containers") or ()]
        self._init_containers = [
            ContainerWorker(self._context, one, init=True) for one in spec.get("initContainers") or ()
        ]
        self._runs = [one.run for one in self._containers]
        self._init_runs = [one.run for one in self._init_containers]
        self._sidecars = [one for one in self._init_containers if one.run.sidecar]
        self._routines: list[Routine] = []
        self._start(self._run_pod())

    @property
    def pod(self) -> Object:
        """The pod as the API server has it now."""
        return self._context.pod

    @pod.setter
    def pod(self, pod: Object) -> None:
        self._context.pod = pod

    def sync(self) -> float | None:
        """Continue as far as possible now.

        Returns the seconds until it continues without a change, or None.
        """
        now = self._kubelet.clock.monotonic()
        while True:
            progress = False
            for routine in tuple(self._routines):
                progress |= routine.step(now)
            if self._context.changed:
                self._write()
            if not progress:
                break
        due = min((one.wait_until for one in self._routines if one.wait_until is not None), default=None)
        return None if due is None else due - now

    def terminate(self) -> None:
        """Begin the termination of the pod."""
        self.terminating = True
        self._stop_routines()
        self._start(self._terminate_pod())

    def restart_containers(self) -> None:
        """Start the containers again after the node rebooted."""
        self._stop_routines()
        if not self._initialized:
            self._start(self._run_pod())
            return
        for one in (*self._sidecars, *self._containers):
            self._start(one.restart_after_reboot())
        self._start(self._report_readiness())

    def run_of(self, container: str) -> ContainerRun | None:
        """The current run of a container, or None."""
        return next((one for one in (*self._runs, *self._init_runs) if one.name == container), None)

    def end_processes(self) -> None:
        """Kill the processes that were started in its containers."""
        for one in (*self._runs, *self._init_runs):
            one.end_processes()

    def _start(self, lifecycle: Lifecycle) -> None:
        self._routines.append(Routine(lifecycle, self._kubelet.clock.monotonic()))

    def _stop_routines(self) -> None:
        for routine in self._routines:
            routine.close()
        self._routines.clear()

    def _run_pod(self) -> Lifecycle:
        kubelet = self._kubelet
        yield kubelet.vary(kubelet.latencies.notice)
        for run in self._init_runs:
            run.wait("PodInitializing")
        for run in self._runs:
            run.wait("PodInitializing" if self._init_runs else "ContainerCreating")
        self._write()
        if not kubelet.volumes_ready(self.pod):
            # Its time-outs are no events since Kubernetes 1.28 (SyncPod in pkg/kubelet/kubelet.go).
            yield WaitUntil(lambda: kubelet.volumes_ready(self.pod))
        yield from self._expand_file_systems()
        yield from self._set_up_volumes()
        kubelet.expansion.mounted(self.pod)
        self._sandbox = True
        self._context.pod_ip = self._context.pod_ip or self._new_address()
        for one in self._init_containers:
            if one.run.sidecar:
                self._start(one.keep_running())
                yield WaitUntil(partial(_started, one))
            else:
                yield from one.initialize()
        self._initialized = True
        for one in self._containers:
            self._start(one.keep_running())
        yield from self._report_readiness()

    def _new_address(self) -> str:
        """The pod IP: with `hostNetwork` that of the node."""
        if self.pod["spec"].get("hostNetwork"):
            return self._kubelet.host_address(self._context.node)
        return self._kubelet.new_address()

    def _report_readiness(self) -> Lifecycle:
        """Write the status again whenever others changed the Ready condition, or a readiness gate."""
        while True:
            yield WaitUntil(lambda: not self._ready_reported())
            self._context.changed = True

    def _ready_reported(self) -> bool:
        """Whether the Ready condition is as the kubelet last wrote it.

        The node lifecycle controller may have changed it.
        """
        serving = (*self._runs, *(one.run for one in self._sidecars))
        if not all(run.ready for run in serving) or not self._kubelet.is_healthy(self._context.node):
            return True
        wanted = "True" if not self._kubelet.unmet_gates(self.pod) else "False"
        conditions = (self.pod.get("status") or {}).get("conditions") or ()
        return any(one["type"] == "Ready" and one["status"] == wanted for one in conditions)

    def _expand_file_systems(self) -> Lifecycle:
        """Expand those of volumes that have grown. Retry while one fails: the pod cannot start without it."""
        attempt, failed = 0, True
        while failed:
            failed = False
            for step in self._kubelet.expansion.mount(self.pod):
                if isinstance(step, str):
                    self._context.event("Warning", "FailedMount", step)
                    failed = True
                else:
                    yield step
            if failed:
                yield float(BACKOFF[min(attempt, len(BACKOFF) - 1)])
                attempt += 1

    def _set_up_volumes(self) -> Lifecycle:
        """Retry until the ConfigMaps and Secrets of all volumes exist."""
        attempt = 0
        while (problem := volume_problem(self.pod, self._kubelet.find)) is not None:
            text = f'MountVolume.SetUp failed for volume "{problem[0]}" : {problem[1]}'
            self._context.event("Warning", "FailedMount", text)
            yield float(BACKOFF[min(attempt, len(BACKOFF) - 1)])
            attempt += 1

    def _terminate_pod(self) -> Lifecycle:
        kubelet = self._kubelet
        yield kubelet.vary(kubelet.latencies.notice / 2)
        if fault_annotations.value(self.pod, "stuck"):
            yield WaitUntil(lambda: not fault_annotations.value(self.pod, "stuck"))
        workers = (*self._containers, *self._sidecars)
        for one in workers:
            if "running" in one.run.state or ("waiting" in one.run.state and not one.run.sidecar):
                one.kill(f"Stopping container {one.run.name}")
        wanted = fault_annotations.seconds(
            self.pod, "stop-after", kubelet.vary(kubelet.latencies.stop) + self._hook_seconds()
        )
        exit_at = kubelet.clock.monotonic() + wanted
        killed = False
        while (left := min(exit_at - kubelet.clock.monotonic(), kubelet.grace_left(self.pod))) > ROUNDING:
            killed = kubelet.grace_left(self.pod) < exit_at - kubelet.clock.monotonic()
            yield WaitUntil(partial(self._deadline_moved, self._deadline()), left)
        for one in workers:
            if "terminated" not in one.run.state and (one.run.state or not one.run.sidecar):
                code, reason = (137, "Error") if killed else (0, "Completed")
                one.run.terminate(self._context.uid, kubelet.clock.now(), code, reason)
        self._final_phase = "Failed" if killed else "Succeeded"
        self._write()
        kubelet.logs.ended(self.pod, [one.run for one in workers])
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

    def _phase(self) -> str:
        """Source: getPhase in kubernetes/pkg/kubelet/kubelet_pods.go, for the restart policy Always."""
        if self._final_phase:
            return self._final_phase
        never_started = any("waiting" in run.state and not run.last_state for run in self._runs)
        return "Pending" if never_started or not self._initialized else "Running"

    def _write(self) -> None:
        kubelet = self._kubelet
        self._context.changed = False
        change = status_writer(
            self._runs,
            self._init_runs,
            phase=self._phase(),
            sandbox=self._sandbox,
            host_ip=kubelet.host_address(self._context.node),
            pod_ip=self._context.pod_ip,
            unmet_gates=kubelet.unmet_gates,
            now=kubelet.clock.now(),
        )
        self.pod = kubelet.write_status(self.pod, change)


def _started(worker: ContainerWorker) -> bool:
    return worker.run.started
