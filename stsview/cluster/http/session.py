"""One session with one cluster, for as long as the program looks at it."""

from __future__ import annotations

import asyncio
import gc
import importlib
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

import msgspec

from stsview.clock import Clock, SystemClock
from stsview.cluster.auth.exec_credential import IssuedCredentials
from stsview.cluster.auth.login import login_for
from stsview.cluster.auth.redaction import HIDDEN
from stsview.cluster.config import ClusterConfig
from stsview.cluster.errors import ClusterError, Forbidden, NotFound, Unreachable
from stsview.cluster.http.http_errors import is_json, is_text, not_kubernetes_error, response_error
from stsview.cluster.http.server_time import ServerTime
from stsview.cluster.http.suspend import SuspendDetector
from stsview.cluster.http.write_gate import OPEN, Message, WriteGate
from stsview.cluster.tls import FileStamps, file_stamps
from stsview.objects.kinds import Kind, KubernetesObject
from stsview.objects.meta import Malformed, decode

if TYPE_CHECKING:
    from stsview.cluster.http.transport import Query, Response, Transport

T = TypeVar("T")

JSON = "application/json"
METADATA_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"
METADATA_WATCH = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json"
PLAIN_TEXT = "application/json, */*"
"""What is asked for where a log is wanted: `text/plain` itself is refused with 406, as the API server knows its logs by
no type (kubernetes/staging/src/k8s.io/apiserver/pkg/endpoints/handlers/get.go, NegotiateOutputMediaType)."""

_REVIEWS = ("/apis/authorization.k8s.io/v1/", "/apis/authentication.k8s.io/v1/selfsubjectreviews")

_ERROR_BYTES = 64 * 1024
"""How much of the body of a refusal is read."""


async def load_transport() -> None:
    """Load the HTTP library in a thread, which takes half a second. Sessions do it by themselves if nobody did."""
    name = "stsview.cluster.http.transport"
    if name in sys.modules:
        return
    await asyncio.to_thread(_import_quickly, name)
    # The library brings tens of thousands of objects that stay for ever. Out of the garbage collector's sight they cost
    # nothing; within it, each of its full passes would hold up the screen for 50 to 100 ms.
    gc.freeze()


