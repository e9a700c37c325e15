"""Forwards for screens: loaded on first use, and kept while the context is switched."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from stsview.actions.errors import Refused
from stsview.clock import SystemClock
from stsview.live.live import Live

if TYPE_CHECKING:
    from stsview.actions.port_forward.forward import Forward
    from stsview.actions.port_forward.port_spec import DeclaredPort, PortSpec
    from stsview.actions.port_forward.service import PortForwards
    from stsview.cluster.http.session import Session


class ForwardService(Protocol):
    """What screens call; `LazyForwardService` implements it."""

    said: Callable[[Forward, str, bool], None]

    @property
    def forwards(self) -> Sequence[Forward]: ...

    async def declared_ports(self, namespace: str, pod: str) -> tuple[DeclaredPort, ...]: ...

    async def open(
        self, namespace: str, pod: str, specs: Sequence[PortSpec], addresses: Sequence[str]
    ) -> Sequence[Forward]: ...

    async def end(self, forward: Forward) -> None: ...

    async def close(self) -> None: ...


class LazyForwardService:
    """The forwards of every context that `live` was connected to, each over a session of its own.

    The session of `live` ends with its context.
    """

    def __init__(self, live: Live) -> None:
        self.said: Callable[[Forward, str, bool], None] = lambda forward, words, warning: None
        """Called with a line about a forward, and whether it is a warning."""
        self._live = live
        self._opened: dict[str, tuple[Session, PortForwards]] = {}
        """By context."""

    @property
    def forwards(self) -> Sequence[Forward]:
        """All that are open, context by context, the oldest first."""
        return [forward for _, service in self._opened.values() for forward in service.forwards]

    async def declared_ports(self, namespace: str, pod: str) -> tuple[DeclaredPort, ...]:
        """TCP ports that the containers of a pod declare; none where they are not known."""
        from stsview.actions.port_forward.followed_pod import FollowedPod

        read = FollowedPod(self._connected(), namespace, pod)
        await read.look()
        return read.ports

    async def open(
        self, namespace: str, pod: str, specs: Sequence[PortSpec], addresses: Sequence[str]
    ) -> Sequence[Forward]:
        """Open forwards in the current context. Raises `Refused`."""
        return await self._service().open(namespace, pod, specs, addresses)

    async def end(self, forward: Forward) -> None:
        for _, service in list(self._opened.values()):
            await service.end(forward)

    async def close(self) -> None:
        """End all forwards, and close their sessions."""
        opened, self._opened = list(self._opened.values()), {}
        await asyncio.gather(*(service.close() for _, service in opened))
        await asyncio.gather(*(session.close() for session, _ in opened))

    def _say(self, forward: Forward, words: str, warning: bool) -> None:
        self.said(forward, words, warning)

    def _connected(self) -> Session:
        session = self._live.session
        if session is None:
            raise Refused("not connected")
        return session

    def _service(self) -> PortForwards:
        session = self._connected()
        context = session.config.context
        if context not in self._opened:
            from stsview.actions.execution.audit_log import AuditLog, usual_path
            from stsview.actions.port_forward.service import PortForwards
            from stsview.cluster.http.session import Session

            own = Session(session.config, SystemClock(), gate=session.gate)
            service = PortForwards(own, AuditLog(usual_path()))
            service.said = self._say
            self._opened[context] = own, service
        return self._opened[context][1]
