"""`pods/portforward` over WebSockets: the channels of v4, and SPDY/3.1 in its messages."""

from __future__ import annotations

import struct
import zlib
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from stsview.clock import ManualClock
from stsview.simulator.apiserver.handlers.port_forward.channels import V4
from stsview.simulator.apiserver.handlers.port_forward.tunnel import TUNNEL
from stsview.simulator.apiserver.http import spdy
from stsview.simulator.apiserver.port_connection import Connection, PortError
from stsview.simulator.apiserver.resources import PODS
from stsview.simulator.apiserver.server import ApiServer
from stsview.simulator.apiserver.storage.storage import Storage
from stsview.simulator.apiserver.wire import Object
from tests.support.simulator.manifests import pod

PATH = "/api/v1/namespaces/default/pods/a/portforward"


async def echo(pod: Object, port: int, connection: Connection) -> None:
    """Writes back what it reads until the client ends; port 9 refuses."""
    if port == 9:
        raise PortError("connection refused")
    while data := await connection.read():
        await connection.write(data)
    await connection.write(b"end")


@pytest.fixture
async def api(storage: Storage, clock: ManualClock) -> AsyncIterator[ApiServer]:
    served = ApiServer(storage, clock)
    storage.create(PODS, pod("a", nodeName="n"))
    served.set_port_provider(echo)
    await served.start()
    yield served
    await served.stop()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def opened(http: aiohttp.ClientSession, api: ApiServer, *protocols: str, ports: str = "") -> Any:
    headers = {"Authorization": f"Bearer {api.token}"}
    return http.ws_connect(
        api.url + PATH, params={"ports": ports} if ports else {}, protocols=protocols, headers=headers
    )


async def test_each_channel_begins_with_its_port(http: aiohttp.ClientSession, api: ApiServer) -> None:
    async with opened(http, api, V4, ports="80,9") as socket:
        first = {await socket.receive_bytes() for _ in range(4)}
        assert first == {bytes((at,)) + struct.pack("<H", port) for at, port in ((0, 80), (1, 80), (2, 9), (3, 9))}
        assert (await socket.receive_bytes())[:1] == b"\x03"
        await socket.send_bytes(b"\x00any \xff bytes")
        assert await socket.receive_bytes() == b"\x00any \xff bytes"


async def test_a_refused_port_ends_the_websocket_with_the_reason(http: aiohttp.ClientSession, api: ApiServer) -> None:
    async with opened(http, api, V4, ports="9") as socket:
        assert [await socket.receive_bytes() for _ in range(2)] == [b"\x00\x09\x00", b"\x01\x09\x00"]
        text = await socket.receive_bytes()
        assert text.startswith(b"\x01error forwarding port 9 to pod")
        assert text.endswith(b": connection refused")
        assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE


@pytest.mark.parametrize(("ports", "message"), [("", 'query parameter "port" is required'), ("x", 'parse "x"')])
async def test_the_channels_need_ports(http: aiohttp.ClientSession, api: ApiServer, ports: str, message: str) -> None:
    headers = {"Authorization": f"Bearer {api.token}"}
    async with http.get(api.url + PATH, params={"ports": ports} if ports else {}, headers=headers) as answer:
        assert answer.status == 400
        assert message in (await answer.json())["message"]


async def test_two_streams_make_a_connection_in_the_tunnel(http: aiohttp.ClientSession, api: ApiServer) -> None:
    assert zlib.adler32(spdy.DICTIONARY) == 0xE3C6A7C2
    encoder, decoder, frames = spdy.Encoder(), spdy.Decoder(), list[spdy.Frame]()
    async with opened(http, api, TUNNEL) as socket:

        async def frame() -> spdy.Frame:
            while not frames:
                frames.extend(decoder.feed(await socket.receive_bytes()))
            return frames.pop(0)

        for stream, kind in ((1, "error"), (3, "data")):
            sent = encoder.syn_stream(stream, {"streamtype": kind, "port": "80", "requestid": "0"})
            # A message is a part of a byte stream.
            await socket.send_bytes(sent[:11])
            await socket.send_bytes(sent[11:])
            assert ((found := await frame()).type, found.stream) == (spdy.SYN_REPLY, stream)
        await socket.send_bytes(spdy.ping(7))
        assert ((found := await frame()).type, found.stream) == (spdy.PING, 7)
        await socket.send_bytes(spdy.data_frame(3, b"hello") + spdy.data_frame(3, b"", fin=True))
        assert await frame() == spdy.Frame(None, 3, data=b"hello")
        assert await frame() == spdy.Frame(None, 3, data=b"end")
        assert [await frame(), await frame()] == [spdy.Frame(None, 1, spdy.FIN), spdy.Frame(None, 3, spdy.FIN)]
