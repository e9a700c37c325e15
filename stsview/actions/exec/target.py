"""The container that a command is to run in."""

from __future__ import annotations

from datetime import datetime

import msgspec

from stsview.actions.errors import Refused
from stsview.cluster.errors import ClusterError, Forbidden, NotFound, printable_line
from stsview.cluster.http.session import Session
from stsview.nearest import did_you_mean
from stsview.objects.kinds import PODS


class NotRunning(Refused):
    """The container does not run now; `ran_before`: it did, so that its previous run has a log."""

    def __init__(self, problem: str, *, ran_before: bool) -> None:
        super().__init__(problem)
        self.ran_before = ran_before


DEFAULT_CONTAINER = "kubectl.kubernetes.io/default-container"
"""The annotation that names the container for kubectl exec and logs."""


class _Named(msgspec.Struct, frozen=True):
    name: str = ""


class _Reason(msgspec.Struct, frozen=True, rename="camel"):
    reason: str = ""
    exit_code: int = 0


class _State(msgspec.Struct, frozen=True):
    waiting: _Reason | None = None
    running: _Reason | None = None
    terminated: _Reason | None = None


class _ContainerStatus(msgspec.Struct, frozen=True, rename="camel"):
    name: str = ""
    restart_count: int = 0
    state: _State = _State()


class _Metadata(msgspec.Struct, frozen=True, rename="camel"):
    uid: str = ""
    annotations: dict[str, str] | None = None
    deletion_timestamp: datetime | None = None


class _Spec(msgspec.Struct, frozen=True, rename="camel"):
    node_name: str = ""
    containers: tuple[_Named, ...] = ()
    init_containers: tuple[_Named, ...] | None = None
    ephemeral_containers: tuple[_Named, ...] | None = None


class _Status(msgspec.Struct, frozen=True, rename="camel"):
    phase: str = ""
    container_statuses: tuple[_ContainerStatus, ...] | None = None
    init_container_statuses: tuple[_ContainerStatus, ...] | None = None
    ephemeral_container_statuses: tuple[_ContainerStatus, ...] | None = None


class PodState(msgspec.Struct, frozen=True):
    """What of a pod says whether a command can run in it, and what became of it."""

    metadata: _Metadata = _Metadata()
    spec: _Spec = _Spec()
    status: _Status = _Status()

    @property
    def containers(self) -> tuple[str, ...]:
        """Names of the containers that normally run."""
        return tuple(one.name for one in self.spec.containers)

    @property
    def others(self) -> tuple[str, ...]:
        """Names of init and ephemeral containers."""
        return tuple(one.name for one in (*(self.spec.init_containers or ()), *(self.spec.ephemeral_containers or ())))

    @property
    def default(self) -> str:
        """The container that kubectl would choose."""
        named = (self.metadata.annotations or {}).get(DEFAULT_CONTAINER, "")
        return named if named in self.containers else next(iter(self.containers), "")

    def status_of(self, container: str) -> _ContainerStatus | None:
        status = self.status
        kinds = (status.container_statuses, status.init_container_statuses, status.ephemeral_container_statuses)
        return next((one for kind in kinds for one in kind or () if one.name == container), None)


_POD = msgspec.json.Decoder(PodState)


class ExecTarget(msgspec.Struct, frozen=True):
    """One run of a container of a pod."""

    namespace: str
    pod: str
    container: str
    uid: str = ""
    """Of the pod; empty where pods must not be read."""
    restarts: int = 0


async def read_pod(session: Session, namespace: str, pod: str) -> PodState:
    """The pod as it is now. Raises `ClusterError`."""
    return await session.get_json(PODS.path(namespace, pod), _POD)


async def find_target(session: Session, namespace: str, pod: str, container: str = "") -> ExecTarget:
    """The container, or the default one; read now.

    Raises `Refused` where the pod does not exist, or has no such container, and `NotRunning` where that does not run.
    Where pods must not be read, the server decides.
    """
    try:
        found = await read_pod(session, namespace, pod)
    except NotFound as error:
        raise Refused(f"no pod {pod} in {namespace}{await _hint(session, namespace, pod)}") from error
    except Forbidden:
        return ExecTarget(namespace, pod, container)
    except ClusterError as error:
        raise Refused(f"cannot read pod {namespace}/{pod}: {error}") from error
    chosen = container or found.default
    if chosen not in (*found.containers, *found.others):
        names = ", ".join((*found.containers, *found.others))
        raise Refused(f"{pod} has no container {printable_line(container, 100)}: use {names}")
    status = found.status_of(chosen)
    if problem := _not_running(found, pod, chosen):
        raise NotRunning(problem, ran_before=status is not None and status.restart_count > 0)
    return ExecTarget(namespace, pod, chosen, found.metadata.uid, status.restart_count if status is not None else 0)


async def running_containers(session: Session, namespace: str, pod: str) -> tuple[tuple[str, ...], str]:
    """The containers of a pod that run now, in its order, and the one that kubectl would choose.

    None where the pod does not exist, or must not be read.
    """
    try:
        found = await read_pod(session, namespace, pod)
    except ClusterError:
        return (), ""
    statuses = {name: found.status_of(name) for name in (*found.containers, *found.others)}
    running = tuple(name for name, one in statuses.items() if one is not None and one.state.running is not None)
    return running, found.default if found.default in running else next(iter(running), "")


def _not_running(found: PodState, pod: str, container: str) -> str:
    """Why no command can run in the container; empty if one can."""
    if not found.spec.node_name:
        return f"{pod} is not scheduled yet: it has no containers"
    if found.status.phase in ("Succeeded", "Failed"):
        return f"{pod} has terminated ({found.status.phase})"
    status = found.status_of(container)
    if status is None or status.state.running is not None:
        return ""
    waiting, terminated = status.state.waiting, status.state.terminated
    if terminated is not None:
        why = f"it exited with {terminated.exit_code}"
    else:
        why = printable_line(waiting.reason, 60) if waiting is not None and waiting.reason else "it has not started"
    return f"container {container} of {pod} is not running: {why}"


async def _hint(session: Session, namespace: str, pod: str) -> str:
    try:
        return did_you_mean(pod, (key.name for key in await session.list_keys(PODS.path(namespace))))
    except ClusterError:
        return ""
