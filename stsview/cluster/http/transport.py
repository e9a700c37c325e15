"""HTTP and TLS over kubernetes-asyncio and aiohttp.

Importing this takes two tenths of a second, so no module imports it at the top;
`stsview.cluster.http.connection_pool.load_transport` does, in a thread.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Sequence
from urllib.parse import quote

import aiohttp

import stsview
from stsview.cluster.config import ClusterConfig, Tls
from stsview.cluster.errors import ClusterError, ConfigError, Unreachable
from stsview.cluster.http.connection_errors import connection_error
from stsview.cluster.http.proxies import proxy_for
from stsview.cluster.http.rest_client import RESTClientObject
from stsview.cluster.http.websocket import Query, RefusedUpgrade, WebSocket, WebSockets
from stsview.cluster.http.write_gate import Message
from stsview.cluster.tls import client_context

_KEEPALIVE = (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3))
"""Idle seconds, seconds between probes, probes: a vanished peer is detected after a minute, much as with Go's defaults.
Not every system has all of them."""

_BUFFER_BYTES = 1 << 17
"""Half of how much of an answer is buffered: of all kinds at once, while a list is read faster than decoded. Lines may
be longer, as they are not split here."""


class _Rest(RESTClientObject):
    """The library's requests over our own connection pool.

    Its own pool sends no TCP keepalive, builds the TLS context from files only and in the event loop (40 ms), and reads
    ~/.netrc, whose entries conflict with the token.
    """

    def __init__(self, proxy: str | None, tls_server_name: str, pool: aiohttp.ClientSession) -> None:
        # The type stubs of the library do not say that these may be None.
        self.server_hostname = tls_server_name or None  # type: ignore[assignment]
        self.proxy = proxy  # type: ignore[assignment]
        self.proxy_headers = None  # type: ignore[assignment]
        self.pool_manager = pool


class Transport:
    """A connection pool with the TLS settings of a configuration.

    Raises the errors of `stsview.cluster.errors`.
    """

    def __init__(
        self, reading: _Rest, writing: _Rest, url: str, sockets: WebSockets, server: str, connect_seconds: float
    ) -> None:
        """Use two clients over the same connections to `url`, which is shown as `server`.

        `writing` is the one for requests that must not be repeated.
        """
        self._reading = reading
        self._writing = writing
        self._url = url
        self._sockets = sockets
        self._server = server
        self._proxy = sockets.proxy
        self._connect_seconds = connect_seconds
        self._open: set[Response | WebSocket] = set()

    @classmethod
    async def connect(cls, config: ClusterConfig, tls: Tls, *, connect_seconds: float, connections: int) -> Transport:
        """A pool whose connections use `tls`; sends nothing yet.

        Raises `Unreachable` when a certificate file cannot be used any more.
        """
        context: ssl.SSLContext | bool = True
        if config.server.startswith("https:"):
            try:
                context = await asyncio.to_thread(client_context, tls, f"context {config.context!r}")
            except ConfigError as error:
                raise Unreachable(str(error)) from error
        proxy = proxy_for(config.server, config.proxy_url)
        connector = aiohttp.TCPConnector(limit=connections, ssl=context, socket_factory=_socket)
        pool = aiohttp.ClientSession(connector=connector, headers=_headers(config), read_bufsize=_BUFFER_BYTES)
        writes = aiohttp.ClientSession(
            connector=connector, connector_owner=False, headers=_headers(config), read_bufsize=_BUFFER_BYTES
        )
        # When a kept-alive connection breaks, aiohttp repeats methods that it considers idempotent, such as DELETE.
        # That is right for a GET, but after a write the caller must read whether it was done. There is no option.
        writes._retry_connection = False
        sockets = WebSockets(
            config.server,
            tls.server_name or None,
            proxy,
            # Not kept alive: an upgrade over a connection that has just broken would look like a lost shell.
            aiohttp.TCPConnector(limit=0, force_close=True, ssl=context, socket_factory=_socket),
            _headers(config),
            connect_seconds,
        )
        reading, writing = (_Rest(proxy, tls.server_name, one) for one in (pool, writes))
        return cls(reading, writing, config.server, sockets, config.address, connect_seconds)

    @property
    def busy(self) -> bool:
        """Whether any answer is still being read."""
        return bool(self._open)

    async def send(
        self,
        path: str,
        query: Query,
        accept: str,
        read_seconds: float,
        token: str = "",
        message: Message | None = None,
        total_seconds: float | None = None,
    ) -> Response:
        """Send a GET, or `message`, and return when the headers of the answer arrive.

        The answer may have any status.

        The caller closes the response. `read_seconds` is how long the server may send nothing, `total_seconds` how long
        the whole answer may take; None: any time.
        """
        headers = {"Accept": accept, "User-Agent": f"stsview/{stsview.__version__}"} | _authorization(token)
        client = self._reading if message is None else self._writing
        if message is not None:
            headers["Content-Type"] = message.content_type
        timeout = aiohttp.ClientTimeout(total=total_seconds, sock_connect=self._connect_seconds, sock_read=read_seconds)
        try:
            response = await client.request(
                "GET" if message is None else message.method,
                self._url + path,
                query_params=list(query),  # type: ignore[arg-type]  # urlencode takes pairs, which may repeat
                headers=headers,
                body=None if message is None else message.body,
                _preload_content=False,
                _request_timeout=timeout,
            )
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # Without its cause: exceptions of the HTTP library print the proxy URL, which may hold a password.
            raise connection_error(error, self._server, self._proxy) from None
        answer = Response(response, self)
        self._open.add(answer)
        return answer

    async def open_websocket(
        self, path: str, query: Query, protocols: Sequence[str], token: str = "", *, may_pause: bool = False
    ) -> WebSocket | RefusedUpgrade:
        """The open WebSocket, or the answer of a server that refuses the upgrade."""
        headers = _authorization(token)
        try:
            opened = await self._sockets.open(path, query, protocols, headers)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise connection_error(error, self._server, self._proxy) from None
        if isinstance(opened, RefusedUpgrade):
            return opened
        socket = WebSocket(opened, self, may_pause=may_pause)
        self._open.add(socket)
        return socket

    async def close(self) -> None:
        """Close every connection; readers of a response get `Unreachable`."""
        for answer in tuple(self._open):
            answer.close()
        await self._sockets.close()
        await self._writing.close()
        await self._reading.close()

    def connection_error(self, error: Exception) -> ClusterError:
        return connection_error(error, self._server, self._proxy)

    def forget(self, answer: Response | WebSocket) -> None:
        self._open.discard(answer)


class Response:
    """An answer, read in chunks.

    Iterating raises `TimedOut` or another `Unreachable` when it breaks off.
    """

    def __init__(self, response: aiohttp.ClientResponse, transport: Transport) -> None:
        self._response = response
        self._transport = transport
        self.code = response.status
        self.phrase = response.reason or ""
        self.headers = response.headers

    def __aiter__(self) -> Response:
        return self

    async def __anext__(self) -> bytes:
        try:
            chunk = await self._response.content.readany()
        except (aiohttp.ClientError, OSError) as error:
            raise self._transport.connection_error(error) from None
        if not chunk:
            raise StopAsyncIteration
        return chunk

    async def read(self, limit: int | None = None) -> bytes:
        """The whole body, or at least its first `limit` bytes.

        A fully read connection can be reused.
        """
        body = bytearray()
        async for chunk in self:
            body += chunk
            if limit is not None and len(body) >= limit:
                break
        return bytes(body)

    def close(self) -> None:
        """Stop reading; a connection with unread data is aborted."""
        self._transport.forget(self)
        connection = self._response.connection
        if connection is not None and connection.transport is not None:
            connection.transport.abort()
        self._response.close()


def _authorization(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


def _socket(address: tuple[int, int, int, str, tuple[object, ...]]) -> socket.socket:
    family, kind, protocol, _, _ = address
    made = socket.socket(family, kind, protocol)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in _KEEPALIVE:
        if hasattr(socket, option):
            made.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
    return made


def _headers(config: ClusterConfig) -> list[tuple[str, str]]:
    """Headers of every request.

    A list, as a header may repeat, which the library's own dict cannot express.
    """
    credentials, headers = config.credentials, list[tuple[str, str]]()
    if not config.confidential:
        return headers
    if credentials.basic:
        headers.append(("Authorization", f"Basic {credentials.basic}"))
    if (other := credentials.impersonation) is not None:
        headers.append(("Impersonate-User", other.user))
        headers += [("Impersonate-Group", group) for group in other.groups]
        if other.uid:
            headers.append(("Impersonate-Uid", other.uid))
        for name, values in other.extra:
            headers += [(f"Impersonate-Extra-{quote(name, safe='')}", value) for value in values]
    return headers
