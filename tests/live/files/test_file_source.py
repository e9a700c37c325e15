"""A source over files: coverage, time, details, and reads on demand."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from stsview.live.errors import CannotRead, CannotStart
from stsview.live.files.documents import Documents
from stsview.live.files.file_objects import FileObjects
from stsview.live.files.file_source import FileSource
from stsview.live.files.file_target import FileTarget
from stsview.live.snapshot import Link
from stsview.model.cache.coverage import Coverage
from stsview.model.settings import ModelSettings
from stsview.model.views import Severity
from stsview.objects.kinds import EVENTS, NODES, PODS, SERVICES, STATEFULSETS, WATCHED
from stsview.objects.log_messages import LogRequest
from stsview.objects.meta import Key
from tests.support.paths import REPORTS

WEB = Key("default", "web")


def items(report: str = "healthy") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((REPORTS / f"{report}.json").read_text())["items"]
    return found


def source_of(objects: list[dict[str, Any]], *listed: tuple[str, str], at: datetime | None = None) -> FileSource:
    return FileSource(FileObjects(Documents(objects, set(listed)), at), ModelSettings(), "file.json")


def without(kind: str, objects: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in objects if one["kind"] != kind]


def test_the_objects_of_a_file_are_judged_as_those_of_a_cluster() -> None:
    snapshot = source_of(items()).snapshot
    view = snapshot.fleet.sets[WEB]
    assert (view.severity, view.ready, view.findings) == (Severity.HEALTHY, 3, ())
    assert all(row.node_state.lease is not None for row in view.ordinals if row.node_state.suspicion)
    assert (snapshot.health.link, snapshot.health.since) == (Link.FILE, snapshot.now)
    assert snapshot.scope.read_only


def test_now_is_the_newest_time_of_any_object() -> None:
    objects = items()
    event = {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": "web.1", "namespace": "default", "creationTimestamp": "2030-01-01T00:00:00Z"},
        "lastTimestamp": "2030-01-01T00:01:00Z",
        "series": {"count": 2, "lastObservedTime": "2030-01-01T00:02:00.123456Z"},
    }
    deleted = copy.deepcopy(next(one for one in objects if one["kind"] == "Pod"))
    deleted["metadata"] |= {"name": "web-9", "deletionTimestamp": "2031-01-01T00:00:30Z"}
    deleted["metadata"]["deletionGracePeriodSeconds"] = 30
    # Not from what people write.
    deleted["metadata"]["annotations"] = {"time": "2040-01-01T00:00:00Z"}
    assert source_of([*objects, event]).now() == datetime(2030, 1, 1, 0, 2, 0, 123456, UTC)
    assert source_of([*objects, event, deleted]).now() == datetime(2031, 1, 1, tzinfo=UTC)
    at = datetime(2026, 12, 24, tzinfo=UTC)
    assert source_of([*objects, event], at=at).now() == at


def test_objects_without_any_time_need_one() -> None:
    timeless = {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "web", "namespace": "default"}}
    with pytest.raises(CannotStart, match="--at"):
        source_of([timeless])
    assert source_of([timeless], at=datetime(2026, 12, 24, tzinfo=UTC)).snapshot.fleet.sets


def test_a_kind_without_objects_is_unknown_unless_its_empty_list_is_there() -> None:
    objects = without("Service", without("EndpointSlice", items()))
    snapshot = source_of(objects).snapshot
    view = snapshot.fleet.sets[WEB]
    assert view.severity is Severity.UNKNOWN
    assert "services are not in the files" in view.unknown
    assert "services are not in the files" in snapshot.health.degraded
    assert "nodes are not in the files" not in snapshot.health.degraded

    snapshot = source_of(objects, ("", "Service"), ("discovery.k8s.io", "EndpointSlice")).snapshot
    view = snapshot.fleet.sets[WEB]
    assert view.severity is not Severity.UNKNOWN
    assert "services are not in the files" not in view.unknown + snapshot.health.degraded


def test_no_pod_is_known_where_the_controller_counts_none() -> None:
    objects = without("Pod", items())
    assert source_of(objects).snapshot.fleet.sets[WEB].severity is Severity.UNKNOWN
    next(one for one in objects if one["kind"] == "StatefulSet")["status"]["replicas"] = 0
    assert source_of(objects).snapshot.fleet.sets[WEB].severity is not Severity.UNKNOWN


def test_files_without_statefulsets_say_so() -> None:
    source = source_of(without("StatefulSet", items()))
    assert source.snapshot.health.blind == "statefulsets are not in the files"


def test_objects_of_other_groups_are_skipped() -> None:
    other = {"apiVersion": "apps.kruise.io/v1beta1", "kind": "StatefulSet", "metadata": {"name": "web-2"}}
    assert list(source_of([*items(), other]).snapshot.fleet.sets) == [WEB]


def test_of_two_versions_of_an_object_the_newer_counts() -> None:
    objects = items()
    stateful = next(one for one in objects if one["kind"] == "StatefulSet")
    newer, older = copy.deepcopy(stateful), copy.deepcopy(stateful)
    newer["metadata"]["resourceVersion"], older["metadata"]["resourceVersion"] = "1000", "999"
    newer["spec"]["replicas"], older["spec"]["replicas"] = 2, 1
    for pair in ([newer, older], [older, newer]):
        assert source_of([*without("StatefulSet", objects), *pair]).snapshot.fleet.sets[WEB].replicas == 2


def test_an_object_that_cannot_be_decoded_is_counted() -> None:
    objects = items()
    next(one for one in objects if one["kind"] == "Pod")["spec"]["containers"] = "none"
    snapshot = source_of(objects).snapshot
    assert snapshot.health.malformed == 1
    assert snapshot.fleet.sets[WEB].severity is Severity.UNKNOWN


def test_what_a_cluster_is_asked_for_by_name_is_found() -> None:
    """A lease of a suspected node, and a pod that has lost its labels."""
    objects = items("formerpod")
    view = next(iter(source_of(objects).snapshot.fleet.sets.values()))
    suspected = [row.node_state for row in view.ordinals if row.node_state.suspicion]
    assert suspected
    assert all(node.lease is not None for node in suspected)

    objects = items()
    pod = next(one for one in objects if one["metadata"]["name"] == "web-2" and one["kind"] == "Pod")
    del pod["metadata"]["labels"]
    view = source_of(objects).snapshot.fleet.sets[WEB]
    assert view.ordinals[2].uid == pod["metadata"]["uid"]


def test_events_of_the_newer_api_are_read() -> None:
    event = {
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        "metadata": {"name": "web.1", "namespace": "default"},
        "regarding": {"kind": "StatefulSet", "namespace": "default", "name": "web"},
        "note": "it failed",
        "type": "Warning",
        "eventTime": "2026-11-25T18:00:00Z",
    }
    source = source_of([*items(), event])
    source.open(WEB)
    detail = source.snapshot.detail
    assert detail is not None
    (view,) = detail.events
    assert (view.message, view.name, view.warning) == ("it failed", "web", True)
    assert detail.events_health.coverage.complete
    assert detail.revisions_health.reason == "controllerrevisions are not in the files"


def test_revisions_are_read_with_their_data() -> None:
    source = source_of(items("maxunavail"))
    (key,) = source.snapshot.fleet.sets
    source.open(key)
    detail = source.snapshot.detail
    assert detail is not None
    assert [revision.number for revision in detail.revisions] == [1, 2]
    source.open(None)
    assert source.snapshot.detail is None


async def test_objects_are_read_on_demand() -> None:
    source = source_of(items())
    assert (await source.get_object(PODS, Key("default", "web-0")))["metadata"]["name"] == "web-0"
    with pytest.raises(CannotRead, match="no Pod default/web-9") as raised:
        await source.get_object(PODS, Key("default", "web-9"))
    assert raised.value.absent
    with pytest.raises(ValueError, match="must not be read"):
        await source.get_object(EVENTS, Key("default", "web-9"))
    service = await source.describe(SERVICES, WEB)
    assert (len(service.slices), service.unknown) == (1, ())
    assert service.events_problem == "events are not in the files"
    node = next(one["metadata"]["name"] for one in items() if one["kind"] == "Node")
    assert (await source.describe(NODES, Key("", node))).lease is not None
    with pytest.raises(CannotRead, match="logs"):
        await anext(source.logs(LogRequest("default", "web-0", "main")))


async def test_events_of_the_object_are_described() -> None:
    objects = items("dangling")
    pod = next(one for one in objects if one["kind"] == "Event")["involvedObject"]
    described = await source_of(objects).describe(PODS, Key(pod["namespace"], pod["name"]))
    assert described.events
    assert {event.involved_object.name for event in described.events} == {pod["name"]}


async def test_namespaces_can_be_selected() -> None:
    source = source_of(items())
    seen: list[int] = []
    unsubscribe = source.subscribe(lambda snapshot: seen.append(len(snapshot.fleet.sets)))
    assert (await source.namespaces()).names == ("default",)
    await source.select_namespaces(("other",))
    await source.select_namespaces(())
    unsubscribe()
    source.retry()
    assert seen == [0, 1]
    with pytest.raises(CannotStart, match="is a file"):
        await source.switch_context("prod")


def test_every_watched_kind_has_a_coverage() -> None:
    files = FileObjects(Documents(items()))
    assert {files.coverage(kind).coverage for kind in WATCHED} <= {Coverage.COMPLETE, Coverage.FORBIDDEN}
    assert files.coverage(STATEFULSETS).complete


def test_a_file_is_named_as_the_context(tmp_path: Path) -> None:
    assert FileTarget((str(tmp_path / "dump.json"),)).name == "dump.json"
    assert FileTarget(("a/dump.json", "b.json", "c.json")).name == "dump.json and 2 more"
    assert FileTarget(("-",)).name == "standard input"
