"""One local port, forwarded to a port of the pod that has a name."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import struct
from collections.abc import Callable, Sequence
from enum import Enum

from stsview.actions.port_forward.connection import pump
from stsview.actions.port_forward.followed_pod import FollowedPod
from stsview.cluster.errors import ClusterError, Forbidden, Unreachable
from stsview.cluster.http.session import Session
from stsview.cluster.port_forward.port_stream import open_port

_REPEATED_SECONDS = 10.0
"""How long the same line is not said twice: clients try again and again."""


class ForwardState(Enum):
    """Whether a client can connect."""

    FORWARDING = "forwarding"
    WAITING = "waiting"
    """There is no pod that runs, or the server cannot be reached; connections are refused meanwhile."""
    FAILING = "failing"
    """The last connection failed, in the pod or at the server."""


class Forward:
    """A port that is forwarded until `close`."""

    def __init__(
        self, session: Session, pod: FollowedPod, port: int, sockets: Sequence[socket.socket], context: str
    ) -> None:
        self.pod = pod
        self.port = port
        """In the pod."""
        self.context = context
        self.addresses: tuple[tuple[str, int], ...] = tuple(one.getsockname()[:2] for one in sockets)
        """Local address and port, one for each socket."""
        self.connections = 0
        """How many are open, without those whose client sends no more."""
        self.sent = 0
        """Bytes that went to the pod."""
        self.received = 0
        self.problem = ""
        """Why the last connection failed, in one line; empty where it did not."""
        self.said: Callable[[str, bool], None] = lambda words, warning: None
        """Called with a line for the user, and whether it is a warning."""
        self._session = session
        self._sockets = list(sockets)
        self._servers: list[asyncio.Server] = []
        self._open: dict[asyncio.Task[None], str] = {}
        """Connections, with the uid of their pod."""
        self._last_said: tuple[str, float] = ("", 0.0)

    @property
    def local(self) -> str:
        """The first local address: `127.0.0.1:8080`."""
        return address_text(*self.addresses[0])

    @property
    def local_port(self) -> int:
        return self.addresses[0][1]

    @property
    def target(self) -> str:
        """`kafka-1:9092`."""
        return f"{self.pod.name}:{self.port}"

    @property
    def state(self) -> ForwardState:
        if self.pod.problem:
            return ForwardState.WAITING
        return ForwardState.FAILING if self.problem else ForwardState.FORWARDING

    async def start(self) -> None:
        """Accept connections."""
        for one in self._sockets:
            self._servers.append(await asyncio.start_server(self._accept, sock=one))
        self._sockets.clear()

    async def close(self) -> None:
        """Close the local port and every connection."""
        for one in self._sockets:
            one.close()
        for server in self._servers:
            server.close()
        await self.drop()

    async def drop(self, *, except_uid: str = "") -> None:
        """Close every connection, but those to the pod with `except_uid`."""
        me = asyncio.current_task()
        tasks = [task for task, uid in self._open.items() if task is not me and not (except_uid and uid == except_uid)]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - asyncio runs this in one
        self._open[task] = self.pod.uid
        counted = [True]
        self.connections += 1

        def half_closed() -> None:
            if counted[0]:
                counted[0] = False
                self.connections -= 1

        clean = False
        try:
            clean = await self._connect(task, reader, writer, half_closed)
        except asyncio.CancelledError:
            # The forward, or its pod, has ended; asyncio would report the cancellation as an error.
            pass
        finally:
            half_closed()
            del self._open[task]
            if clean:
                writer.close()
            else:
                _reset(writer)

    async def _connect(
        self,
        task: asyncio.Task[None],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        half_closed: Callable[[], None],
    ) -> bool:
        """Whether the connection ended as its two sides wanted."""
        pod = self.pod
        await pod.look()
        self._open[task] = pod.uid
        if pod.problem:
            self._say(f"connection to {self.target} refused: {pod.problem}")
            return False
        stream = None
        try:
            async with open_port(self._session, pod.namespace, pod.name, self.port) as stream:
                await pump(self._session, reader, writer, stream, self._count, half_closed)
        except ClusterError as error:
            if stream is not None and isinstance(error, Unreachable):
                # The next connection finds out whether it is the pod or the server that has gone.
                await pod.look()
                self._say(f"connection to {self.target} lost: {pod.problem or error}")
            else:
                self.problem = _refusal(error, pod)
                self._say(f"connection to {self.target} refused: {self.problem}")
            return False
        self.problem = stream.problem
        if stream.problem:
            if stopped := pod.stopped(self.port):
                self.problem = f"connection to {self.target} refused: {stopped}"
            self._say(self.problem)
        return not stream.problem

    def _count(self, sent: int, received: int) -> None:
        self.sent += sent
        self.received += received
        self.problem = ""

    def _say(self, words: str) -> None:
        last, now = self._last_said, asyncio.get_running_loop().time()
        if words != last[0] or now - last[1] > _REPEATED_SECONDS:
            self._last_said = (words, now)
            self.said(words, True)


def _reset(writer: asyncio.StreamWriter) -> None:
    """Abort with a reset: an ordinary end would make what has arrived of an answer look complete."""
    opened = writer.get_extra_info("socket")
    if opened is not None:
        with contextlib.suppress(OSError):
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def address_text(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _refusal(error: ClusterError, pod: FollowedPod) -> str:
    """Names the verb that is missing: a WebSocket needs `get`, and since Kubernetes 1.35 also `create` (KEP-4006)."""
    if not isinstance(error, Forbidden):
        return str(error)
    verb = re.search(r"cannot (\w+) resource", error.server_message)
    return forbidden_text(verb[1] if verb else "create", pod.namespace)


def forbidden_text(verb: str, namespace: str) -> str:
    return f"you may not {verb} pods/portforward in {namespace}"
