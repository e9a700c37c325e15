"""Ports over the channels of a WebSocket: two for each port, data and errors.

Source: kubelet/pkg/cri/streaming/portforward/websocket.go. No channel can end without the others.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Sequence

from aiohttp import WSMsgType, web

from stsview.simulator.apiserver.handlers.port_forward.pipe import Pipe, forward
from stsview.simulator.apiserver.port_connection import PortProvider
from stsview.simulator.apiserver.wire import Object

V4 = "v4.channel.k8s.io"


async def serve_channels(
    socket: web.WebSocketResponse, provider: PortProvider, pod: Object, ports: Sequence[int]
) -> None:
    """Connect to every port; ends when all connections have, or the client leaves."""
    connections = [_Channel(socket, 2 * number) for number in range(len(ports))]
    for number, port in enumerate(ports):
        for channel in (2 * number, 2 * number + 1):
            await socket.send_bytes(bytes((channel,)) + struct.pack("<H", port))
    receiving = asyncio.create_task(_receive(socket, connections), name="port-forward input")
    forwarding = asyncio.create_task(_forward_all(socket, provider, pod, ports, connections), name="port-forward")
    try:
        await asyncio.wait((receiving, forwarding), return_when=asyncio.FIRST_COMPLETED)
        if forwarding.done():
            forwarding.result()
    finally:
        for task in (receiving, forwarding):
            task.cancel()
        await asyncio.gather(receiving, forwarding, return_exceptions=True)


async def _receive(socket: web.WebSocketResponse, connections: Sequence[_Channel]) -> None:
    async for message in socket:
        if message.type is WSMsgType.BINARY and len(message.data) > 1:
            number, odd = divmod(message.data[0], 2)
            if not odd and number < len(connections):
                await connections[number].input.put(message.data[1:])


async def _forward_all(
    socket: web.WebSocketResponse,
    provider: PortProvider,
    pod: Object,
    ports: Sequence[int],
    connections: Sequence[_Channel],
) -> None:
    async def one(number: int) -> None:
        text = await forward(provider, pod, ports[number], connections[number])
        if text:
            await socket.send_bytes(bytes((2 * number + 1,)) + text.encode())

    await asyncio.gather(*(one(number) for number in range(len(ports))))


class _Channel:
    """The data channel of one port."""

    def __init__(self, socket: web.WebSocketResponse, channel: int) -> None:
        self.input = Pipe()
        self._socket = socket
        self._channel = channel

    async def read(self) -> bytes:
        return await self.input.read()

    async def write(self, data: bytes) -> None:
        await self._socket.send_bytes(bytes((self._channel,)) + data)
