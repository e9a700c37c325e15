"""The object of a BOOKMARK event: a resource version in an empty object."""

from __future__ import annotations

from typing import Any

from stsview.simulator.apiserver import resources
from stsview.simulator.apiserver.resources import Resource
from stsview.simulator.apiserver.wire import Object

_EMPTY: dict[Resource, dict[str, Any]] = {
    resources.STATEFUL_SETS: {
        "spec": {
            "replicas": 0,
            "selector": None,
            "template": {"metadata": {}, "spec": {"containers": None}},
            "serviceName": "",
            "updateStrategy": {},
        },
        "status": {"replicas": 0, "availableReplicas": 0},
    },
    resources.PODS: {"spec": {"containers": None}, "status": {}},
    resources.CLAIMS: {"spec": {"resources": {}}, "status": {}},
    resources.VOLUMES: {"spec": {}, "status": {}},
    resources.SERVICES: {"spec": {}, "status": {"loadBalancer": {}}},
    resources.CONTROLLER_REVISIONS: {"data": None, "revision": 0},
    resources.ENDPOINT_SLICES: {"addressType": "", "endpoints": None, "ports": None},
    resources.LEASES: {"spec": {}},
    resources.BUDGETS: {
        "spec": {},
        "status": {"disruptionsAllowed": 0, "currentHealthy": 0, "desiredHealthy": 0, "expectedPods": 0},
    },
    resources.EVENTS: {
        "involvedObject": {},
        "source": {},
        "firstTimestamp": None,
        "lastTimestamp": None,
        "eventTime": None,
        "reportingComponent": "",
        "reportingInstance": "",
    },
    resources.NODES: {
        "spec": {},
        "status": {
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 0}},
            "nodeInfo": dict.fromkeys(
                (
                    "machineID",
                    "systemUUID",
                    "bootID",
                    "kernelVersion",
                    "osImage",
                    "containerRuntimeVersion",
                    "kubeletVersion",
                    "kubeProxyVersion",
                    "operatingSystem",
                    "architecture",
                ),
                "",
            ),
        },
    },
}
"""The empty objects that Go encodes, as recorded; other kinds have no relevant fields."""


def bookmark(resource: Resource, rv: int, *, initial_events_end: bool) -> Object:
    """A bookmark object of a kind at a resource version."""
    metadata: dict[str, Any] = {"resourceVersion": str(rv)}
    if initial_events_end:
        metadata["annotations"] = {"k8s.io/initial-events-end": "true"}
    empty = _EMPTY.get(resource, {})
    return {"kind": resource.kind, "apiVersion": resource.api_version, "metadata": metadata, **empty}
