"""Objects created here get the defaults and managers of the recorded ones."""

from __future__ import annotations

import copy
import functools
import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest

from stsview.clock import ManualClock
from stsview.simulator.apiserver.resources import CLAIMS, NAMESPACES, PODS, REGISTRY, VOLUMES, Resource
from stsview.simulator.apiserver.storage.storage import Storage
from stsview.simulator.apiserver.validation import schema
from tests.support.paths import HISTORIES

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
BY_ADMISSION = ("tolerations", "priority", "preemptionPolicy", "serviceAccount", "serviceAccountName")
RESOURCES = {resource.plural: resource for resource in REGISTRY}


@functools.cache
def _created() -> tuple[tuple[Resource, dict[str, Any]], ...]:
    return tuple(_read())


def _read() -> Iterator[tuple[Resource, dict[str, Any]]]:
    """Recorded objects in their first state.

    Only those with a single writer so far, a few per kind and writer.
    """
    seen: dict[tuple[str, str], int] = {}
    for path in sorted(HISTORIES.glob("*.jsonl.gz")):
        with gzip.open(path, "rt") as lines:
            for line in lines:
                entry = json.loads(line)
                if entry.get("event", {}).get("type") != "ADDED" or entry["kind"] not in RESOURCES:
                    continue
                obj = entry["event"]["object"]
                writers = obj["metadata"].get("managedFields") or []
                key = (entry["kind"], path.stem)
                # the scheduler writes its events through another API group
                if len(writers) != 1 or writers[0]["apiVersion"] == "events.k8s.io/v1" or seen.get(key, 0) >= 2:
                    continue
                seen[key] = seen.get(key, 0) + 1
                yield RESOURCES[entry["kind"]], obj


def _as_sent(resource: Resource, obj: dict[str, Any]) -> dict[str, Any]:
    """The object as the client sent it.

    The applied manifest where known, otherwise the object without what admission added.
    """
    applied = obj["metadata"].get("annotations", {}).get(LAST_APPLIED)
    if obj["metadata"]["managedFields"][0]["manager"] == "kubectl-client-side-apply":
        manifest = json.loads(applied)
        manifest["metadata"].setdefault("annotations", {})[LAST_APPLIED] = applied
        return schema.decode(resource.kind, manifest).object
    sent = copy.deepcopy(obj)
    if resource in (CLAIMS, VOLUMES):
        sent["metadata"].pop("finalizers")
    if resource is PODS:
        spec = sent["spec"]
        for name in BY_ADMISSION:
            if name != "tolerations" or spec["tolerations"][0]["tolerationSeconds"] == 300:
                spec.pop(name)
        spec["volumes"] = [one for one in spec["volumes"] if not one["name"].startswith("kube-api-access")]
        for container in spec["containers"]:
            mounts = container["volumeMounts"]
            container["volumeMounts"] = [one for one in mounts if not one["name"].startswith("kube-api-access")]
    return sent


def _comparable(obj: dict[str, Any]) -> dict[str, Any]:
    """Without identity, timestamps and the token volume, whose name is random."""
    obj = copy.deepcopy(obj)
    for name in ("uid", "resourceVersion", "creationTimestamp"):
        obj["metadata"].pop(name)
    for entry in obj["metadata"]["managedFields"]:
        entry.pop("time")
    if "spec" in obj and "containers" in obj["spec"]:
        obj["spec"]["volumes"] = obj["spec"]["volumes"][:-1]
        for container in obj["spec"]["containers"]:
            container["volumeMounts"] = container["volumeMounts"][:-1]
    obj.get("status", {}).pop("lastPhaseTransitionTime", None)
    return obj


@pytest.mark.parametrize("plural", sorted({resource.plural for resource, _ in _created()}))
def test_created_objects_match_the_recorded_ones(plural: str) -> None:
    compared = 0
    for resource, obj in _created():
        if resource.plural != plural:
            continue
        storage = Storage(ManualClock())
        namespace = obj["metadata"].get("namespace")
        if namespace and storage.find(NAMESPACES, "", namespace) is None:
            storage.create(NAMESPACES, {"metadata": {"name": namespace}})
        manager = obj["metadata"]["managedFields"][0]["manager"]
        made = storage.create(resource, _as_sent(resource, obj), manager=manager)
        assert _comparable(made) == _comparable(obj)
        compared += 1
    assert compared


def test_the_histories_contain_the_relevant_kinds() -> None:
    kinds = {resource.kind for resource, _ in _created()}
    assert kinds >= {"StatefulSet", "Pod", "PersistentVolumeClaim", "Service", "EndpointSlice", "ControllerRevision"}
