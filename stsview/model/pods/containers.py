"""What the containers of an unready pod do, as `kubectl get pods` prints it.

The order follows kubectl (pkg/printers/internalversion/printers.go, printPod); of several containers that are not
ready, a broken one comes first.
"""

from __future__ import annotations

import re
from datetime import datetime
from enum import Enum

from stsview.model.base import Record
from stsview.model.names import one_line
from stsview.objects.pod import Container, ContainerStateTerminated, ContainerStatus, Pod

_REASON = re.compile(r"[A-Za-z][A-Za-z0-9]{0,39}")

_IMAGE = frozenset(
    {
        "ErrImagePull",
        "ImagePullBackOff",
        "InvalidImageName",
        "ErrImageNeverPull",
        "ImageInspectError",
        "RegistryUnavailable",
        "SignatureValidationFailed",
    }
)


class ContainerActivity(Enum):
    """What a container is doing, told apart by what an operator can do about it."""

    UNKNOWN = "unknown"
    CREATING = "creating"
    INITIALIZING = "initializing"
    IMAGE = "image"
    CRASHING = "crashing"
    MISCONFIGURED = "misconfigured"
    TERMINATED = "terminated"
    RUNNING = "running"


BROKEN = frozenset({ContainerActivity.IMAGE, ContainerActivity.CRASHING, ContainerActivity.MISCONFIGURED})
"""Does not recover unless something outside the pod changes."""


class ContainerDiagnosis(Record, frozen=True):
    activity: ContainerActivity
    reason: str = ""
    """As Kubernetes gives it, of an init container that is merely not through its place, `0/2`; empty for a running
    container."""
    name: str = ""
    image: str = ""
    message: str = ""
    """As Kubernetes gives it, on one line."""
    since: datetime | None = None
    """When a running container started, or a terminated one finished."""
    restarts: int = 0
    last_death: ContainerStateTerminated | None = None
    init: bool = False
    """Whether it is an init container that has not finished."""

    @property
    def label(self) -> str:
        """As kubectl prints it; empty for a running container."""
        return f"Init:{self.reason}" if self.init else self.reason


def safe_reason(reason: str, fallback: str) -> str:
    """`reason` if it looks like a reason of Kubernetes, which is a single word.

    Else `fallback`.
    """
    return reason if _REASON.fullmatch(reason) else fallback


def diagnose_containers(pod: Pod) -> ContainerDiagnosis:
    """The container that best explains why the pod is not Ready."""
    specs = {container.name: container for container in (*pod.spec.init_containers, *pod.spec.containers)}
    initialized = pod.condition("Initialized")
    if (initializing := _diagnose_init(pod, specs)) is not None and not (initialized and initialized.status == "True"):
        return initializing
    sidecars = (
        status
        for status in pod.status.init_container_statuses
        if _is_sidecar(specs.get(status.name)) and not status.ready
    )
    statuses = (*pod.status.container_statuses, *sidecars)
    diagnoses = [_diagnose(status, specs.get(status.name)) for status in statuses if not status.ready]
    if not diagnoses:
        return ContainerDiagnosis(ContainerActivity.UNKNOWN)
    return min(diagnoses, key=lambda diagnosis: _FIRST.index(diagnosis.activity))


_FIRST = (
    ContainerActivity.CRASHING,
    ContainerActivity.IMAGE,
    ContainerActivity.MISCONFIGURED,
    ContainerActivity.TERMINATED,
    ContainerActivity.CREATING,
    ContainerActivity.INITIALIZING,
    ContainerActivity.RUNNING,
    ContainerActivity.UNKNOWN,
)


def restarts(pod: Pod) -> int:
    """Restarts as kubectl counts them: of containers and sidecars only."""
    count = 0
    for status in pod.status.container_statuses:
        count += status.restart_count
    if pod.spec.init_containers:
        sidecars = {container.name for container in pod.spec.init_containers if _is_sidecar(container)}
        count += sum(status.restart_count for status in pod.status.init_container_statuses if status.name in sidecars)
    return count


def all_terminated(pod: Pod) -> bool:
    """Whether every container is known to have terminated."""
    statuses = pod.status.container_statuses
    return bool(statuses) and all(status.state.terminated is not None for status in statuses)


