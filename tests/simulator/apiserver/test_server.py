"""The HTTP server: authentication, headers, start and stop."""

from __future__ import annotations

import contextlib
import gzip
import json
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import aiohttp
import pytest
import yaml

from stsview.clock import ManualClock
from stsview.simulator.apiserver.http.responses import COMPRESS_FROM
from stsview.simulator.apiserver.resources import CONFIG_MAPS, PODS, STATEFUL_SETS
from stsview.simulator.apiserver.server import ApiServer
from stsview.simulator.apiserver.storage.storage import Storage
from tests.support.simulator.client import Client
from tests.support.simulator.manifests import config_map, pod, stateful_set

MAPS = "/api/v1/namespaces/default/configmaps"
SETS = "/apis/apps/v1/namespaces/default/statefulsets"


async def test_requests_without_a_token_are_unauthorized(server: ApiServer) -> None:
    async with aiohttp.ClientSession() as session:
        wrong = ("Bearer wrong", f"Basic {server.token}", "Basic c3Rzdmlldy1kZW1vOndyb25n", "Basic %", "Bearer ")
        for headers in ({}, *({"Authorization": one} for one in wrong)):
            path = "/version" if headers else MAPS
            async with session.get(server.url + path, headers=headers) as response:
                status = await response.json()
                assert (response.status, status["reason"], status["message"]) == (401, "Unauthorized", "Unauthorized")


@pytest.mark.parametrize("path", ["/healthz", "/livez", "/readyz", "/version", "/version/"])
async def test_health_and_version_need_no_token(server: ApiServer, path: str) -> None:
    async with aiohttp.ClientSession() as session:
        async with session.get(server.url + path) as response:
            assert response.status == 200
            assert "gitVersion" in await response.json() if "version" in path else await response.text() == "ok"
        async with session.post(server.url + path) as response:
            assert response.status == 401


async def test_tokens_are_random_unless_given(storage: Storage, clock: ManualClock) -> None:
    one, other = ApiServer(storage, clock), ApiServer(storage, clock)
    tokens = {user.token for server in (one, other) for user in server.users.values()}
    assert len(tokens) == 8
    assert all(len(token) > 30 for token in tokens)
    assert ApiServer(storage, clock, token="mine").token == "mine"


async def test_it_listens_on_loopback_only(storage: Storage, clock: ManualClock) -> None:
    with pytest.raises(ValueError, match="loopback"):
        await ApiServer(storage, clock).start("0.0.0.0")  # noqa: S104


async def test_a_port_in_use_raises_os_error(server: ApiServer, storage: Storage, clock: ManualClock) -> None:
    port = int(server.url.rpartition(":")[2])
    second = ApiServer(storage, clock)
    with pytest.raises(OSError, match="address already in use"):
        await second.start(port=port)
    await second.stop()


async def test_the_kubeconfig_authenticates_by_header_or_url(server: ApiServer, tmp_path: Path) -> None:
    path = tmp_path / "config"
    server.write_kubeconfig(path, "viewer")
    config = yaml.safe_load(path.read_text())
    address, token = config["clusters"][0]["cluster"]["server"], config["users"][0]["user"]["token"]
    async with aiohttp.ClientSession() as session:
        # kubectl sends no token over plain HTTP: the one in the URL must suffice
        async with session.get(f"{address}/api/v1/namespaces") as response:
            assert response.status == 200
        async with session.get(server.url + "/version", headers={"Authorization": f"Bearer {token}"}) as response:
            assert response.status == 200
        async with session.post(f"{address}{MAPS}", json=config_map("a")) as response:
            assert response.status == 403


async def test_the_date_header_follows_the_clock(client: Client, clock: ManualClock) -> None:
    await clock.advance(3600)
    for path in ("/version", "/nowhere", f"{MAPS}/missing"):
        date = (await client("GET", path)).headers["date"]
        assert parsedate_to_datetime(date) == clock.now() == datetime.fromisoformat("2026-01-01T01:00:00+00:00")


