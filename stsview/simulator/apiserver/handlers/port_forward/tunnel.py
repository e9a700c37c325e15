"""Ports over SPDY/3.1 in the messages of a WebSocket, as kubectl asks for since 1.31.

Two streams for each connection, error and data, which belong together by their `requestid`. Source: KEP-4006,
k8s.io/apimachinery/pkg/util/portforward, kubelet/pkg/cri/streaming/portforward/httpstream.go.
"""

from __future__ import annotations

import asyncio
import zlib
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web

from stsview.simulator.apiserver.handlers.port_forward.pipe import Pipe, forward
from stsview.simulator.apiserver.http import spdy
from stsview.simulator.apiserver.port_connection import PortProvider
from stsview.simulator.apiserver.wire import Object

TUNNEL = "SPDY/3.1+portforward.k8s.io"


async def serve_tunnel(socket: web.WebSocketResponse, provider: PortProvider, pod: Object) -> None:
    """Connect to a port for each pair of streams; ends when the client leaves."""
    tunnel = _Tunnel(socket, provider, pod)
    try:
        await tunnel.receive()
    except (ValueError, zlib.error):
        # Closed, as spdystream does.
        return
    finally:
        await tunnel.stop()


@dataclass
class _Pair:
    """The streams of one connection; 0 while the client has not opened them."""

    port: int
    error: int = 0
    data: int = 0
    input: Pipe = field(default_factory=Pipe)


class _Tunnel:
    def __init__(self, socket: web.WebSocketResponse, provider: PortProvider, pod: Object) -> None:
        self._socket = socket
        self._provider = provider
        self._pod = pod
        self._encoder = spdy.Encoder()
        self._pairs: dict[str, _Pair] = {}
        self._inputs: dict[int, Pipe] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        """By the number of the data stream."""

    async def receive(self) -> None:
        decoder = spdy.Decoder()
        async for message in self._socket:
            if message.type is WSMsgType.BINARY:
                for frame in decoder.feed(message.data):
                    await self._handle(frame)

    async def stop(self) -> None:
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _handle(self, frame: spdy.Frame) -> None:
        if frame.type == spdy.SYN_STREAM:
            await self._open(frame)
        elif frame.type == spdy.PING:
            await self._socket.send_bytes(spdy.ping(frame.stream))
        elif frame.type == spdy.RST_STREAM and frame.stream in self._tasks:
            self._tasks[frame.stream].cancel()
        elif frame.type is None and (pipe := self._inputs.get(frame.stream)) is not None:
            if frame.data:
                await pipe.put(frame.data)
            if frame.flags & spdy.FIN:
                await pipe.put(b"")

    async def _open(self, frame: spdy.Frame) -> None:
        headers = frame.headers or {}
        request, port = headers.get("requestid", ""), headers.get("port", "")
        if not request or not port.isdecimal() or headers.get("streamtype") not in ("error", "data"):
            await self._socket.send_bytes(spdy.rst_stream(frame.stream, spdy.REFUSED_STREAM))
            return
        await self._socket.send_bytes(self._encoder.syn_reply(frame.stream))
        pair = self._pairs.setdefault(request, _Pair(int(port)))
        if headers["streamtype"] == "error":
            pair.error = frame.stream
        else:
            pair.data = frame.stream
            self._inputs[frame.stream] = pair.input
        if pair.error and pair.data:
            del self._pairs[request]
            self._tasks[pair.data] = asyncio.create_task(self._forward(pair), name=f"port-forward {pair.port}")

    async def _forward(self, pair: _Pair) -> None:
        try:
            text = await forward(self._provider, self._pod, pair.port, _Stream(self._socket, pair))
            if text:
                await self._socket.send_bytes(spdy.data_frame(pair.error, text.encode()))
            for stream in (pair.error, pair.data):
                await self._socket.send_bytes(spdy.data_frame(stream, b"", fin=True))
        except ConnectionError:
            # The client has left.
            pass
        finally:
            self._inputs.pop(pair.data, None)
            self._tasks.pop(pair.data, None)


class _Stream:
    """The data stream of one connection."""

    def __init__(self, socket: web.WebSocketResponse, pair: _Pair) -> None:
        self._socket = socket
        self._pair = pair

    async def read(self) -> bytes:
        return await self._pair.input.read()

    async def write(self, data: bytes) -> None:
        await self._socket.send_bytes(spdy.data_frame(self._pair.data, data))
