"""One command in a container, over the WebSocket of a session."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from stsview.cluster.errors import Unreachable
from stsview.cluster.exec.channels import (
    ERROR,
    LARGEST_FRAME,
    PROTOCOLS,
    STDERR,
    STDIN,
    STDOUT,
    V5,
    close_frame,
    end_of,
    frame,
    resize_frame,
    split,
)
from stsview.cluster.http.session import Session
from stsview.objects.exec_messages import ExecEnd, ExecRequest, ExecResult, Output
from stsview.objects.kinds import PODS

if TYPE_CHECKING:
    from stsview.cluster.http.websocket import WebSocket


@asynccontextmanager
async def open_exec(session: Session, request: ExecRequest) -> AsyncIterator[ExecStream]:
    """Start a command. Leaving the block ends it as closing a terminal does.

    Raises `ClusterError` where the server does not start it: `WriteRefused` in read-only mode, `Forbidden`, `NotFound`
    without such a pod, `Rejected` without such a container, `NoWebSockets` before Kubernetes 1.30.
    """
    query = [("command", word) for word in request.command]
    if request.container:
        query.append(("container", request.container))
    wanted = ("stdin", request.stdin), ("stdout", True), ("stderr", not request.tty), ("tty", request.tty)
    query += [(name, "true") for name, on in wanted if on]
    path = f"{PODS.path(request.namespace, request.pod)}/exec"
    async with session.websocket(path, query=query, protocols=PROTOCOLS) as socket:
        yield ExecStream(socket)


class ExecStream:
    """The streams of a command that was started."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self.end: ExecEnd | None = None
        """How it ended; None until the output has ended."""

    @property
    def can_end_input(self) -> bool:
        """Whether the command can be told that no more input follows: not by servers before Kubernetes 1.30."""
        return self._socket.protocol == V5

    async def send(self, data: bytes) -> None:
        """Send input, and wait while the server does not read it. Raises `Unreachable`."""
        for start in range(0, len(data), LARGEST_FRAME):
            await self._socket.send(frame(STDIN, data[start : start + LARGEST_FRAME]))

    async def end_input(self) -> None:
        """Say that no more input follows, where the server understands it. Raises `Unreachable`."""
        if self.can_end_input:
            await self._socket.send(close_frame(STDIN))

    async def resize(self, columns: int, rows: int) -> None:
        """Send the size of the terminal. Raises `Unreachable`."""
        await self._socket.send(resize_frame(columns, rows))

    async def output(self) -> AsyncGenerator[Output, None]:
        """What the command writes, until it ends; then `end` says how.

        The server is not read while the consumer does not ask for more.
        """
        try:
            async for message in self._socket:
                received = split(message)
                if received.channel in (STDOUT, STDERR):
                    if received.data:
                        yield Output(received.data, received.channel == STDERR)
                elif received.channel == ERROR and received.data:
                    self.end = end_of(received.data)
                    return
        except Unreachable as error:
            self.end = ExecEnd(ExecResult.LOST, problem=str(error))
            return
        self.end = ExecEnd(ExecResult.LOST, problem="the server ended the connection")
