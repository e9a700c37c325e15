"""Tables: status and columns of `kubectl get`."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from stsview.clock import ManualClock
from stsview.simulator.apiserver.kubectl.durations import age, human
from stsview.simulator.apiserver.kubectl.tables import Tables
from stsview.simulator.apiserver.resources import (
    BUDGETS,
    CLAIMS,
    EVENTS,
    NODES,
    PODS,
    REGISTRY,
    SERVICES,
    STATEFUL_SETS,
    STORAGE_CLASSES,
    VOLUMES,
    Resource,
)
from stsview.simulator.apiserver.storage.storage import Storage
from stsview.simulator.apiserver.wire import instant
from tests.support.paths import HISTORIES
from tests.support.simulator.manifests import pod

RESOURCES = {resource.plural: resource for resource in REGISTRY}


def _row(resource: Resource, obj: dict[str, Any]) -> dict[str, Any]:
    table = Tables(Storage(ManualClock())).table(resource, [obj], {})
    names = [column["name"] for column in table["columnDefinitions"]]
    return dict(zip(names, table["rows"][0]["cells"], strict=True))


def _pod(**status: Any) -> dict[str, Any]:
    metadata = {"name": "web-0", "creationTimestamp": "2025-12-31T23:59:00Z"}
    return {"metadata": metadata, "spec": pod(nodeName="n")["spec"], "status": status}


def _container(name: str = "main", restarts: int = 0, ready: bool = False, **state: Any) -> dict[str, Any]:
    return {"name": name, "ready": ready, "restartCount": restarts, "state": state, "lastState": {}}


RUNNING = _container(ready=True, running={"startedAt": "x"})


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "<invalid>"),
        (0, "0s"),
        (119, "119s"),
        (120, "2m"),
        (121, "2m1s"),
        (600, "10m"),
        (3 * 3600 - 1, "179m"),
        (3 * 3600, "3h"),
        (3 * 3600 + 60, "3h1m"),
        (8 * 3600 + 60, "8h"),
        (47 * 3600, "47h"),
        (48 * 3600, "2d"),
        (49 * 3600, "2d1h"),
        (9 * 86400, "9d"),
        (800 * 86400, "2y70d"),
        (9 * 365 * 86400, "9y"),
    ],
)
def test_durations(seconds: int, text: str) -> None:
    assert human(seconds) == text


def test_without_a_time_the_age_is_unknown() -> None:
    assert age(None, ManualClock().now()) == "<unknown>"


@pytest.mark.parametrize(
    ("pod_status", "ready", "word"),
    [
        ({"phase": "Pending"}, "0/1", "Pending"),
        ({"phase": "Running", "containerStatuses": [RUNNING]}, "1/1", "Running"),
        (
            {"phase": "Pending", "containerStatuses": [_container(waiting={"reason": "ImagePullBackOff"})]},
            "0/1",
            "ImagePullBackOff",
        ),
        (
            {"phase": "Running", "containerStatuses": [_container(terminated={"exitCode": 3})]},
            "0/1",
            "ExitCode:3",
        ),
        (
            {"phase": "Running", "containerStatuses": [_container(terminated={"exitCode": 0, "signal": 9})]},
            "0/1",
            "Signal:9",
        ),
        ({"phase": "Failed", "reason": "Evicted"}, "0/1", "Evicted"),
        (
            {
                "phase": "Pending",
                "conditions": [{"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"}],
            },
            "0/1",
            "SchedulingGated",
        ),
    ],
)
def test_status_column_of_pods(pod_status: dict[str, Any], ready: str, word: str) -> None:
    row = _row(PODS, _pod(**pod_status))
    assert (row["Ready"], row["Status"]) == (ready, word)


def test_status_column_during_initialization() -> None:
    obj = _pod(
        phase="Pending",
        initContainerStatuses=[
            _container("one", terminated={"exitCode": 0}),
            _container("two", waiting={"reason": "PodInitializing"}),
        ],
    )
    obj["spec"]["initContainers"] = [{"name": "one"}, {"name": "two"}]
    assert _row(PODS, obj)["Status"] == "Init:1/2"
    obj["status"]["initContainerStatuses"][1]["state"] = {"waiting": {"reason": "CrashLoopBackOff"}}
    assert _row(PODS, obj)["Status"] == "Init:CrashLoopBackOff"
    obj["status"]["initContainerStatuses"][1]["state"] = {"terminated": {"exitCode": 1}}
    assert _row(PODS, obj)["Status"] == "Init:ExitCode:1"


def test_sidecars_count_as_ready_containers() -> None:
    obj = _pod(
        phase="Running",
        initContainerStatuses=[{**_container("side", ready=True, restarts=1, running={}), "started": True}],
        containerStatuses=[RUNNING],
    )
    obj["spec"]["initContainers"] = [{"name": "side", "restartPolicy": "Always"}]
    row = _row(PODS, obj)
    assert (row["Ready"], row["Status"], row["Restarts"]) == ("2/2", "Running", "1")


def test_a_sidecar_that_crashes_after_initialization_hides_no_running_containers() -> None:
    obj = _pod(
        phase="Running",
        conditions=[{"type": "Initialized", "status": "True"}],
        initContainerStatuses=[
            {**_container("first", restarts=2, terminated={"exitCode": 0})},
            {**_container("side", restarts=3, waiting={"reason": "CrashLoopBackOff"}), "started": False},
        ],
        containerStatuses=[RUNNING],
    )
    obj["spec"]["initContainers"] = [{"name": "first"}, {"name": "side", "restartPolicy": "Always"}]
    row = _row(PODS, obj)
    assert (row["Ready"], row["Status"], row["Restarts"]) == ("1/2", "Init:CrashLoopBackOff", "3")


def test_restarts_column_shows_the_last_restart() -> None:
    crashed = _container(restarts=4, waiting={"reason": "CrashLoopBackOff"})
    crashed["lastState"] = {"terminated": {"exitCode": 1, "finishedAt": "2025-12-31T23:59:30Z"}}
    row = _row(PODS, _pod(phase="Running", containerStatuses=[crashed]))
    assert row["Restarts"] == "4 (30s ago)"


@pytest.mark.parametrize(("phase", "word"), [("Running", "Terminating"), ("Succeeded", "Succeeded")])
def test_a_deleted_pod_is_terminating_unless_it_has_ended(phase: str, word: str) -> None:
    obj = _pod(phase=phase)
    obj["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    assert _row(PODS, obj)["Status"] == word


def test_readiness_gates_are_counted() -> None:
    obj = _pod(phase="Running", conditions=[{"type": "example.com/a", "status": "True"}])
    obj["spec"]["readinessGates"] = [{"conditionType": "example.com/a"}, {"conditionType": "example.com/b"}]
    assert _row(PODS, obj)["Readiness Gates"] == "1/2"


def _printed() -> Iterator[tuple[str, str, list[str], dict[tuple[str, str], dict[str, Any]]]]:
    """Every table that kubectl printed in the histories, with its objects."""
    for path in sorted(HISTORIES.glob("*.jsonl.gz")):
        known: dict[tuple[str, str], dict[str, Any]] = {}
        with gzip.open(path, "rt") as lines:
            for line in lines:
                entry = json.loads(line)
                if "event" in entry:
                    obj = entry["event"]["object"]
                    if entry["event"]["type"] in ("ADDED", "MODIFIED"):
                        known[entry["kind"], obj["metadata"]["name"]] = obj
                elif (got := re.match(r"kubectl get (\S+)", entry.get("do", ""))) and entry["out"].startswith("NAME"):
                    yield path.stem, got[1], entry["out"].splitlines(), dict(known)


KINDS = {"sts": "statefulsets", "pods": "pods", "pvc": "persistentvolumeclaims", "pdb": "poddisruptionbudgets"}


def test_rows_match_the_recorded_kubectl_output() -> None:
    """Names, readiness and status equal the recorded output.

    Ages depend on the clock and are not compared.
    """
    compared = 0
    for story, kind, (head, *rows), known in _printed():
        resource = RESOURCES.get(KINDS.get(kind, kind))
        if resource is None:
            continue
        columns = re.split(r"\s{2,}", head.strip())
        for row in rows:
            cells = dict(zip(columns, re.split(r"\s{2,}", row.strip()), strict=False))
            obj = known.get((resource.plural, cells["NAME"]))
            if obj is None:
                continue
            here = {name.upper(): str(cell) for name, cell in _row(resource, obj).items()}
            for column in {"READY", "STATUS"} & cells.keys():
                assert here[column] == cells[column], (story, row)
                compared += 1
    assert compared


@pytest.mark.parametrize(
    ("resource", "obj", "cells"),
    [
        (
            CLAIMS,
            {
                "spec": {"volumeName": "pv-1", "storageClassName": "fast", "volumeMode": "Filesystem"},
                "status": {"phase": "Bound", "capacity": {"storage": "10Gi"}, "accessModes": ["ReadWriteOnce"]},
            },
            ["a", "Bound", "pv-1", "10Gi", "RWO", "fast", "<unset>", "0s", "Filesystem"],
        ),
        (
            VOLUMES,
            {
                "spec": {
                    "capacity": {"storage": "10Gi"},
                    "accessModes": ["ReadWriteMany", "ReadWriteOncePod"],
                    "persistentVolumeReclaimPolicy": "Delete",
                    "claimRef": {"namespace": "ns", "name": "data"},
                },
                "status": {"phase": "Released"},
            },
            ["a", "10Gi", "RWX,RWOP", "Delete", "Released", "ns/data", "", "<unset>", "", "0s", "<unset>"],
        ),
        (
            SERVICES,
            {"spec": {"type": "ClusterIP", "clusterIP": "None", "ports": [{"port": 80}], "selector": {"app": "a"}}},
            ["a", "ClusterIP", "None", "<none>", "80/TCP", "0s", "app=a"],
        ),
        (
            NODES,
            {
                "spec": {"unschedulable": True},
                "status": {"conditions": [{"type": "Ready", "status": "Unknown"}]},
            },
            [
                "a",
                "NotReady,SchedulingDisabled",
                "<none>",
                "0s",
                "",
                "<none>",
                "<none>",
                "<unknown>",
                "<unknown>",
                "<unknown>",
            ],
        ),
        (
            EVENTS,
            {
                "involvedObject": {"kind": "Pod", "name": "web-0"},
                "type": "Warning",
                "reason": "Unhealthy",
                "message": "probe failed\n",
                "source": {"component": "kubelet", "host": "n"},
                "count": 3,
                "firstTimestamp": "2025-12-31T23:00:00Z",
                "lastTimestamp": "2025-12-31T23:59:00Z",
            },
            ["60s", "Warning", "Unhealthy", "pod/web-0", "", "kubelet, n", "probe failed", "60m", 3, "a"],
        ),
        (
            BUDGETS,
            {"spec": {"maxUnavailable": 1}, "status": {"disruptionsAllowed": 0}},
            ["a", "N/A", "1", 0, "0s"],
        ),
        (
            STORAGE_CLASSES,
            {"provisioner": "p", "volumeBindingMode": "Immediate"},
            ["a", "p", "Delete", "Immediate", False, "0s"],
        ),
        (
            STATEFUL_SETS,
            {
                "spec": {"replicas": 3, "template": {"spec": {"containers": [{"name": "zk", "image": "zk:1"}]}}},
                "status": {"readyReplicas": 2},
            },
            ["a", "2/3", "0s", "zk", "zk:1"],
        ),
    ],
)
def test_cells_of_other_kinds(resource: Resource, obj: dict[str, Any], cells: list[Any]) -> None:
    obj = {"metadata": {"name": "a", "creationTimestamp": "2026-01-01T00:00:00Z"}, **obj}
    assert list(_row(resource, obj).values()) == cells


@pytest.mark.parametrize("resource", REGISTRY, ids=lambda resource: resource.plural)
def test_every_row_has_as_many_cells_as_columns(resource: Resource) -> None:
    obj: dict[str, Any] = {"metadata": {"name": "a", "creationTimestamp": "2026-01-01T00:00:00Z"}, "spec": {}}
    if resource is STATEFUL_SETS:
        obj["spec"] = {"template": {"spec": {}}}
    row = _row(resource, obj)
    assert "a" in [str(cell) for cell in row.values()]


def test_rows_include_the_requested_object(storage: Storage) -> None:
    made = storage.create(PODS, pod())
    tables = Tables(storage)
    rows = {
        include: tables.table(PODS, [made], {}, include=include)["rows"][0]
        for include in ("None", "Metadata", "Object")
    }
    assert "object" not in rows["None"]
    assert rows["Metadata"]["object"] == {
        "kind": "PartialObjectMetadata",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": made["metadata"],
    }
    assert rows["Object"]["object"] is made
    assert instant(made["metadata"]["creationTimestamp"]) == storage.clock.now()