def _import_quickly(name: str) -> None:
    """Without looking for garbage meanwhile, of which an import makes none: that takes a sixth of its time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        importlib.import_module(name)
    finally:
        if collecting:
            gc.enable()


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """Time-outs in seconds of real time: it is the sockets that they are for."""

    connect_seconds: float = 10.0
    read_seconds: float = 30.0
    """How long an answer that is not a watch may stay silent."""
    ping_seconds: float = 10.0
    plugin_seconds: float = 60.0
    """How long an exec plugin may take; it may have to ask somebody for a code, or in a browser."""
    connections: int = 1000
    """A watch takes one each, and there is one for each kind and namespace that is looked at."""


class _Named(msgspec.Struct, frozen=True):
    name: str = ""


class _Namespace(msgspec.Struct, frozen=True):
    metadata: _Named = _Named()


class _Namespaces(msgspec.Struct, frozen=True):
    items: tuple[_Namespace, ...]


class _Version(msgspec.Struct, frozen=True):
    git_version: str = msgspec.field(name="gitVersion", default="")


_NAMESPACES = msgspec.json.Decoder(_Namespaces)
_VERSION = msgspec.json.Decoder(_Version)


class Session:
    """Requests to the cluster of a pinned configuration, in the event loop that first uses it.

    Every request raises a `ClusterError` when it does not succeed. None is sent twice, but for one repetition after a
    401 when the token file or the exec plugin had other credentials. A machine that slept gets fresh connections with
    its next request; so do new certificates, from files or a plugin, while what is being read goes on as it was.
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
        self.streaming_lists = True
        """Whether the server is believed to know `sendInitialEvents`, until a reflector finds that it does not."""
        self._clock = clock or SystemClock()
        self._settings = settings or SessionSettings()
        self._time = ServerTime(self._clock)
        self._login = login_for(config, self._clock, self._time.now, self._settings.plugin_seconds)
        self._suspend = SuspendDetector(self._clock)
        self._unreachable = False
        self._reachable_again = asyncio.Event()
        self._opening = asyncio.Lock()
        self._transport: Transport | None = None
        self._made_of: tuple[IssuedCredentials, FileStamps] | None = None
        self._retired: list[Transport] = []
        self._closed = False

    @property
    def clock_offset(self) -> timedelta:
        """How far the server's time is ahead of the injected clock's; zero while they agree as far as one can tell."""
        return self._time.offset

    @property
    def server_time_known(self) -> bool:
        """Whether any answer had a Date header; until then `server_now` is the injected clock's."""
        return self._time.known

    def server_now(self) -> datetime:
        """The server's time as well as its Date headers tell; before any, the injected clock's."""
        return self._time.now()

    async def sleep(self, seconds: float) -> None:
        """Return when `seconds` have passed on the session's clock: for whoever has to look at something twice."""
        await self._clock.sleep(seconds)

    async def ping(self) -> str:
        """Ask for the server's version, which anybody may, and return it; empty where even that is forbidden."""
        try:
            version = await self.get_json("/version", _VERSION, read_seconds=self._settings.ping_seconds)
        except (Forbidden, NotFound):
            # A server that says so is there, and that is what was asked.
            return ""
        return version.git_version

    async def log_in(self) -> None:
        """Have credentials ready, which may take an exec plugin a minute. Requests do it by themselves.

        Raises `LoginFailed`.
        """
        await self._login.current()

    @property
    def waiting_for(self) -> str:
        """What requests wait for before they are sent, such as an exec plugin; empty: nothing."""
        return self._login.waiting_for

    def reset_login_backoff(self) -> None:
        """Let the next request try to log in, however long an exec plugin that failed would have been left alone."""
        self._login.reset_backoff()

    async def wait_until_reachable(self) -> None:
        """Return when a request is answered after the server could not be reached: a good moment to try again."""
        await self._reachable_again.wait()

    async def list_namespaces(self) -> list[str]:
        """Names of all namespaces, sorted. Raises `Forbidden` where they may not be listed."""
        found = await self.get_json("/api/v1/namespaces", _NAMESPACES, accept=METADATA_LIST)
        return sorted(namespace.metadata.name for namespace in found.items)

    async def post_review(self, path: str, question: object, decoder: msgspec.json.Decoder[T]) -> T:
        """The decoded answer to a review, which is a question although it is sent as a POST: it changes nothing.

        `path` is that of one of the review APIs; raises ValueError for any other.
        """
        if not path.startswith(_REVIEWS):
            raise ValueError(f"{path} is no review")
        async with self._exchange(path, (), JSON, self._settings.read_seconds, Message("POST", question)) as answer:
            return self._decoded(await answer.read(), decoder)

    async def write(self, path: str, message: Message, *, query: Query = ()) -> bytes:
        """Change something, and return the body of the successful answer.

        Raises `WriteRefused`, before anything is sent, where the gate is closed. After an `Unreachable` nobody knows
        whether the server did it: it is never sent again by itself, and who asked has to read first.
        """
        self.gate.check(message, path)
        async with self._exchange(path, query, JSON, self._settings.read_seconds, message) as answer:
            return await answer.read()

    async def get(self, kind: Kind, namespace: str, name: str) -> KubernetesObject:
        """One object, fresh from the server. Raises `NotFound`, or `NotKubernetes` when it cannot be decoded."""
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
        """The decoded answer to a GET; `NotKubernetes` when it does not decode."""
        return self._decoded(await self.get_raw(path, query=query, accept=accept, read_seconds=read_seconds), decoder)

    async def get_raw(
        self, path: str, *, query: Query = (), accept: str = JSON, read_seconds: float | None = None
    ) -> bytes:
        """The body of a successful answer to a GET: bytes of JSON, as far as the server says."""
        seconds = self._settings.read_seconds if read_seconds is None else read_seconds
        async with self.stream(path, query=query, accept=accept, read_seconds=seconds) as answer:
            return await answer.read()

    def stream(
        self, path: str, *, query: Query = (), accept: str = JSON, read_seconds: float
    ) -> AbstractAsyncContextManager[Response]:
        """The successful answer to a GET, as chunks of bytes while they come.

        Entered once its head is there. Iterating raises `TimedOut` after `read_seconds` without a byte, and another
        `Unreachable` when the connection breaks; it ends when the server ends the answer.
        """
        return self._exchange(path, query, accept, read_seconds, None)

    @asynccontextmanager
    async def _exchange(
        self, path: str, query: Query, accept: str, read_seconds: float, message: Message | None
    ) -> AsyncIterator[Response]:
        answer, used = await self._send(path, query, accept, read_seconds, message)
        try:
            if answer.code == 401 and await self._login.renew(used):
                answer.close()
                answer, used = await self._send(path, query, accept, read_seconds, message)
            if answer.code != 401:
                self._login.accepted(used)
            if not 200 <= answer.code < 300:
                raise await self._refusal(answer, used)
            content_type = answer.headers.get("Content-Type", "")
            if not is_json(content_type) and not (accept == PLAIN_TEXT and is_text(content_type)):
                raise not_kubernetes_error(self.config.address)
            yield answer
        finally:
            answer.close()

    async def check_suspend(self) -> None:
        """See whether the machine slept: then what it knew of the server's time is brought up to date, and its
        connections are dropped. Every request does so by itself."""
        if seconds := self._suspend.check():
            self._time.add_suspend(seconds)
            await self.drop_connections()

    async def drop_connections(self) -> None:
        """Close every connection, as those of a machine that slept are dead without knowing; the next ones are new."""
        async with self._opening:
            dropped = [*self._retired, *([self._transport] if self._transport is not None else [])]
            self._retired, self._transport = [], None
        for transport in dropped:
            await transport.close()

    async def close(self) -> None:
        """End the session; requests under way and later ones raise `Unreachable`."""
        self._closed = True
        await self._login.close()
        await self.drop_connections()

    def _decoded(self, data: bytes, decoder: msgspec.json.Decoder[T]) -> T:
        try:
            return decode(data, decoder)
        except Malformed as error:
            raise not_kubernetes_error(self.config.address) from error

    async def _send(
        self, path: str, query: Query, accept: str, read_seconds: float, message: Message | None
    ) -> tuple[Response, IssuedCredentials]:
        """The answer, and with which credentials it was asked for."""
        await self.check_suspend()
        issued = await self._login.current()
        transport = await self._connected(issued)
        sent = self._clock.monotonic()
        try:
            answer = await transport.send(path, query, accept, read_seconds, issued.token, message)
        except Unreachable:
            self._unreachable = True
            raise
        if self._unreachable:
            self._unreachable = False
            self._reachable_again.set()
            self._reachable_again = asyncio.Event()
        self._time.update(answer.headers.get("Date"), sent)
        return answer, issued

    async def _connected(self, issued: IssuedCredentials) -> Transport:
        async with self._opening:
            if self._closed:
                raise Unreachable(f"the session with {self.config.address} has ended")
            for transport in [transport for transport in self._retired if not transport.busy]:
                self._retired.remove(transport)
                await transport.close()
            made_of = IssuedCredentials("", issued.certificate, issued.key), file_stamps(self.config.tls)
            if self._transport is None or made_of != self._made_of:
                self._transport = await self._connect(issued, self._transport)
                self._made_of = made_of
            return self._transport

    async def _connect(self, issued: IssuedCredentials, former: Transport | None) -> Transport:
        """A new pool; `former` remains it when new certificates cannot be used, such as half-written ones."""
        await load_transport()
        from stsview.cluster.http.transport import Transport

        tls = self.config.tls
        if issued.certificate and not tls.certificate:
            tls = replace(tls, certificate=issued.certificate, key=issued.key)
        try:
            made = await Transport.connect(
                self.config,
                tls,
                connect_seconds=self._settings.connect_seconds,
                connections=self._settings.connections,
            )
        except Unreachable:
            if former is None:
                raise
            return former
        if former is not None:
            # What is being read from it goes on; a server looks at certificates only when a connection begins.
            self._retired.append(former)
        return made

    async def _refusal(self, answer: Response, used: IssuedCredentials) -> ClusterError:
        try:
            body = await answer.read(_ERROR_BYTES)
        except Unreachable:
            body = b""
        # Some proxies print the request, headers and all, into their pages; what an error quotes ends on the screen.
        for secret in (used.token, *self.config.credentials.secrets):
            if secret:
                body = body.replace(secret.encode(), HIDDEN.encode())
        return response_error(answer.code, answer.phrase, answer.headers, body, self.config.address, self.config.user)
