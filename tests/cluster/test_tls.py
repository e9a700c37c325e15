"""TLS over real sockets: each kind of rejection has its own error."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from aiohttp import web

from stsview.clock import ManualClock
from stsview.cluster.config import Credentials, Pem, Tls
from stsview.cluster.errors import CertificateRefused, ClusterError, NotKubernetes, Unreachable
from stsview.cluster.http.session import Session
from tests.cluster.conftest import config_for
from tests.support.cluster.server import Server, Stream, answer

CLIENTS = trustme.CA()
"""The authority of client certificates that the server accepts."""


def served(certificate: trustme.LeafCert, *, clients: bool = False) -> Server:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(context)
    if clients:
        CLIENTS.configure_trust(context)
        context.verify_mode = ssl.CERT_REQUIRED
    return Server(answer({"gitVersion": "v1"}), tls=context)


def trusting(authority: trustme.CA, **changes: object) -> Tls:
    return Tls(**{"authority": Pem(data=authority.cert_pem.bytes()), **changes})  # type: ignore[arg-type]


def presented(certificate: trustme.LeafCert) -> dict[str, Pem]:
    chain = b"".join(pem.bytes() for pem in certificate.cert_chain_pems)
    return {"certificate": Pem(data=chain), "key": Pem(data=certificate.private_key_pem.bytes())}


async def version(server: Server, tls: Tls) -> str:
    session = Session(config_for(server.url, tls=tls))
    try:
        return await session.ping()
    finally:
        await session.close()


async def refusal(server: Server, tls: Tls) -> ClusterError:
    async with server:
        with pytest.raises(ClusterError) as caught:
            await version(server, tls)
    assert str(caught.value).isprintable()
    return caught.value


async def test_a_trusted_server(authority: trustme.CA) -> None:
    async with served(authority.issue_cert("127.0.0.1")) as server:
        assert await version(server, trusting(authority)) == "v1"


async def test_a_server_with_another_name_in_its_certificate(authority: trustme.CA) -> None:
    async with served(authority.issue_cert("api.cluster.example")) as server:
        assert await version(server, trusting(authority, server_name="api.cluster.example")) == "v1"


async def test_through_a_proxy_to_a_server_with_another_name(authority: trustme.CA) -> None:
    requested: list[str] = []

    async def tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requested.append((await reader.readuntil(b"\r\n\r\n")).decode())
        host, _, port = requested[-1].split()[1].partition(":")
        there, onward = await asyncio.open_connection(host, int(port))
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")

        async def copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            with contextlib.suppress(ConnectionError):
                while data := await source.read(65536):
                    sink.write(data)
            sink.close()

        await asyncio.gather(copy(reader, onward), copy(there, writer))

    proxy = await asyncio.start_server(tunnel, "127.0.0.1", 0)
    url = f"http://me:planted@127.0.0.1:{proxy.sockets[0].getsockname()[1]}"
    async with served(authority.issue_cert("api.cluster.example")) as server:
        tls = trusting(authority, server_name="api.cluster.example")
        config = config_for(server.url, tls=tls, proxy_url=url, credentials=Credentials(token="secret"))
        session = Session(config)
        assert await session.ping() == "v1"
        await session.close()
        assert server.seen[0].headers["Authorization"] == "Bearer secret"
        assert requested[0].startswith(f"CONNECT {server.url.removeprefix('https://')} ")
        assert "Proxy-Authorization: Basic" in requested[0]
        assert "secret" not in requested[0]
    proxy.close()
    await proxy.wait_closed()


async def test_insecure_skips_verification(authority: trustme.CA) -> None:
    async with served(authority.issue_cert("elsewhere.example")) as server:
        assert await version(server, Tls(insecure=True)) == "v1"


async def test_an_accepted_client_certificate(authority: trustme.CA) -> None:
    tls = trusting(authority, **presented(CLIENTS.issue_cert("me")))
    async with served(authority.issue_cert("127.0.0.1"), clients=True) as server:
        assert await version(server, tls) == "v1"


async def test_certificate_files_are_read_for_each_pool(authority: trustme.CA, tmp_path: Path) -> None:
    file = tmp_path / "ca.crt"
    authority.cert_pem.write_to_path(str(file))
    async with served(authority.issue_cert("127.0.0.1")) as server:
        server.then(answer({"gitVersion": "v2"}))
        session = Session(config_for(server.url, tls=Tls(authority=Pem(file=file))))
        assert await session.ping() == "v1"
        file.unlink()
        assert await session.ping() == "v2"
        await session.drop_connections()
        with pytest.raises(Unreachable, match=r"certificate-authority .* cannot be read"):
            await session.ping()
        await session.close()


async def test_renewed_certificate_files_cause_new_connections_while_a_watch_continues(
    authority: trustme.CA, tmp_path: Path
) -> None:
    files = {name: tmp_path / name for name in ("ca", "certificate", "key")}
    authority.cert_pem.write_to_path(str(files["ca"]))

    def issue(name: str) -> trustme.LeafCert:
        return CLIENTS.issue_cert(common_name=name)

    def install(certificate: trustme.LeafCert, *, key: bool = True) -> None:
        files["certificate"].write_bytes(certificate.cert_chain_pems[0].bytes())
        if key:
            files["key"].write_bytes(certificate.private_key_pem.bytes())

    names: list[str] = []

    async def who(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        subject = dict(pairs[0] for pairs in request.transport.get_extra_info("peercert")["subject"])
        names.append(subject["commonName"])
        return await answer({"gitVersion": "v1"})(request)

    install(issue("first"))
    stream = Stream(b"one")
    async with served(authority.issue_cert("127.0.0.1"), clients=True) as server:
        server.script.clear()
        server.then(who, stream, who, who, who)
        tls = Tls(
            authority=Pem(file=files["ca"]), certificate=Pem(file=files["certificate"]), key=Pem(file=files["key"])
        )
        session = Session(config_for(server.url, tls=tls))
        await session.ping()
        async with session.stream("/stream", read_seconds=10) as chunks:
            assert await anext(chunks) == b"one"
            second = issue("second")
            install(second, key=False)
            await session.ping()
            install(second)
            await session.ping()
            stream.send(b"two")
            assert await anext(chunks) == b"two"
        await session.ping()
        await session.close()
    assert names == ["first", "first", "second", "second"], "half a pair changes nothing"


@pytest.mark.parametrize(
    ("names", "days", "said"),
    [
        (["127.0.0.1"], (-10, -1), "has expired"),
        (["127.0.0.1"], (1, 10), "is not valid yet"),
        (["elsewhere.example"], (-1, 10), "is for another host"),
        (["10.0.0.1"], (-1, 10), "is for another host"),
    ],
)
async def test_a_rejected_certificate_of_a_known_authority(
    authority: trustme.CA, names: list[str], days: tuple[int, int], said: str
) -> None:
    start, end = (datetime.now(UTC) + timedelta(days=day) for day in days)
    error = await refusal(served(authority.issue_cert(*names, not_before=start, not_after=end)), trusting(authority))
    assert type(error) is CertificateRefused
    assert said in str(error)


@pytest.mark.parametrize("tls", [trusting(trustme.CA()), Tls()], ids=["another authority", "the system's"])
async def test_an_unknown_authority(authority: trustme.CA, tls: Tls) -> None:
    error = await refusal(served(authority.issue_cert("127.0.0.1")), tls)
    assert type(error) is CertificateRefused
    assert "has an unknown authority" in str(error)


@contextlib.contextmanager
def strict(certificate: trustme.LeafCert) -> Iterator[str]:
    """The URL of a server that rejects unknown clients with an alert, which asyncio's own servers do not send."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(context)
    CLIENTS.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    # Closing before the client has read the alert would reset the connection and lose it.
                    with connection.dup() as rest, contextlib.suppress(OSError):
                        with contextlib.suppress(ssl.SSLError):
                            context.wrap_socket(connection, server_side=True)
                        while rest.recv(4096):
                            pass

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"https://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ({}, "requires a client certificate"),
        (presented(trustme.CA().issue_cert("me")), "rejects the client certificate"),
    ],
    ids=["none", "of a stranger"],
)
async def test_a_rejected_client_certificate(authority: trustme.CA, own: dict[str, Pem], said: str) -> None:
    with strict(authority.issue_cert("127.0.0.1")) as url:
        session = Session(config_for(url, tls=trusting(authority, **own)))
        with pytest.raises(CertificateRefused, match=said):
            await session.ping()
        await session.close()


async def test_https_to_a_server_without_tls(authority: trustme.CA) -> None:
    async with Server() as server:
        session = Session(config_for(server.url.replace("http://", "https://"), tls=trusting(authority)))
        with pytest.raises(NotKubernetes, match="does not use TLS"):
            await session.ping()
        await session.close()


async def test_http_to_a_server_with_tls(authority: trustme.CA) -> None:
    async with served(authority.issue_cert("127.0.0.1")) as server:
        session = Session(config_for(server.url.replace("https://", "http://")))
        with pytest.raises(ClusterError) as caught:
            await session.ping()
        assert re.search(r"in HTTP|without answering|was lost", str(caught.value))
        await session.close()


async def test_closing_does_not_wait_for_a_dead_peer(authority: trustme.CA, clock: ManualClock) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    answered, dead = asyncio.Event(), asyncio.Event()

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")
        answered.set()
        await dead.wait()
        writer.transport.abort()

    listener = await asyncio.start_server(once, "127.0.0.1", 0, ssl=context)
    url = f"https://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    session = Session(config_for(url, tls=trusting(authority)), clock)
    await session.ping()
    async with asyncio.timeout(5):
        await session.close()
    dead.set()
    listener.close()
    await listener.wait_closed()
