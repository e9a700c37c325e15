"""Requests and their answers, over real HTTP."""

from __future__ import annotations

import asyncio
import base64
import re
import socket
import subprocess
import sys
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from msgspec.structs import replace

from stsview.clock import ManualClock
from stsview.cluster.config import Credentials, Impersonation
from stsview.cluster.errors import (
    ApiError,
    ClusterError,
    Forbidden,
    Gone,
    NotFound,
    NotKubernetes,
    Rejected,
    ServerError,
    TimedOut,
    TooManyRequests,
    Unauthorized,
    Unreachable,
)
from stsview.cluster.http import transport
from stsview.cluster.http.session import Session, SessionSettings
from stsview.objects.kinds import STATEFULSETS
from stsview.objects.statefulset import StatefulSet
from tests.cluster.conftest import config_for
from tests.support.clocks import MachineClock
from tests.support.cluster.server import Server, Stream, answer, close_without_answer, refuse, status, until

QUICK = SessionSettings(connect_seconds=5, read_seconds=0.05, ping_seconds=0.05)


async def failure(session: Session, path: str = "/version") -> ClusterError:
    """The error of a request; asserts that it is one printable line without the secret."""
    with pytest.raises(ClusterError) as caught:
        await session.get_raw(path)
    assert str(caught.value).isprintable()
    assert "secret" not in str(caught.value)
    return caught.value


async def test_a_request_has_a_user_agent(server: Server, session: Session) -> None:
    server.then(answer({"gitVersion": "v1.36.2"}))
    assert await session.ping() == "v1.36.2"
    seen = server.seen[0]
    assert seen.path == "/version"
    assert seen.headers["Authorization"] == "Bearer secret"
    assert seen.headers["User-Agent"].startswith("stsview/")
    assert seen.headers["Accept"] == "application/json"


async def test_a_server_below_a_path(server: Server) -> None:
    session = Session(config_for(f"{server.url}/k8s/clusters/c-1"))
    server.then(answer({}), refuse(500))
    await session.ping()
    assert server.seen[0].path == "/k8s/clusters/c-1/version"
    assert "c-1" not in str(await failure(session)), "some gateways have tokens in the path"
    await session.close()


async def test_query_values_arrive_as_they_are(server: Server, session: Session) -> None:
    server.then(answer({}))
    token = "a+b/c==&d e%20f"
    await session.get_raw("/api/v1/pods", query=[("continue", token)])
    assert server.seen[0].query == {"continue": token}


async def test_passwords_and_impersonation_are_headers(server: Server) -> None:
    impersonation = Impersonation("root", ("a", "b"), "7", (("acme.com/role", ("x", "y")),))
    credentials = Credentials(username="me", password="pass:wörd", impersonation=impersonation)
    session = Session(config_for(server.url, credentials=credentials))
    server.then(answer({}))
    await session.ping()
    await session.close()
    headers = server.seen[0].all_headers
    assert ("Authorization", f"Basic {base64.b64encode('me:pass:wörd'.encode()).decode()}") in headers
    assert [pair for pair in headers if pair[0].lower().startswith("impersonate")] == [
        ("Impersonate-User", "root"),
        ("Impersonate-Group", "a"),
        ("Impersonate-Group", "b"),
        ("Impersonate-Uid", "7"),
        ("Impersonate-Extra-acme.com%2Frole", "x"),
        ("Impersonate-Extra-acme.com%2Frole", "y"),
    ]


