"""One connection to a port of a pod, over the WebSocket of a session."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from stsview.cluster.errors import Unreachable
from stsview.cluster.http.session import Session
from stsview.cluster.port_forward.channels import DATA, ERROR, LARGEST_FRAME, PROTOCOLS, Channels, frame, refusal
from stsview.objects.kinds import PODS

if TYPE_CHECKING:
    from stsview.cluster.http.websocket import WebSocket


@asynccontextmanager
async def open_port(session: Session, namespace: str, pod: str, port: int) -> AsyncIterator[PortStream]:
    """Connect to a port of a pod. Leaving the block ends the connection.

    Raises `ClusterError` where the server does not: `WriteRefused` in read-only mode, `Forbidden`, `NotFound` without
    such a pod, `NoWebSockets`. A port that refuses is known later: `PortStream.problem`.
    """
    path = f"{PODS.path(namespace, pod)}/portforward"
    query = [("ports", str(port))]
    async with session.websocket(path, query=query, protocols=PROTOCOLS, may_pause=True) as socket:
        yield PortStream(socket, pod, port)


class PortStream:
    """The bytes of one connection. The protocol cannot say that one side sends no more."""

    def __init__(self, socket: WebSocket, pod: str, port: int) -> None:
        self.problem = ""
        """Why the pod refused or broke the connection, in one line; empty where it did not."""
        self._socket = socket
        self._pod = pod
        self._port = port

    async def send(self, data: bytes) -> None:
        """Send bytes, and wait while the server does not read them. Raises `Unreachable`."""
        for start in range(0, len(data), LARGEST_FRAME):
            await self._socket.send(frame(data[start : start + LARGEST_FRAME]))

    async def ping(self) -> None:
        """Show proxies on the way that the connection is used. Raises `Unreachable`."""
        await self._socket.ping()

    async def received(self) -> AsyncGenerator[bytes, None]:
        """What the pod sends, until it ends the connection; then `problem` says whether it failed.

        The server is not read while the consumer does not ask for more. Raises `Unreachable` when the connection to it
        breaks.
        """
        channels, error = Channels(), bytearray()
        try:
            async for message in self._socket:
                channel, data = channels.split(message)
                if channel == DATA and data:
                    yield data
                elif channel == ERROR:
                    error += data
        except Unreachable:
            if not error:
                raise
        if error:
            self.problem = refusal(bytes(error), self._pod, self._port)
