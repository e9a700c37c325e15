"""WebSockets over aiohttp, with the settings of a transport.

The library's own `WsApiClient` uses neither the proxy nor the TLS server name, and loses the text of a refusal.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Protocol
from urllib.parse import quote, urlencode

import aiohttp
from yarl import URL

import stsview
from stsview.cluster.errors import ClusterError

Query = Sequence[tuple[str, str]]

PING_SECONDS = 20.0
"""How often a silent connection is pinged, in real time. kubectl pings every 5 s
(client-go/tools/remotecommand/websocket.go)."""

ANSWER_SECONDS = 10.0
"""How long the answer to a ping may take, in real time, before the connection counts as lost. kubectl waits 60 s."""

_LARGEST_MESSAGE = 32 * 1024 * 1024
"""Bytes. Servers send at most 32 KiB in one message."""

_ERROR_BYTES = 64 * 1024
"""How much of the body of a refusal is read."""

_CLOSE_SECONDS = 1.0
"""How long closing waits for the server's close frame; a server that has ended the connection sends none."""

_CONTROL = (aiohttp.WSMsgType.PING, aiohttp.WSMsgType.PONG)
_DATA = (aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.TEXT)


class Owner(Protocol):
    """What a WebSocket uses of its transport."""

    def connection_error(self, error: Exception) -> ClusterError:
        """The error of one line for an exception of the connection."""

    def forget(self, answer: WebSocket) -> None:
        """Note that the WebSocket is closed."""


class RefusedUpgrade(Exception):
    """An ordinary response to an upgrade, with the first part of its body."""

    def __init__(self, response: aiohttp.ClientResponse, body: bytes) -> None:
        super().__init__(response.status)
        self.code = response.status
        self.phrase = response.reason or ""
        self.headers = response.headers
        self._body = body

    async def read(self, limit: int | None = None) -> bytes:
        return self._body

    def close(self) -> None:
        """Its connection is closed already."""


async def _keep_refusal(response: aiohttp.ClientResponse) -> None:
    # aiohttp would raise an error without the body, which says what is forbidden or missing.
    if response.status != 101:
        body = bytearray()
        with suppress(aiohttp.ClientError, OSError):
            while len(body) < _ERROR_BYTES and (part := await response.content.readany()):
                body += part
        raise RefusedUpgrade(response, bytes(body))


class WebSockets:
    """Opens WebSockets, each on a connection of its own."""

    def __init__(
        self,
        server: str,
        server_name: str | None,
        proxy: str | None,
        connector: aiohttp.TCPConnector,
        headers: list[tuple[str, str]],
        connect_seconds: float,
    ) -> None:
        self.proxy = proxy
        self._server = server
        self._server_name = server_name
        self._pool = aiohttp.ClientSession(
            connector=connector,
            headers=[("User-Agent", f"stsview/{stsview.__version__}"), *headers],
            raise_for_status=_keep_refusal,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=connect_seconds, sock_read=connect_seconds * 3),
        )
        # A command must not be started twice, although an upgrade is a GET.
        self._pool._retry_connection = False

    async def open(
        self, path: str, query: Query, protocols: Sequence[str], headers: Mapping[str, str]
    ) -> aiohttp.ClientWebSocketResponse | RefusedUpgrade:
        """The WebSocket, or the response that refuses it."""
        encoded = urlencode(query, quote_via=quote, safe="")
        url = URL(f"{self._server}{path}" + (f"?{encoded}" if encoded else ""), encoded=True)
        try:
            return await self._pool.ws_connect(
                url,
                protocols=protocols,
                headers=headers,
                proxy=self.proxy,
                server_hostname=self._server_name,
                # The library also counts a ping as lost whose answer waits behind data that was not read yet.
                autoping=False,
                timeout=aiohttp.ClientWSTimeout(ws_close=_CLOSE_SECONDS),
                max_msg_size=_LARGEST_MESSAGE,
            )
        except RefusedUpgrade as refused:
            return refused

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.close()


class WebSocket:
    """An open WebSocket, read in messages.

    Iterating ends when the server closes it, and raises `Unreachable` when the connection breaks. Without `may_pause`
    the server is pinged while a message is awaited for long, and counts as lost without an answer. While no message is
    asked for, as by a terminal that is stopped, nothing is expected of the server.
    """

    code = 101

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, owner: Owner, *, may_pause: bool = False) -> None:
        """`may_pause`: the server may stop reading for long, so that an unanswered ping does not mean it is lost."""
        self._socket = socket
        self._owner = owner
        self._may_pause = may_pause
        self.headers = socket._response.headers
        self.protocol = socket.protocol or ""
        """The subprotocol that the server chose; empty if it chose none."""

    async def send(self, message: bytes) -> None:
        """Send one message, and wait while the server does not read. Raises `Unreachable`."""
        try:
            await self._socket.send_bytes(message)
        except (aiohttp.ClientError, OSError) as error:
            raise self._owner.connection_error(error) from None

    async def ping(self) -> None:
        """Send a ping, whose answer is not waited for. Raises `Unreachable`."""
        try:
            await self._socket.ping()
        except (aiohttp.ClientError, OSError) as error:
            raise self._owner.connection_error(error) from None

    def __aiter__(self) -> WebSocket:
        return self

    async def __anext__(self) -> bytes:
        try:
            while (message := await self._received()).type in _CONTROL:
                if message.type is aiohttp.WSMsgType.PING:
                    await self._socket.pong(message.data)
        except (aiohttp.ClientError, OSError) as error:
            raise self._owner.connection_error(error) from None
        if message.type in _DATA:
            return message.data.encode() if isinstance(message.data, str) else message.data
        if message.type is aiohttp.WSMsgType.ERROR:
            raise self._owner.connection_error(message.data) from None
        if not self.ended:
            raise self._owner.connection_error(aiohttp.ClientConnectionError()) from None
        raise StopAsyncIteration

    async def _received(self) -> aiohttp.WSMessage:
        """The next message, control messages included. Raises `ServerTimeoutError` without an answer to a ping."""
        if self._may_pause:
            return await self._socket.receive()
        # A receive that is cancelled would note an abnormal end: it stays while pings are sent.
        receiving = asyncio.ensure_future(self._socket.receive())
        try:
            if not (await asyncio.wait((receiving,), timeout=PING_SECONDS))[0]:
                pinging = asyncio.ensure_future(self._socket.ping())
                answered, _ = await asyncio.wait((receiving,), timeout=ANSWER_SECONDS)
                pinging.cancel()
                await asyncio.gather(pinging, return_exceptions=True)
                if not answered:
                    raise aiohttp.ServerTimeoutError
            return await receiving
        finally:
            receiving.cancel()

    @property
    def ended(self) -> bool:
        """Whether the server has closed it, and not the network."""
        return self._socket.close_code not in (None, aiohttp.WSCloseCode.ABNORMAL_CLOSURE)

    async def end(self) -> None:
        """Close the WebSocket, and wait a moment for the server to do so."""
        await self._socket.close()

    def close(self) -> None:
        """Abort the connection; nothing more is sent."""
        self._owner.forget(self)
        connection = self._socket._conn
        if connection is not None and connection.transport is not None:
            connection.transport.abort()
