from __future__ import annotations

from datetime import timedelta

import pytest

from stsview.simulator.apiserver.resources import EVENTS, PODS
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.cluster import SimulatedCluster
from stsview.simulator.controllers.events import EventRecorder, EventSink, SeriesRecorder
from tests.support.simulator.clusters import NAMESPACE, empty_cluster

ABOUT: Object = {"metadata": {"name": "web-0", "namespace": NAMESPACE, "uid": "u", "resourceVersion": "1"}}


@pytest.fixture
def cluster() -> SimulatedCluster:
    return empty_cluster()


def recorded(cluster: SimulatedCluster) -> list[tuple[str, int]]:
    return [(event["message"], event["count"]) for event in cluster.storage.list(EVENTS, NAMESPACE)]


def test_repeated_events_are_counted(cluster: SimulatedCluster) -> None:
    recorder = EventRecorder(EventSink(cluster.storage), "kubelet", "node-1")
    for _ in range(3):
        recorder.event(PODS, ABOUT, "Normal", "Started", "Container started")
        cluster.advance(10)

    [event] = cluster.storage.list(EVENTS, NAMESPACE)
    assert (event["message"], event["count"]) == ("Container started", 3)
    assert event["source"] == {"component": "kubelet", "host": "node-1"}
    assert event["firstTimestamp"] < event["lastTimestamp"]
    assert event["involvedObject"] == {
        "kind": "Pod",
        "namespace": NAMESPACE,
        "name": "web-0",
        "uid": "u",
        "apiVersion": "v1",
        "resourceVersion": "1",
    }


def test_the_tenth_similar_event_is_combined(cluster: SimulatedCluster) -> None:
    recorder = EventRecorder(EventSink(cluster.storage), "statefulset-controller")
    for number in range(12):
        recorder.event(PODS, ABOUT, "Normal", "SuccessfulCreate", f"create {number}")

    messages = dict(recorded(cluster))
    assert messages.pop("(combined from similar events): create 11") == 3
    assert messages == {f"create {number}": 1 for number in range(9)}
    combined = next(one for one in cluster.storage.list(EVENTS, NAMESPACE) if "combined" in one["message"])
    assert combined["reportingComponent"] == ""


def test_similar_events_are_counted_again_after_ten_quiet_minutes(cluster: SimulatedCluster) -> None:
    recorder = EventRecorder(EventSink(cluster.storage), "statefulset-controller")
    for number in range(9):
        recorder.event(PODS, ABOUT, "Normal", "SuccessfulCreate", f"create {number}")
    cluster.advance(601)

    recorder.event(PODS, ABOUT, "Normal", "SuccessfulCreate", "create 9")

    assert ("create 9", 1) in recorded(cluster)


def test_event_rate_is_limited_to_one_in_five_minutes(cluster: SimulatedCluster) -> None:
    recorder = EventRecorder(EventSink(cluster.storage), "kubelet")
    for _ in range(100):
        recorder.event(PODS, ABOUT, "Warning", "Unhealthy", "probe failed")
    assert recorded(cluster) == [("probe failed", 25)]

    for _ in range(3):
        cluster.advance(300)
        recorder.event(PODS, ABOUT, "Warning", "Unhealthy", "probe failed")
        recorder.event(PODS, ABOUT, "Warning", "Unhealthy", "probe failed")
    assert recorded(cluster) == [("probe failed", 28)]


def test_events_expire_an_hour_after_their_last_write(cluster: SimulatedCluster) -> None:
    recorder = EventRecorder(EventSink(cluster.storage), "kubelet")
    recorder.event(PODS, ABOUT, "Normal", "Started", "Container started")
    cluster.advance(3000)
    recorder.event(PODS, ABOUT, "Normal", "Started", "Container started")
    cluster.advance(3000)
    assert recorded(cluster) == [("Container started", 2)]

    cluster.advance(601)
    assert recorded(cluster) == []

    recorder.event(PODS, ABOUT, "Normal", "Started", "Container started")
    recorder.event(PODS, ABOUT, "Normal", "Started", "Container started")
    assert recorded(cluster) == [("Container started", 4)]


def test_series_count_repeated_events_about_the_same_version(cluster: SimulatedCluster) -> None:
    recorder = SeriesRecorder(EventSink(cluster.storage), "default-scheduler", "default-scheduler")
    for version in ("1", "2", "2"):
        about = {"metadata": {**ABOUT["metadata"], "resourceVersion": version}}
        recorder.event(PODS, about, "Warning", "FailedScheduling", "Scheduling", "no room")
        cluster.advance(1)

    first, second = cluster.storage.list(EVENTS, NAMESPACE)
    assert "series" not in first
    assert second["series"]["count"] == 2
    assert (second["source"], second["firstTimestamp"], second["action"]) == ({}, None, "Scheduling")


def test_events_before_the_sink_opens_are_not_written(cluster: SimulatedCluster) -> None:
    sink = EventSink(cluster.storage, since=cluster.now() + timedelta(hours=1))
    recorder = EventRecorder(sink, "kubelet")

    recorder.event(PODS, ABOUT, "Normal", "Started", "Container started")
    cluster.advance(3601)
    recorder.event(PODS, ABOUT, "Normal", "Killing", "Stopping container")

    assert recorded(cluster) == [("Stopping container", 1)]


def test_a_refused_event_is_lost_and_nothing_else(cluster: SimulatedCluster) -> None:
    about = {"metadata": {"name": "x", "namespace": "no-such-namespace", "uid": "x"}}

    EventRecorder(EventSink(cluster.storage), "kubelet").event(PODS, about, "Normal", "Started", "started")

    assert cluster.storage.list(EVENTS) == []
