"""Watches over HTTP.

Initial events, resumption, selectors, bookmarks, 410, media types.
"""

from __future__ import annotations

import json

import pytest

from stsview.clock import ManualClock
from stsview.simulator.apiserver.http.watches import BOOKMARK_SECONDS
from stsview.simulator.apiserver.resources import CONFIG_MAPS, EVENTS, PODS
from stsview.simulator.apiserver.server import ApiServer
from stsview.simulator.apiserver.storage.storage import Storage
from tests.support.simulator.client import Client
from tests.support.simulator.manifests import config_map, pod

MAPS = "/api/v1/namespaces/default/configmaps"
PODS_PATH = "/api/v1/namespaces/default/pods"


async def test_without_a_version_existing_objects_come_first(storage: Storage, client: Client) -> None:
    storage.create(CONFIG_MAPS, config_map("a"))
    async with client.watch(f"{MAPS}?watch=true") as stream:
        assert await stream.next_events(1) == [("ADDED", "a")]
        storage.create(CONFIG_MAPS, config_map("b"))
        storage.modify(CONFIG_MAPS, "default", "a", lambda one: one["data"].update(x="y"))
        storage.delete(CONFIG_MAPS, "default", "b")
        assert await stream.next_events(3) == [("ADDED", "b"), ("MODIFIED", "a"), ("DELETED", "b")]


async def test_a_watch_from_a_version_sends_only_later_events(storage: Storage, client: Client) -> None:
    storage.create(CONFIG_MAPS, config_map("a"))
    version = storage.resource_version
    storage.create(CONFIG_MAPS, config_map("b"))
    storage.create(PODS, pod())
    async with client.watch(f"{MAPS}?watch=1&resourceVersion={version}") as stream:
        storage.create(CONFIG_MAPS, config_map("c"))
        assert await stream.next_events(2) == [("ADDED", "b"), ("ADDED", "c")]


async def test_a_watch_from_a_future_version_waits(storage: Storage, client: Client) -> None:
    async with client.watch(f"{MAPS}?watch=1&resourceVersion={storage.resource_version + 1}") as stream:
        storage.create(CONFIG_MAPS, config_map("a"))
        storage.create(CONFIG_MAPS, config_map("b"))
        assert await stream.next_events(1) == [("ADDED", "b")]


async def test_a_namespaced_watch_ignores_other_namespaces(storage: Storage, client: Client) -> None:
    async with client.watch(f"{MAPS}?watch=1&resourceVersion={storage.resource_version}") as stream:
        storage.create(CONFIG_MAPS, config_map("a", namespace="kube-public"))
        storage.create(CONFIG_MAPS, config_map("b"))
        assert await stream.next_events(1) == [("ADDED", "b")]


async def test_a_selector_turns_changes_into_additions_and_deletions(storage: Storage, client: Client) -> None:
    storage.create(CONFIG_MAPS, config_map("a", labels={"app": "zk"}))
    version = storage.resource_version

    def label(**labels: str) -> None:
        storage.modify(CONFIG_MAPS, "default", "a", lambda one: one["metadata"].update(labels=labels))

    async with client.watch(f"{MAPS}?watch=1&resourceVersion={version}&labelSelector=app%3Dzk") as stream:
        label(app="kafka")
        gone = await stream.next()
        assert gone["type"] == "DELETED"
        assert gone["object"]["metadata"]["labels"] == {"app": "zk"}, "the state before"
        assert gone["object"]["metadata"]["resourceVersion"] == str(storage.resource_version), "the version now"
        label(app="kafka", more="x")
        label(app="zk")
        label(app="zk", more="y")
        storage.delete(CONFIG_MAPS, "default", "a")
        assert await stream.next_events(3) == [("ADDED", "a"), ("MODIFIED", "a"), ("DELETED", "a")]


async def test_a_single_object_is_watched_by_name(storage: Storage, client: Client) -> None:
    version = storage.resource_version
    for path in (f"{MAPS}?fieldSelector=metadata.name%3Db&watch=1", f"{MAPS}/b?watch=1"):
        async with client.watch(f"{path}&resourceVersion={version}") as stream:
            for name in ("a", "b"):
                storage.create(CONFIG_MAPS, config_map(name))
            assert await stream.next_events(1) == [("ADDED", "b")]
            for name in ("a", "b"):
                storage.delete(CONFIG_MAPS, "default", name)
            version = storage.resource_version


async def test_a_streaming_list_ends_with_an_annotated_bookmark(storage: Storage, client: Client) -> None:
    storage.create(CONFIG_MAPS, config_map("a"))
    query = "watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"
    async with client.watch(f"{MAPS}?{query}") as stream:
        assert await stream.next_events(1) == [("ADDED", "a")]
        bookmark = await stream.next()
        assert bookmark["type"] == "BOOKMARK"
        assert bookmark["object"]["metadata"] == {
            "resourceVersion": str(storage.resource_version),
            "annotations": {"k8s.io/initial-events-end": "true"},
        }
        storage.create(CONFIG_MAPS, config_map("b"))
        assert await stream.next_events(1) == [("ADDED", "b")]


async def test_without_initial_events_a_watch_starts_now(storage: Storage, client: Client) -> None:
    storage.create(CONFIG_MAPS, config_map("a"))
    query = "watch=1&sendInitialEvents=false&resourceVersionMatch=NotOlderThan"
    async with client.watch(f"{MAPS}?{query}") as stream:
        storage.create(CONFIG_MAPS, config_map("b"))
        assert await stream.next_events(1) == [("ADDED", "b")]


@pytest.mark.parametrize("query", ["sendInitialEvents=true", "resourceVersionMatch=NotOlderThan"])
async def test_initial_events_require_resource_version_match(client: Client, query: str) -> None:
    answer = await client("GET", f"{MAPS}?watch=1&{query}")
    assert (answer.code, answer.json["reason"]) == (422, "Invalid")


