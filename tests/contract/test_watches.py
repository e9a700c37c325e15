"""Watches: start, events and end."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice
from typing import Any

import pytest

from tests.contract.cluster import METADATA_ONLY, Cluster, Object, Refused
from tests.contract.manifests import NOWHERE, pod, selector_of, stateful_set
from tests.contract.namespace import Namespace


def _received(cluster: Cluster, path: str, count: int, **query: Any) -> list[Object]:
    with cluster.watch(path, seconds=cluster.patience, **query) as events:
        return list(islice(events, count))


def test_a_watch_continues_from_the_version_of_a_list(cluster: Cluster, namespace: Namespace) -> None:
    path, labels = namespace.path("statefulsets"), selector_of("received")
    version = cluster.get(path, labelSelector=labels)["metadata"]["resourceVersion"]
    namespace.create(stateful_set("received", 0))
    namespace.patch("statefulsets", "received", {"metadata": {"annotations": {"last": "words"}}})
    namespace.delete("statefulsets", "received", propagationPolicy="Background")
    events = namespace.history_of("statefulsets", labels)
    assert not events.objects
    told: list[Object] = []
    with cluster.watch(path, seconds=cluster.patience, resourceVersion=version, labelSelector=labels) as received:
        for event in received:
            told.append(event)
            if event["type"] == "DELETED":
                break
    types = [event["type"] for event in told]
    # The controller writes the status in between, once or more.
    assert types[0] == "ADDED"
    assert set(types[1:-1]) == {"MODIFIED"}
    assert types[-1] == "DELETED"
    assert told[-1]["object"]["metadata"]["annotations"]["last"] == "words"
    versions = [int(event["object"]["metadata"]["resourceVersion"]) for event in told]
    assert versions == sorted(set(versions))
    assert versions[0] > int(version)


def test_objects_that_start_or_stop_matching_are_added_or_deleted(cluster: Cluster, namespace: Namespace) -> None:
    path = namespace.path("configmaps")
    version = cluster.get(path)["metadata"]["resourceVersion"]
    namespace.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "turning"}})
    for colour in ("red", "green", "red"):
        namespace.patch("configmaps", "turning", {"metadata": {"labels": {"colour": colour}}})
    events = _received(cluster, path, 3, resourceVersion=version, labelSelector="colour=red")
    assert [event["type"] for event in events] == ["ADDED", "DELETED", "ADDED"]
    assert {event["object"]["metadata"]["name"] for event in events} == {"turning"}


def test_events_are_selected_by_their_type(cluster: Cluster, namespace: Namespace) -> None:
    path = namespace.path("events")
    version = cluster.get(path)["metadata"]["resourceVersion"]
    for type_ in ("Normal", "Warning"):
        about = {"kind": "ConfigMap", "namespace": namespace.name, "name": "spoken-of"}
        metadata = {"name": f"spoken-of.{type_.lower()}"}
        namespace.create(
            {"apiVersion": "v1", "kind": "Event", "metadata": metadata, "involvedObject": about, "type": type_}
        )
    selector = "type=Warning,involvedObject.name=spoken-of"
    (warning,) = cluster.get(path, fieldSelector=selector)["items"]
    assert warning["metadata"]["name"] == "spoken-of.warning"
    (received,) = _received(cluster, path, 1, resourceVersion=version, fieldSelector=selector)
    assert (received["type"], received["object"]["metadata"]["name"]) == ("ADDED", "spoken-of.warning")


def test_a_streamed_list_ends_with_a_bookmark_and_continues(cluster: Cluster, namespace: Namespace) -> None:
    path, labels = namespace.path("pods"), selector_of("streamed")
    for name in ("s-0", "s-1"):
        namespace.create_pod(pod(name, group="streamed", **NOWHERE))
    query = {"resourceVersionMatch": "NotOlderThan", "allowWatchBookmarks": "true", "labelSelector": labels}
    try:
        with cluster.watch(path, seconds=cluster.patience, sendInitialEvents="true", **query) as events:
            told = []
            for event in events:
                told.append(event)
                if event["type"] == "BOOKMARK":
                    break
            bookmark = told[-1]["object"]
            initial = {event["object"]["metadata"]["name"] for event in told[:-1] if event["type"] == "ADDED"}
            assert initial == {"s-0", "s-1"}
            assert bookmark["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}
            assert bookmark["kind"] == "Pod"
            namespace.delete("pods", "s-0", gracePeriodSeconds=0)
            gone = next(event for event in events if event["type"] == "DELETED")
            assert gone["object"]["metadata"]["name"] == "s-0"
            assert int(gone["object"]["metadata"]["resourceVersion"]) > int(bookmark["metadata"]["resourceVersion"])
    except Refused as refused:
        if cluster.simulated or refused.code not in (400, 422):
            raise
        pytest.skip(f"this cluster does not stream lists: {refused.message}")


def test_an_idle_watch_gets_a_bookmark_within_two_and_a_half_minutes(cluster: Cluster, namespace: Namespace) -> None:
    """A watch that is silent for longer counts as lost (`stsview/live/picture_health.py`)."""
    path, labels = namespace.path("pods"), selector_of("nobody")
    version = cluster.get(path)["metadata"]["resourceVersion"]
    query = {"resourceVersion": version, "labelSelector": labels, "allowWatchBookmarks": "true"}
    began = cluster.now()
    with cluster.watch(path, seconds=160, **query) as events:
        first = next(events)
    assert (first["type"], first["object"]["kind"]) == ("BOOKMARK", "Pod")
    assert int(first["object"]["metadata"]["resourceVersion"]) >= int(version)
    assert cluster.now() - began < timedelta(seconds=150)


def test_metadata_only_watches(cluster: Cluster, namespace: Namespace) -> None:
    namespace.create(stateful_set("glimpsed", 0))
    path = namespace.path("statefulsets")
    with cluster.watch(
        path, seconds=cluster.patience, accept=METADATA_ONLY, labelSelector=selector_of("glimpsed")
    ) as events:
        seen = next(events)["object"]
    assert (seen["kind"], seen["metadata"]["name"]) == ("PartialObjectMetadata", "glimpsed")
    assert "spec" not in seen


def test_a_watch_from_a_compacted_version_ends_with_an_error_event(cluster: Cluster, namespace: Namespace) -> None:
    events = _received(cluster, namespace.path("pods"), 1, resourceVersion=1)
    if not cluster.simulated and events[0]["type"] != "ERROR":
        pytest.skip("this cluster has not compacted any history yet")
    (event,) = events
    assert event["type"] == "ERROR"
    assert (event["object"]["code"], event["object"]["reason"]) == (410, "Expired")
    assert event["object"]["message"].startswith("too old resource version: 1 (")
