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


class _Status(msgspec.Struct, frozen=True):
    phase: str = ""


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
            self._note(_not_running(found, self.name), found.metadata.uid)

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
        DeclaredPort(port.container_port, port.name, container.name)
        for container in found.spec.containers
        for port in container.ports or ()
        if port.protocol == "TCP" and port.container_port
    )


def _not_running(found: _Pod, name: str) -> str:
    if not found.spec.node_name:
        return f"{name} is not scheduled yet"
    if found.status.phase == "Running":
        return ""
    if found.status.phase in ("Succeeded", "Failed"):
        return f"{name} has terminated ({found.status.phase})"
    return f"{name} is not running yet ({printable_line(found.status.phase, 40) or 'unknown phase'})"