async def test_bookmarks_are_sent_once_a_minute_on_request(
    storage: Storage, client: Client, clock: ManualClock
) -> None:
    storage.create(CONFIG_MAPS, config_map("first"))
    here = f"watch=1&resourceVersion={storage.resource_version}"
    async with (
        client.watch(f"{MAPS}?{here}&allowWatchBookmarks=true") as asked,
        client.watch(f"{MAPS}?{here}") as other,
    ):
        storage.create(PODS, pod())
        await clock.advance(BOOKMARK_SECONDS)
        bookmark = await asked.next()
        assert bookmark["type"] == "BOOKMARK"
        assert bookmark["object"]["kind"] == "ConfigMap"
        assert bookmark["object"]["metadata"]["resourceVersion"] == str(storage.resource_version)
        await clock.advance(BOOKMARK_SECONDS)
        assert (await asked.next())["type"] == "BOOKMARK"
        storage.create(CONFIG_MAPS, config_map("a"))
        assert await other.next_events(1) == [("ADDED", "a")]


async def test_kinds_without_changes_get_no_bookmark_for_two_minutes_after_a_restart(
    storage: Storage, server: ApiServer, client: Client, clock: ManualClock
) -> None:
    storage.create(CONFIG_MAPS, config_map("before"))
    await server.restart()
    storage.create(PODS, pod())
    here = f"watch=1&resourceVersion={storage.resource_version}&allowWatchBookmarks=true"
    async with client.watch(f"{MAPS}?{here}") as idle, client.watch(f"{PODS_PATH}?{here}") as busy:
        await clock.advance(BOOKMARK_SECONDS)
        assert (await busy.next())["type"] == "BOOKMARK"
        storage.create(CONFIG_MAPS, config_map("a"))
        assert await idle.next_events(1) == [("ADDED", "a")], "no bookmark came before"
        await clock.advance(BOOKMARK_SECONDS)
        assert (await idle.next())["type"] == "BOOKMARK"


async def test_watches_of_events_get_no_bookmarks(storage: Storage, client: Client, clock: ManualClock) -> None:
    storage.create(CONFIG_MAPS, config_map("first"))
    here = f"watch=1&resourceVersion={storage.resource_version}&allowWatchBookmarks=true"
    async with (
        client.watch(f"/api/v1/namespaces/default/events?{here}") as events,
        client.watch(f"{MAPS}?{here}") as others,
    ):
        await clock.advance(BOOKMARK_SECONDS)
        assert (await others.next())["type"] == "BOOKMARK"
        about = {"kind": "ConfigMap", "namespace": "default", "name": "a"}
        storage.create(EVENTS, {"metadata": {"name": "said", "namespace": "default"}, "involvedObject": about})
        assert await events.next_events(1) == [("ADDED", "said")]


async def test_a_watch_from_before_the_compaction_gets_410(storage: Storage, client: Client) -> None:
    storage.create(CONFIG_MAPS, config_map("a"))
    storage.compact()
    async with client.watch(f"{MAPS}?watch=1&resourceVersion=1") as stream:
        assert stream.code == 200
        error = await stream.next()
        assert (error["type"], error["object"]["code"], error["object"]["reason"]) == ("ERROR", 410, "Expired")
        with pytest.raises(EOFError):
            await stream.next()


async def test_a_long_history_is_compacted(clock: ManualClock) -> None:
    storage = Storage(clock, history_limit=3)
    for number in range(8):
        storage.create(CONFIG_MAPS, config_map(f"m{number}"))
    assert 0 < storage.history.compacted <= storage.resource_version - 3
    assert len(storage.history.after(storage.history.compacted)) >= 3


async def test_metadata_only_watches_have_no_spec_or_status(storage: Storage, client: Client) -> None:
    storage.create(PODS, pod())
    accept = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json"
    async with client.watch(f"{PODS_PATH}?watch=1", accept=accept) as stream:
        obj = (await stream.next())["object"]
    assert (obj["kind"], obj["apiVersion"]) == ("PartialObjectMetadata", "meta.k8s.io/v1")
    assert set(obj) == {"kind", "apiVersion", "metadata"}


async def test_a_watched_table_has_its_columns_in_the_first_frame_only(storage: Storage, client: Client) -> None:
    accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
    storage.create(PODS, pod("web-0"))
    async with client.watch(f"{PODS_PATH}?watch=1", accept=accept) as stream:
        first = (await stream.next())["object"]
        storage.create(PODS, pod("web-1"))
        second = (await stream.next())["object"]
    assert [column["name"] for column in first["columnDefinitions"]][:3] == ["Name", "Ready", "Status"]
    assert second["columnDefinitions"] is None
    assert second["rows"][0]["cells"][:3] == ["web-1", "0/1", "Pending"]


async def test_a_watch_times_out_and_is_removed(server: ApiServer, client: Client) -> None:
    answer = await client("GET", f"{MAPS}?watch=1&timeoutSeconds=1")
    assert (answer.code, answer.raw) == (200, b"")
    assert server.open_watches == 0


async def test_watches_share_encoded_frames(storage: Storage, client: Client) -> None:
    query = f"watch=1&resourceVersion={storage.resource_version}"
    async with client.watch(f"{MAPS}?{query}") as one, client.watch(f"{MAPS}?{query}") as other:
        storage.create(CONFIG_MAPS, config_map("a", {"k": "v"}))
        first, second = await one.next(), await other.next()
    assert json.dumps(first) == json.dumps(second)
    listed = await client("GET", f"{MAPS}/a")
    assert listed.json == first["object"]
