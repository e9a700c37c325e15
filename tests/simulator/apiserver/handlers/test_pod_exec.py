"""`pods/exec` over WebSockets."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from stsview.clock import ManualClock
from stsview.simulator.apiserver.auth.rbac import Rule
from stsview.simulator.apiserver.exec_process import ExecRequest, Streams
from stsview.simulator.apiserver.resources import PODS
from stsview.simulator.apiserver.server import ApiServer
from stsview.simulator.apiserver.storage.storage import Storage
from tests.support.simulator.manifests import pod

V4, V5 = "v4.channel.k8s.io", "v5.channel.k8s.io"
PATH = "/api/v1/namespaces/default/pods/a/exec"
QUERY = {"command": "cat", "stdin": "1", "stdout": "1", "stderr": "1"}


async def echo(request: ExecRequest, streams: Streams) -> int:
    """Writes its input back, and its size; exits with 3."""
    await streams.write_error(request.container.encode())
    while data := await streams.read():
        await streams.write(data)
    await streams.write(repr(streams.size).encode())
    return 3


@pytest.fixture
async def api(storage: Storage, clock: ManualClock) -> AsyncIterator[ApiServer]:
    served = ApiServer(storage, clock)
    storage.create(PODS, pod("a", nodeName="n"))
    served.set_exec_provider(echo)
    await served.start()
    yield served
    await served.stop()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def opened(http: aiohttp.ClientSession, api: ApiServer, *protocols: str, user: str = "admin", **query: str) -> Any:
    headers = {"Authorization": f"Bearer {api.users[user].token}"}
    return http.ws_connect(api.url + PATH, params={**QUERY, **query}, protocols=protocols, headers=headers)


async def refusal(http: aiohttp.ClientSession, api: ApiServer, user: str = "admin", **query: str) -> tuple[int, str]:
    headers = {"Authorization": f"Bearer {api.users[user].token}", "Connection": "Upgrade", "Upgrade": "websocket"}
    headers |= {"Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "MDEyMzQ1Njc4OTAxMjM0NQ=="}
    async with http.get(api.url + PATH, params={**QUERY, **query}, headers=headers) as answer:
        return answer.status, (await answer.json())["message"]


async def test_channels_resize_and_the_end_of_input(http: aiohttp.ClientSession, api: ApiServer) -> None:
    async with opened(http, api, V5, V4) as socket:
        assert socket.protocol == V5
        await socket.send_bytes(b'\x04{"Width":90,"Height":30}')
        await socket.send_bytes(b"\x00any \xff bytes")
        await socket.send_bytes(b"\xff\x00")
        assert [await socket.receive_bytes() for _ in range(3)] == [b"\x02main", b"\x01any \xff bytes", b"\x01(90, 30)"]
        status = await socket.receive_bytes()
    assert status[:1] == b"\x03"
    assert json.loads(status[1:])["details"] == {"causes": [{"reason": "ExitCode", "message": "3"}]}


async def test_the_older_protocol_cannot_end_the_input(http: aiohttp.ClientSession, api: ApiServer) -> None:
    async with opened(http, api, V4) as socket:
        assert socket.protocol == V4
        await socket.send_bytes(b"\xff\x00")
        await socket.send_bytes(b"\x00more")
        assert [await socket.receive_bytes() for _ in range(2)] == [b"\x02main", b"\x01more"]


async def test_a_terminal_has_one_output(http: aiohttp.ClientSession, api: ApiServer) -> None:
    async with opened(http, api, V5, tty="1") as socket:
        assert await socket.receive_bytes() == b"\x01main"


async def test_a_websocket_needs_get_and_create(http: aiohttp.ClientSession, api: ApiServer) -> None:
    message = 'User "viewer" cannot {} resource "pods/exec" in API group "" in the namespace "default"'
    code, text = await refusal(http, api, user="viewer")
    assert (code, message.format("get") in text) == (403, True)
    api.users["viewer"].granted.append(Rule(("get",), ("",), ("pods/exec",)))
    code, text = await refusal(http, api, user="viewer")
    assert (code, message.format("create") in text) == (403, True)
    async with opened(http, api, V5, user="editor") as socket:
        assert await socket.receive_bytes() == b"\x02main"


async def test_what_is_refused_before_the_upgrade(http: aiohttp.ClientSession, api: ApiServer) -> None:
    assert await refusal(http, api, container="x") == (400, "container x is not valid for pod a")
    api.faults.exec_protocols = ()
    assert await refusal(http, api) == (400, "Upgrade request required")
    api.storage.delete(PODS, "default", "a", grace_seconds=0)
    assert await refusal(http, api) == (404, 'pods "a" not found')