async def test_large_lists_are_compressed_if_accepted(storage: Storage, client: Client) -> None:
    for number in range(20):
        storage.create(CONFIG_MAPS, config_map(f"m{number}", {"text": "x" * (COMPRESS_FROM // 10)}))
    plain = await client("GET", MAPS, headers={"Accept-Encoding": "identity"})
    packed = await client("GET", MAPS, headers={"Accept-Encoding": "gzip"})
    small = await client("GET", f"{MAPS}/m0", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.raw) == plain.raw
    assert "content-encoding" not in small.headers


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/version", 200),
        ("/healthz", 200),
        ("/readyz", 200),
        ("/nowhere", 404),
        ("/api/v1/namespaces/default/unicorns", 404),
        ("/apis/apps/v1/namespaces/default/statefulsets/a/unicorns", 404),
        ("/apis/apps/v2/namespaces/default/statefulsets", 404),
    ],
)
async def test_non_resource_and_unknown_paths(client: Client, path: str, code: int) -> None:
    assert (await client("GET", path)).code == code


@pytest.mark.parametrize("path", ["/apis/example.com/v1/namespaces/default/unicorns", "/apis/apps/v2/statefulsets"])
async def test_an_unknown_group_version_is_page_not_found(client: Client, path: str) -> None:
    answer = await client("GET", path)
    assert (answer.code, answer.text) == (404, "404 page not found\n")
    assert (await client("GET", path, user="nobody")).code == 403


async def test_a_pod_of_a_missing_service_account_is_forbidden(client: Client) -> None:
    accounts, pods = "/api/v1/namespaces/default/serviceaccounts", "/api/v1/namespaces/default/pods"
    body = pod("web-0")
    body["spec"]["serviceAccountName"] = "web"
    answer = await client("POST", pods, body)
    assert (answer.code, answer.json["message"]) == (
        403,
        'pods "web-0" is forbidden: error looking up service account default/web: serviceaccount "web" not found',
    )
    await client("POST", accounts, {"metadata": {"name": "web"}})
    assert (await client("POST", pods, body)).code == 201


async def test_unserved_resources_are_not_found(client: Client) -> None:
    answer = (await client("GET", "/api/v1/namespaces/default/unicorns")).json
    assert answer["message"] == "the server could not find the requested resource"
    assert (answer["reason"], answer["code"]) == ("NotFound", 404)


@pytest.mark.parametrize(("method", "path"), [("POST", f"{MAPS}/a"), ("PUT", MAPS), ("GET", f"{SETS}/web/status")])
async def test_supported_and_unsupported_methods(storage: Storage, client: Client, method: str, path: str) -> None:
    storage.create(STATEFUL_SETS, stateful_set())
    answer = await client(method, path, config_map("a") if method != "GET" else None)
    assert answer.code == (200 if method == "GET" else 405)


async def test_unsupported_media_types_are_not_acceptable(client: Client) -> None:
    answer = await client("GET", MAPS, accept="application/vnd.kubernetes.protobuf")
    assert (answer.code, answer.json["reason"]) == (406, "NotAcceptable")
    answer = await client("GET", MAPS, accept="application/vnd.kubernetes.protobuf,application/json")
    assert answer.code == 200


async def test_create_update_and_delete_over_http(client: Client, storage: Storage) -> None:
    made = await client("POST", MAPS, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}})
    assert made.code == 201
    changed = await client("PUT", f"{MAPS}/a", {**made.json, "data": {"k": "v"}})
    assert (changed.code, changed.json["data"]) == (200, {"k": "v"})
    entries = changed.json["metadata"]["managedFields"]
    assert {entry["manager"] for entry in entries} == {"curl"}, "the client's name from User-Agent"
    gone = await client("DELETE", f"{MAPS}/a")
    assert gone.json == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": {"name": "a", "kind": "configmaps", "uid": made.json["metadata"]["uid"]},
    }
    assert storage.find(CONFIG_MAPS, "default", "a") is None


async def test_a_collection_can_be_deleted_by_selector(client: Client, storage: Storage) -> None:
    for name, label in (("a", "x"), ("b", "y"), ("c", "x")):
        storage.create(CONFIG_MAPS, config_map(name, labels={"is": label}))
    answer = await client("DELETE", f"{MAPS}?labelSelector=is%3Dx")
    assert [one["metadata"]["name"] for one in answer.json["items"]] == ["a", "c"]
    assert [one["metadata"]["name"] for one in storage.list(CONFIG_MAPS)] == ["b"]


async def test_a_delete_with_a_body_ignores_its_query(client: Client, storage: Storage) -> None:
    for name in ("a", "b", "c"):
        storage.create(CONFIG_MAPS, config_map(name))
    options = {"kind": "DeleteOptions", "apiVersion": "v1"}
    assert (await client("DELETE", f"{MAPS}/a?dryRun=All", {**options, "dryRun": ["All"]})).code == 200
    assert (await client("DELETE", f"{MAPS}/b?dryRun=All")).code == 200
    assert (await client("DELETE", f"{MAPS}/c?dryRun=All", options)).code == 200
    assert [one["metadata"]["name"] for one in storage.list(CONFIG_MAPS, "default")] == ["a", "b"]