def awaits_start(pod: Pod) -> bool:
    """Whether no container runs, and none is in back-off or has an error of its own."""
    statuses = (*pod.status.init_container_statuses, *pod.status.container_statuses)
    waiting = [status.state.waiting for status in statuses if status.state.waiting is not None]
    return (
        bool(pod.status.container_statuses)
        and not any(status.state.running is not None for status in statuses)
        and all(_activity_of_waiting(state.reason) is ContainerActivity.CREATING for state in waiting)
    )


def ever_started(pod: Pod) -> bool:
    """Whether any container was ever started."""
    statuses = (*pod.status.init_container_statuses, *pod.status.container_statuses)
    return any(
        status.state.running is not None or status.state.terminated is not None or status.restart_count
        for status in statuses
    )


def _is_sidecar(container: Container | None) -> bool:
    return container is not None and container.restart_policy == "Always"


def is_sidecar(pod: Pod, name: str) -> bool:
    """Whether the init container of that name is a sidecar."""
    return any(container.name == name and _is_sidecar(container) for container in pod.spec.init_containers)


def _not_through(name: str, spec: Container | None) -> str:
    return f"sidecar {name} has not started" if _is_sidecar(spec) else f"init container {name} has not finished"


def _diagnose_init(pod: Pod, specs: dict[str, Container]) -> ContainerDiagnosis | None:
    """The first init container that has not completed; None when all have."""
    for index, status in enumerate(pod.status.init_container_statuses):
        spec = specs.get(status.name)
        terminated = status.state.terminated
        if (terminated is not None and terminated.exit_code == 0) or (_is_sidecar(spec) and status.started):
            continue
        diagnosis = _diagnose(status, spec)
        explains = diagnosis.activity in BROKEN or diagnosis.activity is ContainerActivity.TERMINATED
        return ContainerDiagnosis(
            activity=diagnosis.activity if explains else ContainerActivity.INITIALIZING,
            reason=diagnosis.reason if explains else f"{index}/{len(pod.spec.init_containers)}",
            name=diagnosis.name,
            image=diagnosis.image,
            message=diagnosis.message or _not_through(status.name, spec),
            since=diagnosis.since,
            restarts=diagnosis.restarts,
            last_death=diagnosis.last_death,
            init=True,
        )
    return None


def _diagnose(status: ContainerStatus, spec: Container | None) -> ContainerDiagnosis:
    state = status.state
    last = state.terminated or status.last_state.terminated
    activity, reason, message, since = ContainerActivity.UNKNOWN, "", "", None
    if state.waiting is not None:
        message = state.waiting.message
        reason = safe_reason(state.waiting.reason, "Waiting")
        activity = _activity_of_waiting(state.waiting.reason)
        if not state.waiting.reason:
            reason = "ContainerCreating"
    elif state.terminated is not None:
        activity, reason, message = (
            ContainerActivity.TERMINATED,
            _death_reason(state.terminated),
            state.terminated.message,
        )
        since = state.terminated.finished_at
    elif state.running is not None:
        activity, since = ContainerActivity.RUNNING, state.running.started_at
    return ContainerDiagnosis(
        activity=activity,
        reason=reason,
        name=status.name,
        image=(spec.image if spec else "") or status.image,
        message=one_line(message),
        since=since,
        restarts=status.restart_count,
        last_death=last,
    )


def _activity_of_waiting(reason: str) -> ContainerActivity:
    if reason in _IMAGE:
        return ContainerActivity.IMAGE
    if reason == "CrashLoopBackOff":
        return ContainerActivity.CRASHING
    # CreateContainerConfigError, CreateContainerError, RunContainerError, PreStartHookError and reasons of runtimes. A
    # reason that does not look like an error gets the grace time of a container being created.
    return ContainerActivity.MISCONFIGURED if reason.endswith(("Error", "BackOff")) else ContainerActivity.CREATING


def _death_reason(death: ContainerStateTerminated) -> str:
    if death.reason:
        return safe_reason(death.reason, "Error")
    return f"Signal:{death.signal}" if death.signal else f"ExitCode:{death.exit_code}"


def death_text(death: ContainerStateTerminated | None) -> str:
    """`exit 1`, `OOMKilled`, `signal 9`; empty for none."""
    if death is None:
        return ""
    if death.reason and death.reason not in ("Error", "Completed"):
        return safe_reason(death.reason, "Error")
    return f"signal {death.signal}" if death.signal else f"exit {death.exit_code}"
