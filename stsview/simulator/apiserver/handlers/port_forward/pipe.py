"""Bytes from a client that arrive in messages, for a connection that reads them at its own pace."""

from __future__ import annotations

import asyncio

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.port_connection import Connection, PortError, PortProvider
from stsview.simulator.apiserver.wire import Object

_UNREAD = 16
"""Messages that are held for a connection that does not read."""


class Pipe:
    """Holds a few messages; then the writer waits."""

    def __init__(self) -> None:
        self._messages: asyncio.Queue[bytes] = asyncio.Queue(_UNREAD)
        self._ended = False

    async def put(self, data: bytes) -> None:
        """Pass bytes on; empty: no more follow."""
        await self._messages.put(data)

    async def read(self) -> bytes:
        if self._ended:
            return b""
        data = await self._messages.get()
        self._ended = not data
        return data


async def forward(provider: PortProvider, pod: Object, port: int, connection: Connection) -> str:
    """Connect to the port until the pod closes the connection. Returns the text of the error channel."""
    try:
        await provider(pod, port, connection)
    except PortError as error:
        # kubelet/pkg/cri/streaming/portforward/websocket.go, with the id of the sandbox
        return f"error forwarding port {port} to pod {pod['metadata']['uid']}, uid : {error}"
    except ApiError as error:
        return str(error.status["message"])
    return ""
