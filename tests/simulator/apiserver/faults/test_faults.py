"""Faults of the server, switched by `/debug/faults` and by methods."""

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


async def test_a_client_disconnect_is_not_logged_as_a_server_error(
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


async def test_a_stall_sends_nothing_and_loses_nothing(storage: Storage, server: ApiServer, client: Client) -> None:
    async with client.watch(f"{MAPS}?watch=1&resourceVersion={storage.resource_version}") as stream:
        await _switch(client, "stall")
        assert server.faults.stalled
        storage.create(CONFIG_MAPS, config_map("a"))
        listing = asyncio.ensure_future(client("GET", MAPS))
        receiving = asyncio.ensure_future(stream.next())
        await _switch(client, "resume")
        assert (await receiving)["object"]["metadata"]["name"] == "a"
        assert len((await listing).json["items"]) == 1


async def test_requests_wait_during_a_stall(server: ApiServer, client: Client) -> None:
    server.faults.stall()
    listing = asyncio.ensure_future(client("GET", MAPS))
    # the debug endpoint answers, so the server has processed the earlier requests
    await client("POST", "/debug/faults", {"fault": "slow", "seconds": 0})
    assert not listing.done()
    server.faults.resume()
    assert (await listing).code == 200


async def test_slow_lists_are_delayed_on_the_clock(server: ApiServer, client: Client, clock: ManualClock) -> None:
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
async def test_refusals_apply_the_given_number_of_times(client: Client, code: int, reason: str) -> None:
    await _switch(client, "refuse", code=code, times=2, retryAfter=7)
    answers = [await client("GET", MAPS) for _ in range(3)]
    assert [answer.code for answer in answers] == [code, code, 200]
    assert (answers[0].json["reason"], answers[0].json["code"]) == (reason, code)
    assert ("retry-after" in answers[0].headers) is (code in (429, 503))


async def test_a_refusal_can_be_limited_to_a_kind_and_verbs(client: Client, storage: Storage) -> None:
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


async def test_expired_watches_and_old_continue_tokens_get_410(storage: Storage, client: Client) -> None:
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


async def test_a_malformed_object_appears_in_lists_gets_and_watches(storage: Storage, client: Client) -> None:
    for name in ("good", "bad"):
        storage.create(CONFIG_MAPS, config_map(name))
    await _switch(client, "malformed", resource="configmaps", name="bad")
    listed = {one["metadata"]["name"]: one for one in (await client("GET", MAPS)).json["items"]}
    assert listed["bad"]["metadata"]["labels"] == "no map"
    assert listed["good"]["data"] == {}
    async with client.watch(f"{MAPS}?watch=1") as stream:
        events = [await stream.next(), await stream.next()]
    malformed = [event["object"]["metadata"].get("labels") == "no map" for event in events]
    assert malformed == [True, False]
    await _switch(client, "clear")
    assert "labels" not in (await client("GET", f"{MAPS}/bad")).json["metadata"]


async def test_an_odd_object_has_nulls_and_unknown_fields_but_the_same_data(storage: Storage, client: Client) -> None:
    storage.create(CONFIG_MAPS, config_map("odd") | {"data": {"key": "value"}})
    await _switch(client, "odd", resource="configmaps", name="odd")
    listed = (await client("GET", MAPS)).json["items"][0]
    assert listed["metadata"]["ownerReferences"] is None
    assert "x-future" in listed
    assert "x-future" in listed["metadata"]
    assert listed["data"] == {"key": "value"}
    async with client.watch(f"{MAPS}?watch=1") as stream:
        assert (await stream.next())["object"] == listed | {"kind": "ConfigMap", "apiVersion": "v1"}


async def test_an_empty_list_stays_unchanged(client: Client) -> None:
    await _switch(client, "malformed", resource="configmaps", name="none")
    assert (await client("GET", MAPS)).json["items"] == []


async def test_stranded_connections_stay_silent_and_new_ones_are_served(
    storage: Storage, server: ApiServer, client: Client
) -> None:
    version = storage.resource_version
    async with client.watch(f"{MAPS}?watch=1&resourceVersion={version}") as stranded:
        assert await _switch(client, "strand") == {"connections": 1}
        storage.create(CONFIG_MAPS, config_map("a"))
        receiving = asyncio.ensure_future(stranded.next())
        await _switch(client, "clear")
        async with client.watch(f"{MAPS}?watch=1&resourceVersion={version}") as stream:
            assert (await stream.next())["object"]["metadata"]["name"] == "a"
        assert not receiving.done()
        server.cut_connections()
        with pytest.raises(aiohttp.ClientError):
            await receiving


@pytest.mark.parametrize("clean", [True, False])
async def test_a_watch_breaks_in_the_middle_of_an_event(storage: Storage, client: Client, clean: bool) -> None:
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
async def test_a_proxy_page_replaces_every_response(client: Client, code: int) -> None:
    await _switch(client, "page", code=code)
    for path in ("/version", MAPS):
        answer = await client("GET", path)
        assert (answer.code, answer.headers["content-type"]) == (code, "text/html; charset=utf-8")
        assert "<html>" in answer.text
    await _switch(client, "clear")
    assert (await client("GET", "/version")).json


async def test_every_event_is_sent_twice(storage: Storage, client: Client) -> None:
    await _switch(client, "twice")
    async with client.watch(f"{MAPS}?watch=1&resourceVersion={storage.resource_version}") as stream:
        storage.create(CONFIG_MAPS, config_map("a"))
        storage.create(CONFIG_MAPS, config_map("b"))
        assert await stream.next_events(4) == [("ADDED", name) for name in "aabb"]


async def test_streaming_lists_can_be_disabled(client: Client) -> None:
    await _switch(client, "no-streaming-lists")
    refused = await client("GET", f"{MAPS}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan")
    assert (refused.code, "WatchList" in refused.json["message"]) == (422, True)


async def test_lists_can_be_endless(storage: Storage, client: Client) -> None:
    storage.create(CONFIG_MAPS, config_map("a"))
    await _switch(client, "loop", resource="configmaps")
    first = await client("GET", f"{MAPS}?limit=500")
    token = first.json["metadata"]["continue"]
    assert (await client("GET", f"{MAPS}?limit=500&continue={token}")).json == first.json


async def test_a_restart_refuses_connections_and_drops_the_history(
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


async def test_a_connection_during_shutdown_is_answered_or_closed(server: ApiServer) -> None:
    """Answered or closed, whichever comes first."""
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


async def test_a_requested_restart_is_answered_when_it_is_complete(
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


async def test_debug_endpoints_require_the_administrator_and_explain_errors(client: Client) -> None:
    assert (await client("POST", "/debug/faults", {"fault": "cut"}, user="editor")).code == 403
    assert (await client("GET", "/debug/faults")).code == 405
    unknown = await client("POST", "/debug/nothing", {})
    assert (unknown.code, "faults" in unknown.text) == (404, True)
    for body in ({"fault": "melt"}, {"fault": "refuse"}, {"fault": "slow", "seconds": "long"}, {"fault": "break"}):
        answer = await client("POST", "/debug/faults", body)
        assert answer.code == 400
    assert (await client("POST", "/debug/faults", b"[")).code == 400


async def test_debug_endpoints_can_be_added(server: ApiServer, client: Client) -> None:
    async def nodes(parameters: dict[str, Any]) -> dict[str, Any] | None:
        if "node" not in parameters:
            raise ApiError.bad_request("which node?")
        return {"failed": parameters["node"]}

    server.add_debug_endpoint("nodes", nodes)
    assert (await client("POST", "/debug/nodes", {"node": "n1"})).json == {"failed": "n1"}
    assert (await client("POST", "/debug/nodes")).json["message"] == "which node?"


async def test_rights_can_be_changed(client: Client) -> None:
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
    assert await rights(user="unknown") == 400
