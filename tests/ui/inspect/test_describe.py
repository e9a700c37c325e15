"""Describe sheets."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stsview.live.on_demand import Description
from stsview.objects.event import Event, InvolvedObject
from stsview.objects.kinds import (
    AUTOSCALERS,
    BUDGETS,
    CLAIMS,
    NODES,
    PODS,
    READABLE_KINDS,
    SERVICES,
    STATEFULSETS,
    VOLUMES,
    Kind,
)
from stsview.objects.meta import BasicMeta
from stsview.text.terminal_text import spans_width
from stsview.ui.inspect.describe import describe
from stsview.ui.inspect.json_value import JsonValue
from stsview.ui.kit.look.roles import Role, plain
from tests.support.ui.fleets import NOW, ago


def at(**duration: float) -> str:
    return ago(**duration).isoformat().replace("+00:00", "Z")


def text_of(kind: Kind, document: dict[str, Any], width: int = 120, **more: Any) -> str:
    return "\n".join(plain(line).rstrip() for line in describe(Description(kind, document, **more), NOW, width, UTC))


POD: dict[str, Any] = {
    "metadata": {
        "name": "kafka-3",
        "uid": "6f3c",
        "creationTimestamp": at(days=2),
        "deletionTimestamp": at(minutes=5),
        "finalizers": ["example.com/hold"],
        "labels": {"app": "kafka"},
        "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "secret sauce"},
        "ownerReferences": [{"kind": "StatefulSet", "name": "kafka", "controller": True}],
    },
    "spec": {
        "nodeName": "w-1",
        "containers": [
            {
                "name": "kafka",
                "image": "apache/kafka:3.9.0",
                "ports": [{"name": "client", "containerPort": 9092}],
                "resources": {"requests": {"cpu": "500m"}, "limits": {"memory": "2Gi"}},
                "readinessProbe": {"httpGet": {"port": "http", "path": "/ready"}, "periodSeconds": 5},
                "lifecycle": {"preStop": {"exec": {"command": ["sh", "-c", "sleep 5"]}}},
                "env": [
                    {"name": "MODE", "value": "kraft"},
                    {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "kafka", "key": "password"}}},
                ],
                "volumeMounts": [{"name": "data", "mountPath": "/data", "readOnly": True}],
            }
        ],
        "volumes": [
            {"name": "data", "persistentVolumeClaim": {"claimName": "data-kafka-3"}},
            {"name": "tmp", "emptyDir": {"sizeLimit": "1Gi"}},
        ],
        "tolerations": [{"key": "node.kubernetes.io/not-ready", "effect": "NoExecute", "tolerationSeconds": 300}],
        "affinity": {
            "podAntiAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": [
                    {"labelSelector": {"matchLabels": {"app": "kafka"}}, "topologyKey": "kubernetes.io/hostname"}
                ]
            }
        },
    },
    "status": {
        "phase": "Running",
        "qosClass": "Burstable",
        "podIPs": [{"ip": "10.2.3.44"}],
        "conditions": [
            {"type": "Ready", "status": "False", "reason": "ContainersNotReady", "lastTransitionTime": at(minutes=12)},
            {"type": "PodScheduled", "status": "True", "lastTransitionTime": at(minutes=14)},
            {"type": "DisruptionTarget", "status": "True", "lastTransitionTime": at(minutes=1)},
        ],
        "containerStatuses": [
            {
                "name": "kafka",
                "restartCount": 12,
                "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s"}},
                "lastState": {
                    "terminated": {
                        "exitCode": 1,
                        "reason": "Error",
                        "startedAt": at(seconds=16),
                        "finishedAt": at(seconds=14),
                    }
                },
            }
        ],
    },
}


def test_a_pod() -> None:
    text = text_of(PODS, POD)
    for line in (
        "phase         Running",
        "deletion      grace period exceeded  5m ago",
        "owner         StatefulSet/kafka",
        "finalizers    example.com/hold",
        "✖ kafka  apache/kafka:3.9.0",
        "state         waiting  CrashLoopBackOff  back-off 5m0s",
        "last state    exit code 1  Error  14s ago  18:21:53 UTC  ran 2s",
        "restarts      12",
        "ports         client 9092/TCP",
        "resources     requests cpu 500m · limits memory 2Gi",
        "readiness     http://:http/ready  every 5 s, timeout 1 s, 3 failures",
        "pre-stop      exec sh -c sleep 5",
        "MODE=kraft",
        "PASSWORD=from Secret kafka/password",
        "/data from data read-only",
        "▲  Ready             False  12m  ContainersNotReady",
        "✔  PodScheduled      True   14m",
        "▲  DisruptionTarget  True   1m",
        "data  PVC data-kafka-3",
        "tmp   emptyDir  up to 1Gi",
        "node.kubernetes.io/not-ready  NoExecute  for 300 s",
        "pod anti-affinity  required: app=kafka per kubernetes.io/hostname",
        "labels        app=kafka",
    ):
        assert line in text, line
    assert "secret sauce" not in text


def test_a_stateful_set() -> None:
    text = text_of(
        STATEFULSETS,
        {
            "metadata": {"generation": 4},
            "spec": {
                "replicas": 6,
                "serviceName": "kafka-hs",
                "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 2}},
                "minReadySeconds": 30,
                "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Delete", "whenScaled": "Retain"},
                "selector": {
                    "matchLabels": {"app": "kafka"},
                    "matchExpressions": [{"key": "tier", "operator": "Exists"}],
                },
                "template": {"spec": POD["spec"]},
                "volumeClaimTemplates": [
                    {"metadata": {"name": "data"}, "spec": {"resources": {"requests": {"storage": "1Ti"}}}}
                ],
            },
            "status": {
                "observedGeneration": 3,
                "replicas": 6,
                "readyReplicas": 5,
                "currentRevision": "kafka-5d4b99",
                "updateRevision": "kafka-7c9f01",
            },
        },
    )
    for line in (
        "6 desired, 6 current, 5 ready",
        "RollingUpdate, partition 2",
        "min ready     30 s",
        "whenDeleted Delete, whenScaled Retain",
        "kafka-7c9f01",
        "data  1Ti  default class",
        "app=kafka, tier Exists",
        "4  observed 3",
    ):
        assert line in text, line
    # A template has no states.
    assert "waiting" not in text


def test_a_claim_and_its_volume() -> None:
    claim = text_of(
        CLAIMS,
        {
            "spec": {
                "volumeName": "pvc-1",
                "resources": {"requests": {"storage": "20Gi"}},
                "storageClassName": "fast",
                "accessModes": ["ReadWriteOnce"],
            },
            "status": {
                "phase": "Bound",
                "capacity": {"storage": "10Gi"},
                "conditions": [
                    {"type": "FileSystemResizePending", "status": "True", "message": "waiting for the node"}
                ],
            },
        },
    )
    assert "10Gi  requested 20Gi" in claim
    assert "▲  FileSystemResizePending  True" in claim
    volume = text_of(
        VOLUMES,
        {
            "spec": {
                "capacity": {"storage": "10Gi"},
                "persistentVolumeReclaimPolicy": "Retain",
                "claimRef": {"namespace": "data", "name": "data-kafka-3", "uid": "6f3c"},
                "csi": {
                    "driver": "csi.example.com",
                    "volumeHandle": "vol-1",
                    "nodePublishSecretRef": {"name": "hidden-name"},
                },
                "nodeAffinity": {
                    "required": {
                        "nodeSelectorTerms": [
                            {"matchExpressions": [{"key": "zone", "operator": "In", "values": ["a", "b"]}]}
                        ]
                    }
                },
            },
            "status": {"phase": "Released"},
        },
    )
    for line in ("data/data-kafka-3  uid 6f3c", "nodes with zone In (a, b)", "driver        csi.example.com", "Retain"):
        assert line in volume, line
    assert "hidden-name" not in volume


def test_a_service_and_its_endpoints() -> None:
    service = {"spec": {"clusterIP": "None", "selector": {"app": "kafka"}, "ports": [{"port": 9092, "name": "client"}]}}
    slices = (
        {
            "endpoints": [
                {"addresses": ["10.2.3.1"], "targetRef": {"name": "kafka-0"}, "nodeName": "w-1", "zone": "a"},
                {
                    "addresses": ["10.2.3.2"],
                    "targetRef": {"name": "kafka-1"},
                    "conditions": {"ready": False, "terminating": True},
                },
            ]
        },
    )
    text = text_of(SERVICES, service, slices=slices)
    for line in (
        "None (headless)",
        "9092/TCP  client",
        "ENDPOINTS  2",
        "●  kafka-0  10.2.3.1  ready                   w-1  a",
        "◌  kafka-1  10.2.3.2  not ready, terminating",
    ):
        assert line in text, line
    denied = text_of(SERVICES, service, unknown=("you may not read endpointslices in data",))
    assert "? you may not read endpointslices in data" in denied
    assert "none\n" not in denied.partition("ENDPOINTS")[2].partition("OTHER")[0]


def test_a_node_and_its_lease() -> None:
    node = {
        "spec": {
            "unschedulable": True,
            "taints": [{"key": "out", "value": "yes", "effect": "NoExecute", "timeAdded": at(hours=1)}],
        },
        "status": {
            "capacity": {"cpu": "8", "pods": "110"},
            "allocatable": {"cpu": "7500m", "pods": "110"},
            "conditions": [
                {
                    "type": "Ready",
                    "status": "Unknown",
                    "lastHeartbeatTime": at(minutes=41),
                    "reason": "NodeStatusUnknown",
                },
                {"type": "MemoryPressure", "status": "False"},
            ],
            "volumesAttached": [{"name": "kubernetes.io/csi/vol-1"}],
        },
    }
    text = text_of(NODES, node, lease={"spec": {"renewTime": at(minutes=46)}})
    for line in (
        "cordoned: no new pods",
        "46m ago",
        "out=yes  NoExecute  since 1h",
        "?  Ready           Unknown",
        "heartbeat 41m ago",
        "✔  MemoryPressure  False",
        "cpu   7500m  of 8",
        "kubernetes.io/csi/vol-1",
    ):
        assert line in text, line


def event(message: str, **more: Any) -> Event:
    return Event(
        metadata=BasicMeta(name="e"),
        involved_object=InvolvedObject(),
        type=more.pop("type", "Normal"),
        message=message,
        last_timestamp=ago(minutes=4),
        **more,
    )


def test_events_come_last() -> None:
    events = (
        event("Back-off", type="Warning", reason="BackOff", count=12, reporting_component="kubelet"),
        event("fine"),
    )
    text = text_of(PODS, POD, events=events)
    assert "▲  4m  ×12  BackOff  kubelet  Back-off" in text.partition("EVENTS  2")[2]
    assert "none in the last hour" in text_of(PODS, POD)
    assert "? you may not read events in data" in text_of(PODS, POD, events_problem="you may not read events in data")


def test_a_budget_and_an_autoscaler() -> None:
    budget = {
        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": {"app": "kafka"}}},
        "status": {"disruptionsAllowed": 0, "currentHealthy": 2, "desiredHealthy": 2, "expectedPods": 3},
    }
    text = text_of(BUDGETS, budget)
    for words in ("allowed now", "2 of 3", "app=kafka"):
        assert words in text, words
    autoscaler = {
        "spec": {"scaleTargetRef": {"kind": "StatefulSet", "name": "kafka"}, "minReplicas": 2, "maxReplicas": 10},
        "status": {"currentReplicas": 3, "desiredReplicas": 4},
    }
    text = text_of(AUTOSCALERS, autoscaler)
    for words in ("StatefulSet kafka", "2 to 10"):
        assert words in text, words


@pytest.mark.parametrize("width", [20, 40, 78, 118, 198])
def test_no_line_is_wider_than_the_screen(width: int) -> None:
    lines = describe(Description(PODS, POD, events=(event("words " * 60),)), NOW, width, UTC)
    # Table columns are not narrowed; drawing crops them.
    wide = [line for line in lines if spans_width(line) > width]
    assert len(wide) <= (12 if width < 40 else 0), [plain(line) for line in wide]


_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=5), below, max_size=3),
    max_leaves=8,
)


def _with_part_replaced(document: Any, path: int, value: Any) -> Any:
    """The document with one of its parts, chosen by number, replaced."""
    count = -1

    def replaced(part: Any) -> Any:
        nonlocal count
        count += 1
        if count == path:
            return value
        if isinstance(part, dict):
            return {name: replaced(one) for name, one in part.items()}
        return [replaced(one) for one in part] if isinstance(part, list) else part

    return replaced(document)


@given(st.integers(0, 140), _JSON, st.sampled_from(READABLE_KINDS))
@settings(max_examples=200, deadline=None)
def test_malformed_objects_do_not_fail(path: int, value: Any, kind: Kind) -> None:
    malformed = _with_part_replaced(POD, path, value)
    document = malformed if isinstance(malformed, dict) else {}
    lines = describe(Description(kind, document, slices=(document,), lease=document), NOW, 80, UTC)
    assert all(isinstance(role, Role) for line in lines for _, role in line)


def test_missing_values_read_as_empty() -> None:
    tree = JsonValue(
        {"a": {"b": [1, True, None, {"c": "x"}]}, "t": "2026-11-22T18:22:07Z", "bare": "2026-11-22T18:22:07"}
    )
    assert [one.text() for one in tree.items("a", "b")] == ["1", "true", "", ""]
    assert tree.at("a", "x", "y").text("z") == ""
    assert tree.time("t") == NOW
    assert tree.time("bare") is None
    assert tree.time("a") is None
    assert (tree.number("a"), tree.items("a"), tree.pairs("t"), tree.texts("a", "b")) == (None, [], [], ["1", "true"])