async def test_the_users_netrc_is_not_mixed_in(
    server: Server, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login other password other\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    server.then(answer({}))
    await session.ping()
    assert server.seen[0].headers["Authorization"] == "Bearer secret"


async def test_a_token_file_is_stripped_and_read_again_when_it_changes(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("first\n")
    session = Session(config_for(server.url, credentials=Credentials(token_file=file, token="ignored")))
    server.then(*[answer({})] * 3)
    await session.ping()
    file.write_text(" renewed \n")
    await session.ping()
    file.unlink()
    await session.ping()
    await session.close()
    assert [seen.headers["Authorization"] for seen in server.seen] == ["Bearer first", *["Bearer renewed"] * 2]


async def test_a_401_is_retried_once_with_a_new_token(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("old")
    session = Session(config_for(server.url, credentials=Credentials(token_file=file)))
    renewed = False

    async def expired(request: Any) -> Any:
        nonlocal renewed
        file.write_text("new")
        renewed = True
        return await refuse(401, "Unauthorized", "Unauthorized")(request)

    server.then(expired, answer({"gitVersion": "v1"}))
    assert await session.ping() == "v1"
    assert renewed
    assert [seen.headers["Authorization"] for seen in server.seen] == ["Bearer old", "Bearer new"]
    await session.close()


async def test_a_401_without_a_new_token_is_raised_at_once(server: Server, session: Session) -> None:
    server.then(refuse(401, "Unauthorized", "Unauthorized"))
    error = await failure(session)
    assert isinstance(error, Unauthorized)
    assert "rejects the credentials of user 'me' (401); log in again" in str(error)
    assert len(server.seen) == 1


HTML = {"Content-Type": "text/html"}


@pytest.mark.parametrize(
    ("code", "body", "headers", "kind", "said"),
    [
        (400, status(400, "BadRequest", "bad\nselector"), {}, Rejected, r"rejects the request \(400\): bad selector"),
        (403, status(403, "Forbidden", "pods is forbidden"), {}, Forbidden, "^pods is forbidden$"),
        (403, "<html>", HTML, NotKubernetes, "web page"),
        (404, "404 page not found", {"Content-Type": "text/plain"}, NotFound, "^404 page not found$"),
        (407, "", {}, NotKubernetes, "proxy"),
        (410, status(410, "Expired", "too old"), {}, Gone, "^too old$"),
        (422, status(422, "Invalid", "\x1b[31mred"), {}, Rejected, "red"),
        (429, status(429, "TooManyRequests", "slow down"), {"Retry-After": "7"}, TooManyRequests, "slow down"),
        (500, b"\xff\x00", {}, ServerError, r"failed \(500\)"),
        (502, "<html>Bad Gateway", HTML, ServerError, r"failed \(502\): a web page"),
        (504, status(504, "Timeout", "Too large"), {}, ServerError, "Too large"),
        (400, b"Client sent an HTTP request to an HTTPS server.\n", {}, NotKubernetes, "must start with https://"),
        (200, "<html>log in", HTML, NotKubernetes, "not a Kubernetes API"),
        (418, "x" * 5000, {"Content-Type": "text/plain"}, Rejected, "…$"),
    ],
)
async def test_error_answers_become_errors(
    server: Server, session: Session, code: int, body: Any, headers: dict[str, str], kind: type[ClusterError], said: str
) -> None:
    server.then(answer(body, code, headers))
    error = await failure(session)
    assert type(error) is kind
    assert re.search(said, str(error))
    if isinstance(error, ApiError):
        assert error.status == code
    if kind is TooManyRequests:
        assert error.retry_after == 7


async def test_retry_after_may_be_in_the_details(server: Server, session: Session) -> None:
    server.then(answer(status(429, details={"retryAfterSeconds": 3}), 429), answer({}, 503, {"Retry-After": "-1"}))
    assert (await failure(session)).retry_after == 3
    assert (await failure(session)).retry_after is None


async def test_the_pdb_that_blocks_an_eviction_is_named(server: Server, session: Session) -> None:
    causes = [{"reason": "DisruptionBudget", "message": "The disruption budget zk needs 3 healthy pods"}]
    server.then(answer(status(429, "TooManyRequests", "Cannot evict pod.", details={"causes": causes}), 429))
    error = await failure(session)
    assert isinstance(error, TooManyRequests)
    assert error.server_message == "Cannot evict pod. The disruption budget zk needs 3 healthy pods"


async def test_json_of_something_else(server: Server, session: Session) -> None:
    server.then(answer("[]"), answer("{"), answer({"spec": {}}))
    for _ in range(2):
        with pytest.raises(NotKubernetes):
            await session.ping()
    with pytest.raises(NotKubernetes):
        await session.get(STATEFULSETS, "default", "web")


async def test_connection_refused(session: Session, server: Server) -> None:
    await server.stop()
    error = await failure(session)
    assert isinstance(error, Unreachable)
    assert f"{server.url} cannot be reached: connection refused" in str(error)


async def test_no_such_host(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    session = Session(config_for("https://nowhere.example:6443"))
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    error = await failure(session)
    assert isinstance(error, Unreachable)
    assert "hostname cannot be resolved" in str(error)
    await session.close()


async def test_a_server_that_closes_the_connection(server: Server, session: Session) -> None:
    server.then(close_without_answer, close_without_answer)
    assert isinstance(await failure(session), Unreachable)


async def test_a_server_with_another_protocol(clock: ManualClock) -> None:
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.9\r\n\r\n")
        await writer.drain()
        writer.close()

    listener = await asyncio.start_server(greet, "127.0.0.1", 0)
    session = Session(config_for(f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"), clock)
    error = await failure(session)
    assert isinstance(error, NotKubernetes)
    assert "does not answer in HTTP" in str(error)
    await session.close()
    listener.close()
    await listener.wait_closed()


async def test_a_timeout_before_and_within_an_answer(server: Server) -> None:
    session = Session(config_for(server.url), settings=QUICK)

    async def silent(_: Any) -> Any:
        await asyncio.Event().wait()

    server.then(silent, Stream(b"{"))
    for _ in range(2):
        error = await failure(session)
        assert isinstance(error, TimedOut)
        assert "stopped answering" in str(error)
    with pytest.raises(TimedOut):
        await session.ping()
    await session.close()


async def test_a_stream_yields_chunks_until_it_breaks(server: Server, session: Session) -> None:
    stream = Stream(b"one")
    server.then(stream)
    async with session.stream("/stream", read_seconds=10) as chunks:
        assert await anext(chunks) == b"one"
        stream.cut()
        with pytest.raises(Unreachable, match="was lost"):
            await anext(chunks)


async def test_leaving_a_stream_closes_its_connection(server: Server, session: Session) -> None:
    stream = Stream(b"one")
    server.then(stream)
    async with session.stream("/stream", read_seconds=10) as chunks:
        await anext(chunks)
    await until(stream.closed.is_set)


async def test_a_ping_needs_no_rights(server: Server, session: Session) -> None:
    server.then(refuse(403), refuse(404), refuse(500))
    assert await session.ping() == ""
    assert await session.ping() == ""
    with pytest.raises(ServerError):
        await session.ping()


async def test_namespaces_are_read_as_metadata(server: Server, session: Session) -> None:
    items = [{"metadata": {"name": name}} for name in ("infra", "data")]
    server.then(answer({"kind": "PartialObjectMetadataList", "items": items}), refuse(403, "Forbidden", "no"))
    assert await session.list_namespaces() == ["data", "infra"]
    assert "PartialObjectMetadataList" in server.seen[0].headers["Accept"]
    with pytest.raises(Forbidden):
        await session.list_namespaces()


async def test_one_object(server: Server, session: Session) -> None:
    server.then(
        answer({"metadata": {"name": "web", "uid": "1"}, "spec": {"replicas": 2}}), refuse(404, "NotFound", "gone")
    )
    found = await session.get(STATEFULSETS, "default", "web")
    assert isinstance(found, StatefulSet)
    assert found.spec.replicas == 2
    assert server.seen[0].path == "/apis/apps/v1/namespaces/default/statefulsets/web"
    with pytest.raises(NotFound):
        await session.get(STATEFULSETS, "default", "web")


async def test_the_servers_time_is_known_from_its_answers(server: Server, session: Session, clock: ManualClock) -> None:
    ahead = timedelta(hours=1)

    def dated(offset: timedelta) -> Any:
        async def handle(request: Any) -> Any:
            date = format_datetime(clock.now() + offset, usegmt=True)
            return await answer({}, headers={"Date": date})(request)

        return handle

    assert session.clock_offset == timedelta(0)
    server.then(dated(ahead), dated(timedelta(0)), answer({}, headers={"Date": "yesterday"}))
    await session.ping()
    assert ahead <= session.clock_offset <= ahead + timedelta(seconds=1)
    assert session.server_now() == clock.now() + session.clock_offset
    await session.ping()
    assert session.clock_offset == timedelta(0)
    await session.ping()
    assert session.clock_offset == timedelta(0)


async def test_dropped_connections_are_replaced(server: Server, session: Session) -> None:
    server.then(Stream(b"one"), answer({"gitVersion": "v1"}))
    async with session.stream("/stream", read_seconds=10) as chunks:
        await anext(chunks)
        await session.drop_connections()
        with pytest.raises(Unreachable) as caught:
            await anext(chunks)
        assert not isinstance(caught.value, TimedOut)
    assert await session.ping() == "v1"


async def test_after_a_suspend_connections_and_time_are_renewed(server: Server) -> None:
    clock = MachineClock()
    session = Session(config_for(server.url), clock)
    server.then(Stream(b"one"), answer({}), answer({}))
    async with session.stream("/stream", read_seconds=10) as chunks:
        await anext(chunks)
        await clock.suspend(5)
        await session.ping()
        await clock.suspend(3600)
        await session.ping()
        with pytest.raises(Unreachable) as caught:
            await anext(chunks)
        assert not isinstance(caught.value, TimedOut)
    await session.close()


async def test_a_closed_session_leaves_nothing(server: Server) -> None:
    before = asyncio.all_tasks()
    session = Session(config_for(server.url))
    server.then(answer({}), Stream(b"one"))
    await session.ping()
    async with session.stream("/stream", read_seconds=10) as chunks:
        await anext(chunks)
        await session.close()
        with pytest.raises(Unreachable):
            await anext(chunks)
    with pytest.raises(Unreachable, match="is closed"):
        await session.ping()
    await until(lambda: not {task for task in asyncio.all_tasks() - before if "_handle" not in repr(task)})


async def test_sessions_that_open_at_the_same_time_share_one_pool(server: Server, session: Session) -> None:
    server.then(*[answer({"gitVersion": "v1"})] * 5)
    assert await asyncio.gather(*[session.ping() for _ in range(5)]) == ["v1"] * 5


async def test_a_proxy_gets_the_whole_url(server: Server, clock: ManualClock) -> None:
    config = config_for("http://cluster.example:8080", proxy_url=server.url, credentials=Credentials(token="secret"))
    session = Session(config, clock)
    server.then(answer({"gitVersion": "v1"}))
    assert await session.ping() == "v1"
    assert "Authorization" not in server.seen[0].headers, "credentials went over the network in the clear"
    assert server.seen[0].headers["Host"] == "cluster.example:8080"
    await session.close()


async def test_an_unreachable_proxy_is_named_without_its_password(server: Server, clock: ManualClock) -> None:
    proxy = server.url.replace("http://", "http://me:secret@")
    await server.stop()
    session = Session(config_for("http://cluster.example", proxy_url=proxy), clock)
    error = await failure(session)
    assert f"the proxy {server.url} cannot be reached: connection refused" in str(error)
    await session.close()


def test_sockets_use_keepalive() -> None:
    made = transport._socket((socket.AF_INET, socket.SOCK_STREAM, 0, "", ()))
    assert made.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
    made.close()


def test_nothing_loads_the_transport_before_it_is_needed() -> None:
    code = (
        "import sys, stsview.cluster.auth.kubeconfig, stsview.cluster.http.session\n"
        "import stsview.cluster.watch.reflector\n"
        "assert not {'kubernetes_asyncio', 'aiohttp', 'textual'} & set(sys.modules), 'too much was imported'"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_loaded_transport_does_not_slow_down_the_garbage_collector() -> None:
    code = (
        "import asyncio, gc; from stsview.cluster.http.connection_pool import load_transport\n"
        "asyncio.run(load_transport())\n"
        "assert len(gc.get_objects()) < gc.get_freeze_count() / 10"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


async def test_a_request_timeout_limits_whole_answers_and_the_start_of_streams(server: Server) -> None:
    session = Session(replace(config_for(server.url), request_seconds=0.1))

    async def trickle(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        while True:
            # Never silent for as long as the limit.
            await response.write(b" ")
            await asyncio.sleep(0.01)

    async def hang(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(30)
        return web.Response()

    server.then(trickle, hang, Stream(b"one"))
    with pytest.raises(TimedOut):
        await session.get_raw("/api/v1/pods")
    with pytest.raises(TimedOut):
        async with session.stream("/api/v1/pods", read_seconds=60):
            pass
    async with session.stream("/api/v1/pods", read_seconds=60) as chunks:
        assert await anext(chunks) == b"one", "a watch may be silent for longer, once it has begun"
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(chunks), 0.3)
    await session.close()
