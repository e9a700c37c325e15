"""Why a log cannot be read, in one line.

The errors are those of kubernetes/pkg/registry/core/pod/strategy.go (LogLocation) and of
kubernetes/pkg/kubelet/kubelet_pods.go (validateContainerLogStatus).
"""

from __future__ import annotations

from stsview.cluster.errors import printable_line
from stsview.objects.log_messages import LogHealth, LogPhase, LogRequest
from stsview.objects.pod import ContainerStatus

_WAITING = " is waiting to start: "
_CREATING = ("ContainerCreating", "PodInitializing")


def denied(request: LogRequest) -> str:
    return f"you may not get pods/log in {request.namespace}"


def gone(request: LogRequest) -> str:
    return f"no pod {request.pod} in {request.namespace}"


def unscheduled(request: LogRequest) -> str:
    return f"{request.pod} is not scheduled yet: no logs"


def no_kubelet(node: str, message: str) -> str:
    """What a 500 means when the API server cannot reach the node.

    Empty for any other message.
    """
    if "/containerLogs/" not in message:
        return ""
    return f"the kubelet of {node or 'the node'} does not answer: {message.rpartition(': ')[2]}"


def refused(request: LogRequest, message: str) -> LogHealth:
    """What a 400 with this message means."""
    container, pod = printable_line(request.container, 100) or "the container", printable_line(request.pod, 100)
    if _WAITING in message:
        why = message.partition(_WAITING)[2]
        if why in _CREATING:
            return LogHealth(LogPhase.WAITING, f"{container} of {pod} is being created: no logs yet")
        return LogHealth(LogPhase.WAITING, f"{container} of {pod} has not started, no logs yet: {why}")
    if message.startswith("previous terminated container"):
        return LogHealth(LogPhase.REFUSED, f"{container} of {pod} has no previous run: it never restarted")
    if "is not valid for pod" in message:
        return LogHealth(LogPhase.REFUSED, f"{pod} has no container {container}")
    return LogHealth(LogPhase.WAITING, message or f"the server rejects the log of {container} in {pod}")


def run_ended(request: LogRequest, status: ContainerStatus) -> LogHealth:
    """How the container exited whose log was read to its end."""
    ended = status.state.terminated or status.last_state.terminated
    how = f"{request.container} exited with {ended.exit_code}" if ended is not None else f"{request.container} exited"
    if ended is not None and ended.reason not in ("", "Error", "Completed"):
        how += f" ({printable_line(ended.reason, 60)})"
    waiting = status.state.waiting
    if waiting is not None and waiting.reason:
        how += f", restart pending: {printable_line(waiting.reason, 60)}"
    return LogHealth(LogPhase.ENDED, how)
