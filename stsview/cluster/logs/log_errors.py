"""Why there is no log to read, as a plain line.

The refusals are those of kubernetes/pkg/registry/core/pod/strategy.go (LogLocation) and of
kubernetes/pkg/kubelet/kubelet_pods.go (validateContainerLogStatus).
"""

from __future__ import annotations

from stsview.cluster.errors import one_line
from stsview.objects.log_messages import LogHealth, LogPhase, LogRequest
from stsview.objects.pod import ContainerStatus

_WAITING = " is waiting to start: "
_ENTIRELY_NEW = ("ContainerCreating", "PodInitializing")


def denied(request: LogRequest) -> str:
    return f"you may not read pods/log in {request.namespace}"


def gone(request: LogRequest) -> str:
    return f"there is no pod {request.pod} in {request.namespace}"


def unscheduled(request: LogRequest) -> str:
    return f"{request.pod} is on no node yet: no logs"


def no_kubelet(node: str, words: str) -> str:
    """What a 500 means where the API server could not get through to the node; empty where it says something else."""
    if "/containerLogs/" not in words:
        return ""
    return f"the kubelet of {node or 'its node'} does not answer: {words.rpartition(': ')[2]}"


def refused(request: LogRequest, words: str) -> LogHealth:
    """What a 400 means, whose message is `words`."""
    container, pod = one_line(request.container, 100) or "the container", one_line(request.pod, 100)
    if _WAITING in words:
        why = words.partition(_WAITING)[2]
        if why in _ENTIRELY_NEW:
            return LogHealth(LogPhase.WAITING, f"{container} of {pod} is being created: no logs yet")
        return LogHealth(LogPhase.WAITING, f"{container} of {pod} has not started, so it has no logs: {why}")
    if words.startswith("previous terminated container"):
        return LogHealth(LogPhase.REFUSED, f"{container} of {pod} has no previous run: it was not restarted")
    if "is not valid for pod" in words:
        return LogHealth(LogPhase.REFUSED, f"{pod} has no container {container}")
    return LogHealth(LogPhase.WAITING, words or f"the log of {container} in {pod} is refused")


def run_ended(request: LogRequest, status: ContainerStatus) -> LogHealth:
    """What became of a run whose log was read to its end."""
    ended = status.state.terminated or status.last_state.terminated
    how = f"{request.container} exited with {ended.exit_code}" if ended is not None else f"{request.container} ended"
    if ended is not None and ended.reason not in ("", "Error", "Completed"):
        how += f" ({one_line(ended.reason, 60)})"
    waiting = status.state.waiting
    if waiting is not None and waiting.reason:
        how += f", waits to be restarted: {one_line(waiting.reason, 60)}"
    return LogHealth(LogPhase.ENDED, how)
