"""The pod behind a name: whether it can be connected to now, and when it is replaced."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec

from stsview.actions.port_forward.port_spec import DeclaredPort
from stsview.cluster.errors import ClusterError, Forbidden, NotFound, printable_line
from stsview.cluster.http.session import Session
from stsview.objects.kinds import PODS

WATCH_SECONDS = 3.0
"""How often the pod is read: a forward follows its name, also while nothing connects."""


class _Port(msgspec.Struct, frozen=True, rename="camel"):
    container_port: int = 0
    name: str = ""
    protocol: str = "TCP"


class _Container(msgspec.Struct, frozen=True):
    name: str = ""
    ports: tuple[_Port, ...] | None = None


class _Metadata(msgspec.Struct, frozen=True, rename="camel"):
    uid: str = ""
    deletion_timestamp: datetime | None = None


class _Spec(msgspec.Struct, frozen=True, rename="camel"):
    node_name: str = ""
    containers: tuple[_Container, ...] = ()


class _Reason(msgspec.Struct, frozen=True, rename="camel"):
    reason: str = ""
    exit_code: int | None = None


class _State(msgspec.Struct, frozen=True):
    waiting: _Reason | None = None
    running: _Reason | None = None
    terminated: _Reason | None = None


class _ContainerStatus(msgspec.Struct, frozen=True):
    name: str = ""
    state: _State = _State()


class _Status(msgspec.Struct, frozen=True, rename="camel"):
    phase: str = ""
    container_statuses: tuple[_ContainerStatus, ...] | None = None


class _Pod(msgspec.Struct, frozen=True):
    metadata: _Metadata = _Metadata()
    spec: _Spec = _Spec()
    status: _Status = _Status()


_POD = msgspec.json.Decoder(_Pod)


class FollowedPod:
    """One name of a pod, read again and again."""

    def __init__(self, session: Session, namespace: str, name: str) -> None:
        self.namespace = namespace
        self.name = name
        self.uid = ""
        """Of the pod that runs, or ran last; empty while that is not known."""
        self.problem = ""
        """Why nothing can connect now, in one line; empty where something can."""
        self.ports: tuple[DeclaredPort, ...] = ()
        """TCP ports that its containers declare."""
        self.changed: Callable[[str, bool], None] = lambda words, replaced: None
        """Called when connections become possible, impossible, or go to another pod; with a line that says so, and
        whether the pod is another one."""
        self._session = session
        self._readable = True
        self._containers: tuple[str, ...] = ()
        self._stopped: dict[str, str] = {}
        """Containers that do not run, with the reason."""

    async def look(self) -> None:
        """Read the pod now. Where pods must not be read, connections show whether it exists."""
        if not self._readable:
            return
        try:
            found = await self._session.get_json(PODS.path(self.namespace, self.name), _POD)
        except NotFound:
            self._note(f"{self.name} does not exist now", self.uid)
        except Forbidden:
            self._readable = False
        except ClusterError as error:
            self._note(str(error), self.uid, "the server answers")
        else:
            self.ports = _declared(found)
            self._containers = tuple(one.name for one in found.spec.containers)
            self._stopped = _stopped(found)
            self._note(_not_running(found, self.name), found.metadata.uid)

    def stopped(self, port: int) -> str:
        """The container that should listen on a port and does not run: `container kafka is not running (Error)`.

        Empty where it runs, or it is not known which one that is.
        """
        declaring = next((one.container for one in self.ports if one.number == port), "")
        container = declaring or (self._containers[0] if len(self._containers) == 1 else "")
        if container not in self._stopped:
            return ""
        return f"container {printable_line(container, 63)} is not running ({self._stopped[container]})"

    async def watch(self) -> None:
        """Read the pod every few seconds, until cancelled."""
        while True:
            await self._session.sleep(WATCH_SECONDS)
            await self.look()

    def _note(self, problem: str, uid: str, until: str = "it runs") -> None:
        before, self.problem = self.problem, problem
        if problem:
            if not before and self.uid:
                self.changed(f"{problem}: new connections are refused until {until}", False)
            return
        former, self.uid = self.uid, uid
        if former and former != uid:
            self.changed(f"{self.name} was replaced: forwarding to its new pod", True)
        elif before and former:
            self.changed(f"{self.name} can be reached again", False)


def _declared(found: _Pod) -> tuple[DeclaredPort, ...]:
    return tuple(
        DeclaredPort(port.container_port, printable_line(port.name, 15), container.name)
        for container in found.spec.containers
        for port in container.ports or ()
        if port.protocol == "TCP" and port.container_port
    )


def _stopped(found: _Pod) -> dict[str, str]:
    stopped: dict[str, str] = {}
    for status in found.status.container_statuses or ():
        state = status.state
        if state.running is None and state.terminated is not None:
            stopped[status.name] = f"exit code {state.terminated.exit_code}"
        elif state.running is None:
            reason = state.waiting.reason if state.waiting is not None else ""
            stopped[status.name] = printable_line(reason, 60) or "waiting"
    return stopped


def _not_running(found: _Pod, name: str) -> str:
    if not found.spec.node_name:
        return f"{name} is not scheduled yet"
    if found.status.phase == "Running":
        return ""
    if found.status.phase in ("Succeeded", "Failed"):
        return f"{name} has terminated ({found.status.phase})"
    return f"{name} is not running yet ({printable_line(found.status.phase, 40) or 'unknown phase'})"
