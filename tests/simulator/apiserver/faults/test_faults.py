"""What can be made to go wrong, by `/debug/faults` and from within."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import Any

import aiohttp
import pytest

from stsview.clock import ManualClock
from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.resources import CONFIG_MAPS
from stsview.simulator.apiserver.server import ApiServer
from stsview.simulator.apiserver.storage.storage import Storage
from tests.support.simulator.client import Client, sleeping
from tests.support.simulator.manifests import config_map

MAPS = "/api/v1/namespaces/default/configmaps"


async def _switch(client: Client, fault: str, **parameters: Any) -> dict[str, Any]:
    answer = await client("POST", "/debug/faults", {"fault": fault, **parameters})
    assert answer.code == 200, answer.text
    result: dict[str, Any] = answer.json
    return result


async def test_cut_connections_break_watches_at_once(storage: Storage, client: Client) -> None:
    async with client.watch(f"{MAPS}?watch=1&resourceVersion={storage.resource_version}") as stream:
        assert await _switch(client, "cut") == {"connections": 1}
        with pytest.raises(aiohttp.ClientError):
            await stream.next()
    assert (await client("GET", MAPS)).code == 200


async def test_a_client_that_goes_while_it_is_told_something_is_no_fault_of_the_server(
    storage: Storage, server: ApiServer, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    async with client.watch(f"{MAPS}?watch=1&resourceVersion={storage.resource_version}") as stream:
        server.expire_watches()
        server.cut_connections()
        with pytest.raises(aiohttp.ClientError):
            await stream.next()
    assert (await client("GET", MAPS)).code == 200
    assert server.open_watches == 0
    assert not caplog.records


async def test_a_stall_says_nothing_and_keeps_everything(storage: Storage, server: ApiServer, client: Client) -> None:
    async with client.watch(f"{MAPS}?watch=1&resourceVersion={storage.resource_version}") as stream:
        await _switch(client, "stall")
        assert server.faults.stalled
        storage.create(CONFIG_MAPS, config_map("a"))
        listing = asyncio.ensure_future(client("GET", MAPS))
        hearing = asyncio.ensure_future(stream.next())
        await _switch(client, "resume")
        assert (await hearing)["object"]["metadata"]["name"] == "a"
        assert len((await listing).json["items"]) == 1


async def test_during_a_stall_a_request_waits(server: ApiServer, client: Client) -> None:
    server.faults.stall()
    listing = asyncio.ensure_future(client("GET", MAPS))
    # the debug endpoint answers, so the server has looked at what came before
    await client("POST", "/debug/faults", {"fault": "slow", "seconds": 0})
    assert not listing.done()
    server.faults.resume()
    assert (await listing).code == 200


async def test_slow_pages_take_their_time_on_the_clock(server: ApiServer, client: Client, clock: ManualClock) -> None:
    await _switch(client, "slow", seconds=30)
    listing = asyncio.ensure_future(client("GET", MAPS))
    await sleeping(clock, until=30)
    assert not listing.done()
    await clock.advance(30)
    assert (await listing).code == 200


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (401, "Unauthorized"),
        (403, "Forbidden"),
        (404, "NotFound"),
        (410, "Expired"),
        (429, "TooManyRequests"),
        (500, "InternalError"),
        (502, "InternalError"),
        (503, "ServiceUnavailable"),
    ],
)
async def test_requests_are_refused_as_often_as_told(client: Client, code: int, reason: str) -> None:
    await _switch(client, "refuse", code=code, times=2, retryAfter=7)
    answers = [await client("GET", MAPS) for _ in range(3)]
    assert [answer.code for answer in answers] == [code, code, 200]
    assert (answers[0].json["reason"], answers[0].json["code"]) == (reason, code)
    assert ("retry-after" in answers[0].headers) is (code in (429, 503))


async def test_a_refusal_may_be_for_one_kind_and_some_verbs(client: Client, storage: Storage) -> None:
    storage.create(CONFIG_MAPS, config_map("a"))
    await _switch(client, "refuse", code=403, resource="configmaps", verbs=["list", "watch"])
    refused = await client("GET", MAPS)
    assert refused.json["message"] == (
        'configmaps is forbidden: User "admin" cannot list resource "configmaps" in API group "" in the namespace '
        '"default"'
    )
    assert (await client("GET", f"{MAPS}/a")).code == 200
    assert (await client("GET", "/api/v1/namespaces/default/pods")).code == 200
    assert (await client("GET", "/version")).code == 200
    await _switch(client, "clear")
    assert (await client("GET", MAPS)).code == 200


async def test_expired_watches_get_410_in_their_stream_and_old_tokens_get_it_as_an_answer(
    storage: Storage, client: Client
) -> None:
    for name in "abc":
        storage.create(CONFIG_MAPS, config_map(name))
    page = await client("GET", f"{MAPS}?limit=1")
    storage.create(CONFIG_MAPS, config_map("d"))
    async with client.watch(f"{MAPS}?watch=1&resourceVersion={storage.resource_version}") as stream:
        assert await _switch(client, "expire") == {"watches": 1}
        error = await stream.next()
        assert (error["type"], error["object"]["code"]) == ("ERROR", 410)
        with pytest.raises(EOFError):
            await stream.next()
    assert (await client("GET", f"{MAPS}?limit=1&continue={page.json['metadata']['continue']}")).code == 410


async def test_a_malformed_object_is_so_in_lists_gets_and_watches(storage: Storage, client: Client) -> None:
    for name in ("good", "bad"):
        storage.create(CONFIG_MAPS, config_map(name))
    await _switch(client, "malformed", resource="configmaps", name="bad")
    listed = {one["metadata"]["name"]: one for one in (await client("GET", MAPS)).json["items"]}
    assert listed["bad"]["metadata"]["labels"] == "no map"
    assert listed["good"]["data"] == {}
    async with client.watch(f"{MAPS}?watch=1") as stream:
        events = [await stream.next(), await stream.next()]
    spoiled = [event["object"]["metadata"].get("labels") == "no map" for event in events]
    assert spoiled == [True, False]
    await _switch(client, "clear")
    assert "labels" not in (await client("GET", f"{MAPS}/bad")).json["metadata"]


async def test_an_odd_object_has_nulls_and_unknown_fields_and_is_otherwise_the_same(
    storage: Storage, client: Client
) -> None:
    storage.create(CONFIG_MAPS, config_map("odd") | {"data": {"key": "value"}})
    await _switch(client, "odd", resource="configmaps", name="odd")
    listed = (await client("GET", MAPS)).json["items"][0]
    assert listed["metadata"]["ownerReferences"] is None
    assert "x-future" in listed
    assert "x-future" in listed["metadata"]
    assert listed["data"] == {"key": "value"}
    async with client.watch(f"{MAPS}?watch=1") as stream:
        assert (await stream.next())["object"] == listed | {"kind": "ConfigMap", "apiVersion": "v1"}


async def test_an_empty_list_is_not_spoiled(client: Client) -> None:
    await _switch(client, "malformed", resource="configmaps", name="none")
    assert (await client("GET", MAPS)).json["items"] == []


async def test_stranded_connections_are_silent_for_ever_and_new_ones_are_served(
    storage: Storage, server: ApiServer, client: Client
) -> None:
    version = storage.resource_version
    async with client.watch(f"{MAPS}?watch=1&resourceVersion={version}") as stranded:
        assert await _switch(client, "strand") == {"connections": 1}
        storage.create(CONFIG_MAPS, config_map("a"))
        hearing = asyncio.ensure_future(stranded.next())
        await _switch(client, "clear")
        async with client.watch(f"{MAPS}?watch=1&resourceVersion={version}") as stream:
            assert (await stream.next())["object"]["metadata"]["name"] == "a"
        assert not hearing.done()
        server.cut_connections()
        with pytest.raises(aiohttp.ClientError):
            await hearing


@pytest.mark.parametrize("clean", [True, False])
async def test_a_watch_is_broken_off_within_an_event(storage: Storage, client: Client, clean: bool) -> None:
    await _switch(client, "break", resource="configmaps", clean=clean)
    path = f"{MAPS}?watch=1&resourceVersion={storage.resource_version}"
    async with client.watch(path) as stream:
        storage.create(CONFIG_MAPS, config_map("a"))
        if clean:
            half = await stream.line()
            assert half.startswith(b'{"type"')
            assert not half.endswith(b"\n")
        else:
            with pytest.raises(aiohttp.ClientError):
                await stream.line()
    async with client.watch(path) as stream:
        assert (await stream.next())["type"] == "ADDED"


@pytest.mark.parametrize("code", [200, 502])
async def test_a_proxy_answers_everything_with_a_web_page(client: Client, code: int) -> None:
    await _switch(client, "page", code=code)
    for path in ("/version", MAPS):
        answer = await client("GET", path)
        assert (answer.code, answer.headers["content-type"]) == (code, "text/html; charset=utf-8")
        assert "<html>" in answer.text
    await _switch(client, "clear")
    assert (await client("GET", "/version")).json


async def test_every_event_is_told_twice(storage: Storage, client: Client) -> None:
    await _switch(client, "twice")
    async with client.watch(f"{MAPS}?watch=1&resourceVersion={storage.resource_version}") as stream:
        storage.create(CONFIG_MAPS, config_map("a"))
        storage.create(CONFIG_MAPS, config_map("b"))
        assert await stream.next_events(4) == [("ADDED", name) for name in "aabb"]


async def test_streaming_lists_may_be_unknown(client: Client) -> None:
    await _switch(client, "no-streaming-lists")
    refused = await client("GET", f"{MAPS}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan")
    assert (refused.code, "WatchList" in refused.json["message"]) == (422, True)


async def test_continue_tokens_may_go_round_in_circles(storage: Storage, client: Client) -> None:
    storage.create(CONFIG_MAPS, config_map("a"))
    await _switch(client, "loop", resource="configmaps")
    first = await client("GET", f"{MAPS}?limit=500")
    token = first.json["metadata"]["continue"]
    assert (await client("GET", f"{MAPS}?limit=500&continue={token}")).json == first.json


async def test_a_restart_refuses_connections_for_a_while_and_forgets_the_history(
    storage: Storage, server: ApiServer, client: Client, clock: ManualClock
) -> None:
    storage.create(CONFIG_MAPS, config_map("a"))
    version = storage.resource_version
    url = server.url
    async with client.watch(f"{MAPS}?watch=1&resourceVersion={version}") as stream:
        restarting = asyncio.ensure_future(server.restart(down_seconds=20))
        with pytest.raises(aiohttp.ClientError):
            await stream.next()
    await sleeping(clock, until=20)
    with pytest.raises(aiohttp.ClientConnectorError):
        await client("GET", MAPS)
    storage.modify(CONFIG_MAPS, "default", "a", lambda one: one["data"].update(k="v"))
    await clock.advance(20)
    await restarting
    assert server.url == url
    async with client.watch(f"{MAPS}?watch=1&resourceVersion={version}") as stream:
        assert (await stream.next())["object"]["code"] == 410
    assert (await client("GET", f"{MAPS}/a")).json["data"] == {"k": "v"}


async def test_who_connects_in_the_moment_when_it_goes_down_is_not_left_waiting(server: ApiServer) -> None:
    """Answered, or cut off: whichever comes first."""
    loop, port = asyncio.get_running_loop(), int(server.url.rpartition(":")[2])
    for pod_steps in range(4):
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.setblocking(False)
            for _ in range(pod_steps):
                await asyncio.sleep(0)
            await server.stop_listening()
            async with asyncio.timeout(10):
                with contextlib.suppress(ConnectionError):
                    await loop.sock_sendall(connection, b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
                    await loop.sock_recv(connection, 1)
        await server.listen_again()


async def test_a_restart_by_request_is_told_when_it_is_over(
    storage: Storage, client: Client, clock: ManualClock
) -> None:
    restarting = asyncio.ensure_future(_switch(client, "restart", downSeconds=20))
    await sleeping(clock, until=20)
    with pytest.raises(aiohttp.ClientConnectorError):
        await client("GET", MAPS)
    restarting.cancel()
    await clock.advance(20)
    async with asyncio.timeout(10):
        while True:
            with contextlib.suppress(aiohttp.ClientConnectorError):
                assert (await client("GET", MAPS)).code == 200
                break
    assert await _switch(client, "restart") == {}


async def test_only_the_administrator_debugs_and_nonsense_is_explained(client: Client) -> None:
    assert (await client("POST", "/debug/faults", {"fault": "cut"}, user="editor")).code == 403
    assert (await client("GET", "/debug/faults")).code == 405
    unknown = await client("POST", "/debug/nothing", {})
    assert (unknown.code, "faults" in unknown.text) == (404, True)
    for body in ({"fault": "melt"}, {"fault": "refuse"}, {"fault": "slow", "seconds": "long"}, {"fault": "break"}):
        answer = await client("POST", "/debug/faults", body)
        assert answer.code == 400
    assert (await client("POST", "/debug/faults", b"[")).code == 400


async def test_others_can_add_their_own_switches(server: ApiServer, client: Client) -> None:
    async def nodes(parameters: dict[str, Any]) -> dict[str, Any] | None:
        if "node" not in parameters:
            raise ApiError.bad_request("which node?")
        return {"failed": parameters["node"]}

    server.add_debug_endpoint("nodes", nodes)
    assert (await client("POST", "/debug/nodes", {"node": "n1"})).json == {"failed": "n1"}
    assert (await client("POST", "/debug/nodes")).json["message"] == "which node?"


async def test_rights_can_be_switched(client: Client) -> None:
    async def rights(**parameters: Any) -> int:
        return (await client("POST", "/debug/rights", parameters)).code

    assert (await client("GET", MAPS, user="nobody")).code == 403
    grant = {"verbs": ["list"], "apiGroups": [""], "resources": ["configmaps"], "namespaces": ["default"]}
    assert await rights(user="nobody", grant=[grant]) == 200
    assert (await client("GET", MAPS, user="nobody")).code == 200
    assert (await client("GET", "/api/v1/configmaps", user="nobody")).code == 403
    assert await rights(user="nobody", clear=True, role="view") == 200
    assert (await client("GET", "/api/v1/pods", user="nobody")).code == 200
    assert await rights(user="nobody", deny=[{"resources": ["pods"]}]) == 200
    assert (await client("GET", "/api/v1/pods", user="nobody")).code == 403
    assert await rights(user="nobody", role="emperor") == 400
    assert await rights(user="somebody") == 400