async def test_delete_options_in_body_or_query(client: Client, storage: Storage) -> None:
    for name in ("web-0", "web-1"):
        storage.create(PODS, pod(name, nodeName="n"))
    path = "/api/v1/namespaces/default/pods"
    await client("DELETE", f"{path}/web-0", {"gracePeriodSeconds": 7})
    await client("DELETE", f"{path}/web-1?gracePeriodSeconds=8")
    graces = [one["metadata"]["deletionGracePeriodSeconds"] for one in storage.list(PODS)]
    assert graces == [7, 8]
    bad = await client("DELETE", f"{path}/web-1", {"propagationPolicy": "Sideways"})
    assert (bad.code, bad.json["reason"]) == (422, "Invalid")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{", "json parse error"),
        (b"[]", "no object"),
        (b'{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a"}}', "cannot be handled as a ConfigMap"),
        (b'{"metadata":{"name":"a","namespace":"other"}}', "does not match the namespace sent on the request"),
        (b'{"metadata":{"name":["a"]}}', "cannot unmarshal array into Go struct field ObjectMeta.metadata.name"),
        (b'{"metadata":[]}', "cannot unmarshal array into Go struct field ConfigMap.metadata of type v1.ObjectMeta"),
        (b'{"metadata":{"name":"a"},"data":{"k":5}}', "cannot unmarshal number into Go struct field ConfigMap.data"),
    ],
)
async def test_invalid_bodies_are_bad_requests(client: Client, body: bytes, message: str) -> None:
    answer = await client("POST", MAPS, body)
    assert answer.code == 400
    assert message in answer.json["message"]


async def test_bodies_can_be_yaml_but_no_unknown_type(client: Client) -> None:
    made = await client("POST", MAPS, b"metadata: {name: a}", content_type="application/yaml")
    assert made.code == 201
    refused = await client("POST", MAPS, b"a,b", content_type="text/csv")
    assert (refused.code, refused.json["reason"]) == (415, "UnsupportedMediaType")


async def test_unknown_fields_are_dropped_with_a_warning_or_refused(client: Client, storage: Storage) -> None:
    body = {"metadata": {"name": "a"}, "nonsense": 1}
    strict = await client("POST", f"{MAPS}?fieldValidation=Strict", body)
    assert (strict.code, strict.json["message"]) == (400, 'strict decoding error: unknown field "nonsense"')
    warned = await client("POST", MAPS, body)
    assert warned.headers["warning"] == '299 - "unknown field \\"nonsense\\""'
    assert "nonsense" not in storage.get(CONFIG_MAPS, "default", "a")
    silent = await client("PUT", f"{MAPS}/a?fieldValidation=Ignore", body)
    assert "warning" not in silent.headers
    assert (await client("PUT", f"{MAPS}/a?fieldValidation=Lax", body)).code == 422


async def test_a_body_that_is_too_large_or_too_deep_is_refused(client: Client) -> None:
    large = await client("POST", MAPS, b"x" * (3 * 1024 * 1024 + 1))
    assert (large.code, large.json["reason"]) == (413, "RequestEntityTooLarge")
    deep = await client("POST", MAPS, b'{"metadata":{"name":"a"},"data":' + b"[" * 100_000 + b"]" * 100_000 + b"}")
    assert (deep.code, deep.json["reason"]) == (400, "BadRequest")


async def test_server_errors_are_internal_errors_and_logged(
    server: ApiServer, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(parameters: dict[str, object]) -> None:
        raise RuntimeError("oh")

    server.add_debug_endpoint("broken", broken)
    answer = await client("POST", "/debug/broken")
    assert (answer.code, answer.json["reason"]) == (500, "InternalError")
    assert "oh" in caplog.text


async def test_dry_run_accepts_only_all(client: Client, storage: Storage) -> None:
    assert (await client("POST", f"{MAPS}?dryRun=All", config_map("a"))).code == 201
    assert storage.find(CONFIG_MAPS, "default", "a") is None
    assert (await client("POST", f"{MAPS}?dryRun=Some", config_map("a"))).code == 400


async def test_cached_encodings_are_never_stale(client: Client, storage: Storage) -> None:
    storage.create(CONFIG_MAPS, config_map("a", {"k": "1"}))
    first = await client("GET", MAPS)
    again = await client("GET", MAPS)
    assert first.raw == again.raw
    storage.modify(CONFIG_MAPS, "default", "a", lambda one: one["data"].update(k="2"))
    await client("PUT", f"{MAPS}/a?dryRun=All", config_map("a", {"k": "3"}))
    latest = await client("GET", MAPS)
    assert latest.json["items"][0]["data"] == {"k": "2"}
    assert "kind" not in latest.json["items"][0]
    assert json.loads((await client("GET", f"{MAPS}/a")).raw)["kind"] == "ConfigMap"


async def test_after_stop_connections_are_refused(storage: Storage, clock: ManualClock) -> None:
    server = ApiServer(storage, clock)
    await server.start()
    async with aiohttp.ClientSession() as session:
        headers = {"Authorization": f"Bearer {server.token}"}
        async with session.get(f"{server.url}{MAPS}?watch=1", headers=headers) as stream:
            await server.stop()
            with contextlib.suppress(aiohttp.ClientError):
                assert await stream.read() == b""
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(server.url + "/version", headers=headers)
