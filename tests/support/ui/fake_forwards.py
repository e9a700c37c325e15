"""Forwards without sockets, for screens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

from stsview.actions.errors import Refused
from stsview.actions.port_forward.followed_pod import FollowedPod
from stsview.actions.port_forward.forward import Forward
from stsview.actions.port_forward.listener import PortTaken
from stsview.actions.port_forward.port_spec import DeclaredPort, PortSpec, remote_port
from stsview.cluster.http.session import Session

NO_SESSION = cast("Session", None)


class FakeForwards:
    """Implements `stsview.actions.port_forward.lazy_service.ForwardService`."""

    def __init__(self, *declared: DeclaredPort) -> None:
        self.said: Callable[[Forward, str, bool], None] = lambda forward, words, warning: None
        self.forwards: list[Forward] = []
        self.declared = declared
        self.taken: set[int] = set()
        self.refusal = ""
        self.closed = False

    async def declared_ports(self, namespace: str, pod: str) -> tuple[DeclaredPort, ...]:
        return self.declared

    async def open(
        self, namespace: str, pod: str, specs: Sequence[PortSpec], addresses: Sequence[str]
    ) -> Sequence[Forward]:
        assert addresses == ("127.0.0.1", "::1")
        if self.refusal:
            raise Refused(self.refusal)
        return [self.add(namespace, pod, spec) for spec in specs]

    def add(self, namespace: str, pod: str, spec: PortSpec) -> Forward:
        try:
            port = remote_port(spec, self.declared, pod)
        except ValueError as error:
            raise Refused(str(error)) from error
        local = port if spec.local is None else spec.local or 40001
        if local in self.taken:
            raise PortTaken(f"local port {local} is in use: choose another one, or none for any free one")
        made = Forward(NO_SESSION, FollowedPod(NO_SESSION, namespace, pod), port, (), "prod-eu1")
        made.addresses = (("127.0.0.1", local), ("::1", local))
        self.forwards.append(made)
        return made

    async def end(self, forward: Forward) -> None:
        self.forwards.remove(forward)

    async def close(self) -> None:
        self.closed = True
