"""WebSockets of a session: its credentials, TLS and proxy, and each way in which a server refuses them."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiohttp import WSMsgType, web

from stsview.clock import ManualClock
from stsview.cluster.config import Credentials, Impersonation, Pem, Tls
from stsview.cluster.errors import (
    ApiError,
    ClusterError,
    Forbidden,
    NotFound,
    NotKubernetes,
    NoWebSockets,
    ServerError,
    Unauthorized,
    Unreachable,
)
from stsview.cluster.http import websocket
from stsview.cluster.http.session import Session
from stsview.cluster.http.write_gate import WriteGate, WriteRefused
from tests.cluster.conftest import config_for
from tests.support.cluster.server import Server, answer, close_without_answer, refuse, status

PATH = "/api/v1/namespaces/default/pods/web-0/exec"
PROTOCOLS = ("v5", "v4")
Talk = Callable[[web.WebSocketResponse], Awaitable[Any]]


def socket(
    talk: Talk, *protocols: str, autoping: bool = True
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """A handler that opens a WebSocket and talks."""

    async def handle(request: web.Request) -> web.StreamResponse:
        made = web.WebSocketResponse(protocols=protocols, autoping=autoping)
        await made.prepare(request)
        await talk(made)
        return made

    return handle


async def echo(made: web.WebSocketResponse) -> None:
    async for message in made:
        await made.send_bytes(message.data)


async def talks(session: Session, *, query: list[tuple[str, str]] | None = None) -> str:
    """Send and receive one message; returns the subprotocol."""
    async with session.websocket(PATH, query=query or [], protocols=PROTOCOLS) as opened:
        await opened.send(b"\x00hello")
        assert await anext(opened) == b"\x00hello"
        return opened.protocol


async def silent_then(made: web.WebSocketResponse, *, answers: bool) -> None:
    """Write, then be silent; with `answers`, answer pings, and write again after the second."""
    await made.send_bytes(b"first")
    pings = 0
    while (await made.receive()).type is WSMsgType.PING:
        pings += 1
        if answers:
            await made.pong()
        if answers and pings == 2:
            await made.ping(b"are you there")
            await made.send_bytes(b"second")


async def test_a_silent_server_is_pinged_while_a_message_is_awaited(
    server: Server, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket, "PING_SECONDS", 0.02)
    server.then(socket(partial(silent_then, answers=True), "v4", autoping=False))
    async with session.websocket(PATH, protocols=PROTOCOLS) as opened:
        assert [await anext(opened), await anext(opened)] == [b"first", b"second"]


async def test_a_server_that_answers_no_ping_is_lost_but_not_while_nothing_is_read(
    server: Server, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket, "PING_SECONDS", 0.02)
    monkeypatch.setattr(websocket, "ANSWER_SECONDS", 0.02)
    pinged = asyncio.Event()

    async def talk(made: web.WebSocketResponse) -> None:
        await made.send_bytes(b"first")
        await made.send_bytes(b"second")
        while (await made.receive()).type is WSMsgType.PING:
            pinged.set()

    server.then(socket(talk, "v4", autoping=False))
    async with session.websocket(PATH, protocols=PROTOCOLS) as opened:
        assert await anext(opened) == b"first"
        # A terminal that is stopped does not read, for as long as it likes: nothing waits for an answer meanwhile.
        assert opened._socket._heartbeat is None
        assert not [task for task in asyncio.all_tasks() if "receive" in repr(task)]
        assert await anext(opened) == b"second"
        with pytest.raises(Unreachable, match="stopped answering"):
            await anext(opened)
    assert pinged.is_set()


async def test_it_sends_the_request_of_the_session(server: Server, clock: ManualClock) -> None:
    as_admin = Impersonation("admin", ("ops",))
    credentials = Credentials(token="secret", impersonation=as_admin)
    session = Session(config_for(server.url, credentials=credentials), clock)
    server.then(socket(echo, "v4"))
    assert await talks(session, query=[("command", "a b&c"), ("command", "ü"), ("tty", "true")]) == "v4"
    await session.close()
    seen = await server.received(1)
    assert (seen.method, seen.path) == ("GET", PATH)
    assert seen.raw.endswith("?command=a%20b%26c&command=%C3%BC&tty=true")
    assert seen.headers["Authorization"] == "Bearer secret"
    assert (seen.headers["Impersonate-User"], seen.headers["Impersonate-Group"]) == ("admin", "ops")
    assert seen.headers["User-Agent"].startswith("stsview/")
    assert seen.headers["Sec-WebSocket-Protocol"].replace(" ", "") == "v5,v4"


async def test_over_tls_with_a_server_name_behind_a_proxy(authority: trustme.CA, clock: ManualClock) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("api.example.com").configure_cert(context)
    tls = Tls(authority=Pem(authority.cert_pem.bytes()), server_name="api.example.com")
    async with Server(socket(echo, "v5"), tls=context) as server, _Proxy() as proxy:
        session = Session(config_for(server.url, tls=tls, proxy_url=proxy.url), clock)
        assert await talks(session) == "v5"
        await session.close()
        assert proxy.connected == [server.url.removeprefix("https://")]


async def test_a_closed_gate_sends_nothing(server: Server, clock: ManualClock) -> None:
    session = Session(config_for(server.url), clock, gate=WriteGate("--read-only"))
    with pytest.raises(WriteRefused, match=r"read-only mode \(--read-only\)"):
        await talks(session)
    await session.close()
    assert server.seen == []


async def test_credentials_are_renewed_once_after_a_401(server: Server, clock: ManualClock, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("old")
    session = Session(config_for(server.url, credentials=Credentials(token_file=token)), clock)

    async def replace_token(request: web.Request) -> web.StreamResponse:
        token.write_text("new")
        return await refuse(401, "Unauthorized")(request)

    server.then(replace_token, socket(echo, "v5"), refuse(401, "Unauthorized"))
    assert await talks(session) == "v5"
    assert [one.headers["Authorization"] for one in server.seen] == ["Bearer old", "Bearer new"]
    with pytest.raises(Unauthorized):
        await talks(session)
    await session.close()


FORBIDDEN = (
    'pods "web-0" is forbidden: User "me" cannot create resource "pods/exec" in API group "" in the namespace "x"'
)


async def in_parts(request: web.Request) -> web.StreamResponse:
    """A refusal whose body arrives in two parts."""
    response = web.StreamResponse(status=403, headers={"Content-Type": "application/json"})
    await response.prepare(request)
    text = json.dumps(status(403, "Forbidden", FORBIDDEN)).encode()
    for part in (text[:50], text[50:]):
        await response.write(part)
        await asyncio.sleep(0.01)
    return response


@pytest.mark.parametrize(
    ("handler", "error", "text"),
    [
        (refuse(403, "Forbidden", FORBIDDEN), Forbidden, 'cannot create resource "pods/exec"'),
        (in_parts, Forbidden, 'cannot create resource "pods/exec"'),
        (refuse(404, "NotFound", 'pods "web-0" not found'), NotFound, 'pods "web-0" not found'),
        (refuse(400, "BadRequest", "container x is not valid for pod web-0"), ApiError, "container x is not valid"),
        (refuse(400, "BadRequest", "Upgrade request required"), NoWebSockets, "does not open WebSockets here (400)"),
        (answer("", 403), NoWebSockets, "Kubernetes before 1.30, or a proxy that does not pass them; use kubectl"),
        (answer({}, 200), NoWebSockets, "does not open WebSockets here (200)"),
        (answer("<html>", 403, {"Content-Type": "text/html"}), NotKubernetes, "with a web page"),
        (refuse(503, "ServiceUnavailable", "etcd is down"), ServerError, "etcd is down"),
        (close_without_answer, Unreachable, ""),
    ],
)
async def test_a_refusal_is_said(
    server: Server, session: Session, handler: Any, error: type[ClusterError], text: str
) -> None:
    server.then(handler)
    with pytest.raises(error) as raised:
        await talks(session)
    assert text in str(raised.value)
    assert len(server.seen) == 1


async def test_a_lost_connection_and_an_end_are_told_apart(server: Server, session: Session) -> None:
    async def end(made: web.WebSocketResponse) -> None:
        await made.close()

    async def cut(made: web.WebSocketResponse) -> None:
        assert made._req is not None
        assert made._req.transport is not None
        made._req.transport.abort()

    server.then(socket(end, "v5"), socket(cut, "v5"))
    async with session.websocket(PATH, protocols=PROTOCOLS) as opened:
        assert [one async for one in opened] == []
        assert opened.ended
    async with session.websocket(PATH, protocols=PROTOCOLS) as opened:
        with pytest.raises(Unreachable):
            await anext(opened)
        with pytest.raises(Unreachable):
            await opened.send(b"\x00more")


async def test_closing_the_session_ends_it(server: Server, session: Session) -> None:
    server.then(socket(echo, "v5"))
    async with session.websocket(PATH, protocols=PROTOCOLS) as opened:
        waiting = asyncio.create_task(anext(opened))
        await asyncio.sleep(0)
        await session.close()
        with pytest.raises(Unreachable):
            await waiting


class _Proxy:
    """An HTTP proxy that passes CONNECT on."""

    def __init__(self) -> None:
        self.connected: list[str] = []
        self.url = ""
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> _Proxy:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        method, target, _ = (await reader.readuntil(b"\r\n\r\n")).decode().split(" ", 2)
        assert method == "CONNECT"
        self.connected.append(target)
        host, _, port = target.rpartition(":")
        inward, outward = await asyncio.open_connection(host, int(port))
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await asyncio.gather(_copy(reader, outward), _copy(inward, writer))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()
