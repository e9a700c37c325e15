"""A session with one cluster: requests, credentials, server time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar, cast
from urllib.parse import urlsplit

import msgspec
from msgspec.structs import replace

from stsview.clock import Clock, SystemClock
from stsview.cluster.auth.exec_credential import IssuedCredentials
from stsview.cluster.auth.login import PLUGIN_SECONDS, login_for
from stsview.cluster.auth.redaction import HIDDEN, remember_secrets
from stsview.cluster.config import ClusterConfig
from stsview.cluster.errors import (
    ApiError,
    ClusterError,
    Forbidden,
    NotFound,
    NoWebSockets,
    TimedOut,
    TooManyRequests,
    Unreachable,
)
from stsview.cluster.http.connection_pool import ConnectionPool
from stsview.cluster.http.http_errors import (
    is_json,
    is_text,
    no_websockets,
    not_kubernetes_error,
    refuses_upgrade,
    response_error,
)
from stsview.cluster.http.server_time import ServerTime
from stsview.cluster.http.suspend import SuspendDetector
from stsview.cluster.http.turns import Turns
from stsview.cluster.http.write_gate import OPEN, Message, WriteGate
from stsview.objects.kinds import NAMESPACES, Kind, KubernetesObject
from stsview.objects.meta import Key, Malformed, decode

if TYPE_CHECKING:
    from stsview.cluster.http.transport import Response, Transport
    from stsview.cluster.http.websocket import Query, RefusedUpgrade, WebSocket

T = TypeVar("T")
A = TypeVar("A", bound="Response | RefusedUpgrade | WebSocket")

_log = logging.getLogger(__name__)

JSON = "application/json"
METADATA_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"
METADATA_WATCH = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json"
PLAIN_TEXT = "application/json, */*"
"""Accept header for logs: the API server rejects `text/plain` with 406, as logs have no such type
(kubernetes/staging/src/k8s.io/apiserver/pkg/endpoints/handlers/get.go, NegotiateOutputMediaType)."""

_REVIEWS = ("/apis/authorization.k8s.io/v1/", "/apis/authentication.k8s.io/v1/selfsubjectreviews")

_ERROR_BYTES = 64 * 1024
"""How much of the body of an error answer is read."""


class SessionSettings(msgspec.Struct, frozen=True):
    """Timeouts of sockets and processes, in seconds of real time."""

    connect_seconds: float = 10.0
    read_seconds: float = 30.0
    """How long an answer that is not a watch may send nothing."""
    ping_seconds: float = 10.0
    plugin_seconds: float = PLUGIN_SECONDS
    connections: int = 1000
    """Each watch takes one, and there is one watch for each kind and namespace."""


class _NamedMeta(msgspec.Struct, frozen=True):
    name: str = ""
    namespace: str = ""


class _Named(msgspec.Struct, frozen=True):
    metadata: _NamedMeta = _NamedMeta()


class _NamedItems(msgspec.Struct, frozen=True):
    items: tuple[_Named, ...]


class _Version(msgspec.Struct, frozen=True):
    git_version: str = msgspec.field(name="gitVersion", default="")


_NAMED_ITEMS = msgspec.json.Decoder(_NamedItems)
_VERSION = msgspec.json.Decoder(_Version)


class Session:
    """Requests to one cluster, in the event loop that first uses the session.

    Every request raises a `ClusterError` when it fails. None is sent twice, except once after a 401 when the token file
    or the exec plugin has other credentials. After a suspend of the machine the next request uses new connections; so
    it does after a change of certificates, while responses being read continue on the old ones.
    """

    def __init__(
        self,
        config: ClusterConfig,
        clock: Clock | None = None,
        settings: SessionSettings | None = None,
        gate: WriteGate = OPEN,
    ) -> None:
        self.config = config
        self.gate = gate
        self.turns = Turns()
        """For reading lists, which takes long where they are large."""
        self.streaming_lists = True
        """Whether to try `sendInitialEvents`; a reflector clears it when the server does not support it."""
        remember_secrets((*config.credentials.secrets, urlsplit(config.server).path))
        self._clock = clock or SystemClock()
        self._settings = settings or SessionSettings()
        if config.request_seconds:
            self._settings = replace(self._settings, read_seconds=config.request_seconds)
        self._time = ServerTime(self._clock)
        self._login = login_for(config, self._clock, self._time.now, self._settings.plugin_seconds)
        self._suspend = SuspendDetector(self._clock)
        self._unreachable = False
        self._reachable_again = asyncio.Event()
        self._pool = ConnectionPool(config, self._settings.connect_seconds, self._settings.connections)
        self._no_probe_before = 0.0

    @property
    def clock_offset(self) -> timedelta:
        """How far the server's time is ahead of the injected clock.

        Zero while no difference can be measured.
        """
        return self._time.offset

    @property
    def server_time_known(self) -> bool:
        """Whether any answer had a Date header.

        Until then `server_now` is that of the injected clock.
        """
        return self._time.known

    def server_now(self) -> datetime:
        """The server's time by its Date headers; before any, that of the injected clock."""
        return self._time.now()

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds` on the session's clock.

        For a caller that must read something twice.
        """
        await self._clock.sleep(seconds)

    async def ping(self) -> str:
        """The server's version, which every user may read.

        Empty where even that is forbidden.
        """
        try:
            version = await self.get_json("/version", _VERSION, read_seconds=self._settings.ping_seconds)
        except (Forbidden, NotFound):
            # The server answered, which is what a ping asks for.
            return ""
        return version.git_version

    async def probe(self, kind: Kind, namespace: str) -> None:
        """Make the server read at most one object of `kind` from etcd, without which it can neither read nor write.

        A list without a resource version is consistent, also where it is answered from the watch cache, which asks
        etcd how far it is (KEP-2340). While the server limits the request rate it is only pinged. Raises
        `ClusterError`, unless the server answers that this is not allowed, or too much.
        """
        if self._clock.monotonic() < self._no_probe_before:
            await self.ping()
            return
        try:
            await self.get_raw(
                kind.path(namespace),
                query=[("limit", "1")],
                accept=METADATA_LIST,
                read_seconds=self._settings.ping_seconds,
            )
        except (Forbidden, NotFound, TooManyRequests):
            return

    async def log_in(self) -> None:
        """Get credentials now, which may take an exec plugin a minute.

        Requests do so on their own.

        Raises `LoginFailed`.
        """
        await self._login.current()

    @property
    def waiting_for(self) -> str:
        """What requests wait for before they can be sent, such as an exec plugin.

        Empty: nothing.
        """
        return self._login.waiting_for

    def reset_login_backoff(self) -> None:
        """Let the next request log in at once, whatever the back-off of a plugin."""
        self._login.reset_backoff()

    async def wait_until_reachable(self) -> None:
        """Return when the server answers again after it was unreachable."""
        await self._reachable_again.wait()

    async def list_namespaces(self) -> list[str]:
        """Names of all namespaces, sorted.

        Raises `Forbidden` where they must not be listed.
        """
        return [key.name for key in await self.list_keys(NAMESPACES.path())]

    async def list_keys(self, path: str, *, query: Query = ()) -> list[Key]:
        """Keys of all objects of the collection at `path`, sorted; `query` may hold a selector.

        Raises `Forbidden` where they must not be listed.
        """
        found = await self.get_json(path, _NAMED_ITEMS, query=query, accept=METADATA_LIST)
        return sorted(Key(one.metadata.namespace, one.metadata.name) for one in found.items)

    async def post_review(self, path: str, question: object, decoder: msgspec.json.Decoder[T]) -> T:
        """POST a review, which changes nothing, and return the decoded answer.

        `path` is that of one of the review APIs; raises ValueError for any other.
        """
        if not path.startswith(_REVIEWS):
            raise ValueError(f"{path} is not a review API")
        message = Message("POST", question)
        async with self._exchange(path, (), JSON, self._settings.read_seconds, message, whole=True) as answer:
            return self._decoded(await answer.read(), decoder)

    async def write(self, path: str, message: Message, *, query: Query = ()) -> bytes:
        """Send a write request, and return the body of the successful answer.

        Raises `WriteRefused`, before anything is sent, where the gate is closed. After an `Unreachable` it is unknown
        whether the server did it: the request is never repeated, and the caller must read the object first.
        """
        self.gate.check(message.method, path)
        dry_run = " (dry run)" if any(name == "dryRun" for name, _ in query) else ""
        _log.debug("%s %s%s", message.method, path, dry_run)
        try:
            async with self._exchange(path, query, JSON, self._settings.read_seconds, message, whole=True) as answer:
                _log.debug("%s %s%s: %d", message.method, path, dry_run, answer.code)
                return await answer.read()
        except ClusterError as error:
            _log.debug("%s %s%s failed: %s", message.method, path, dry_run, error)
            raise

    async def get(self, kind: Kind, namespace: str, name: str) -> KubernetesObject:
        """Read one object.

        Raises `NotFound`, or `NotKubernetes` when it cannot be decoded.
        """
        return self._decoded(await self.get_raw(kind.path(namespace, name)), kind.decoder)

    async def get_json(
        self,
        path: str,
        decoder: msgspec.json.Decoder[T],
        *,
        query: Query = (),
        accept: str = JSON,
        read_seconds: float | None = None,
    ) -> T:
        """The decoded answer to a GET. Raises `NotKubernetes` when it cannot be decoded."""
        return self._decoded(await self.get_raw(path, query=query, accept=accept, read_seconds=read_seconds), decoder)

    async def get_raw(
        self, path: str, *, query: Query = (), accept: str = JSON, read_seconds: float | None = None
    ) -> bytes:
        """The body of a successful answer to a GET: JSON, by its content type."""
        seconds = self._settings.read_seconds if read_seconds is None else read_seconds
        async with self._exchange(path, query, accept, seconds, None, whole=True) as answer:
            return await answer.read()

    def stream(
        self, path: str, *, query: Query = (), accept: str = JSON, read_seconds: float
    ) -> AbstractAsyncContextManager[Response]:
        """The successful answer to a GET, in chunks as they arrive.

        Entered when its headers have arrived. Iterating raises `TimedOut` after `read_seconds` without a byte, and
        another `Unreachable` when the connection breaks; it ends when the server ends the answer.
        """
        return self._exchange(path, query, accept, read_seconds, None)

    @asynccontextmanager
    async def websocket(
        self, path: str, *, query: Query = (), protocols: Sequence[str], may_pause: bool = False
    ) -> AsyncIterator[WebSocket]:
        """A WebSocket with one of `protocols`, the first that the server knows.

        Entered when the server has accepted the upgrade; closed on exit. Raises `WriteRefused`, before anything is
        sent, where the gate is closed: what is sent on it changes the cluster. Raises `NoWebSockets` where the server,
        or a proxy before it, answers without an upgrade. `may_pause`: the server may stop reading for long; then no
        ping is sent, and the caller finds out in another way whether the server is still there.
        """
        self.gate.check("GET", path)
        _log.debug("WebSocket %s", path)

        def send(transport: Transport, token: str) -> Awaitable[WebSocket | RefusedUpgrade]:
            return transport.open_websocket(path, query, protocols, token, may_pause=may_pause)

        try:
            async with self._accepted("GET", path, send) as opened:
                if opened.code != 101:
                    raise NoWebSockets(no_websockets(self.config.address, opened.code))
                socket = cast("WebSocket", opened)
                try:
                    yield socket
                finally:
                    await socket.end()
        except ApiError as error:
            if not refuses_upgrade(error):
                raise
            raise NoWebSockets(no_websockets(self.config.address, error.status)) from error

    @asynccontextmanager
    async def _exchange(
        self,
        path: str,
        query: Query,
        accept: str,
        read_seconds: float,
        message: Message | None,
        *,
        whole: bool = False,
    ) -> AsyncIterator[Response]:
        """The answer to `message`, or to a GET.

        `whole`: the time that one request may take counts to the end of its body, else to its headers.
        """
        total_seconds = (self.config.request_seconds or None) if whole else None

        def send(transport: Transport, token: str) -> Awaitable[Response]:
            return transport.send(path, query, accept, read_seconds, token, message, total_seconds)

        async with self._accepted(message.method if message is not None else "GET", path, send) as answer:
            content_type = answer.headers.get("Content-Type", "")
            if not is_json(content_type) and not (accept == PLAIN_TEXT and is_text(content_type)):
                raise not_kubernetes_error(self.config.address)
            yield answer

    @asynccontextmanager
    async def _accepted(
        self, method: str, path: str, send: Callable[[Transport, str], Awaitable[A]]
    ) -> AsyncIterator[A]:
        """The successful answer to what `send` sends, which is sent again after a 401 with other credentials."""
        answer, used = await self._send(send)
        try:
            if answer.code >= 400:
                _log.debug("%s %s: %d", method, path, answer.code)
            if answer.code == 401 and await self._login.renew(used):
                answer.close()
                answer, used = await self._send(send)
            if answer.code != 401:
                self._login.accepted(used)
            if not 200 <= answer.code < 300 and answer.code != 101:
                raise await self._error_for(cast("Response | RefusedUpgrade", answer), used)
            yield answer
        finally:
            answer.close()

    async def check_suspend(self) -> None:
        """Drop all connections and correct the server's time after a suspend.

        Every request does so.
        """
        if seconds := self._suspend.check():
            self._time.add_suspend(seconds)
            _log.debug("the machine was suspended for %.0f s: dropping connections", seconds)
            await self.drop_connections()

    async def drop_connections(self) -> None:
        """Close every connection; the next request opens a new one.

        After a suspend the old ones are half-open.
        """
        await self._pool.drop()

    async def close(self) -> None:
        """Close the session; requests in progress and later ones raise `Unreachable`."""
        self._pool.refuse()
        await self._login.close()
        await self._pool.drop()

    def _decoded(self, data: bytes, decoder: msgspec.json.Decoder[T]) -> T:
        try:
            return decode(data, decoder)
        except Malformed as error:
            raise not_kubernetes_error(self.config.address) from error

    async def _send(self, send: Callable[[Transport, str], Awaitable[A]]) -> tuple[A, IssuedCredentials]:
        """The answer, and the credentials that were sent."""
        await self.check_suspend()
        issued = await self._login.current()
        transport = await self._pool.transport(issued)
        sent = self._clock.monotonic()
        try:
            async with asyncio.timeout(self.config.request_seconds or None):
                answer = await send(transport, issued.token)
        except (Unreachable, TimeoutError) as error:
            if not self._unreachable:
                _log.debug("%s is unreachable", self.config.address)
            self._unreachable = True
            if isinstance(error, TimeoutError):
                raise TimedOut(f"{self.config.address} cannot be reached: no answer in time") from error
            raise
        if self._unreachable:
            _log.debug("%s is reachable again", self.config.address)
            self._unreachable = False
            self._reachable_again.set()
            self._reachable_again = asyncio.Event()
        self._time.update(answer.headers.get("Date"), sent)
        return answer, issued

    async def _error_for(self, answer: Response | RefusedUpgrade, used: IssuedCredentials) -> ClusterError:
        try:
            body = await answer.read(_ERROR_BYTES)
        except Unreachable:
            body = b""
        # Some proxies print the request with its headers into their pages, and an error is quoted on the screen.
        for secret in (used.token, *self.config.credentials.secrets):
            if secret:
                body = body.replace(secret.encode(), HIDDEN.encode())
        error = response_error(answer.code, answer.phrase, answer.headers, body, self.config.address, self.config.user)
        if isinstance(error, TooManyRequests):
            self._no_probe_before = self._clock.monotonic() + (error.retry_after or 0.0)
        return error
