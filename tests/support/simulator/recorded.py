"""Responses of a real control plane, and a storage with the objects behind them."""

from __future__ import annotations

import copy
import json
import re
from dataclasses import dataclass
from typing import Any

from stsview.simulator.apiserver.resources import (
    BUDGETS,
    CLAIMS,
    CONTROLLER_REVISIONS,
    ENDPOINT_SLICES,
    EVENTS,
    NAMESPACES,
    PODS,
    STATEFUL_SETS,
    STORAGE_CLASSES,
    Resource,
)
from stsview.simulator.apiserver.storage.storage import Storage
from tests.support.paths import ANSWERS

FOLDER = ANSWERS
NAMESPACE = "demo"

_MASKED = ("uid", "resourceVersion", "creationTimestamp", "deletionTimestamp", "lastTransitionTime", "time", "continue")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_VERSIONS = (
    (re.compile(r"ResourceVersion in record \(\d+\)"), "ResourceVersion in record (N)"),
    (re.compile(r"too old resource version: (\d+) \(\d+\)"), r"too old resource version: \1 (N)"),
    (re.compile(r"current: \d+"), "current: N"),
)


@dataclass(frozen=True)
class Recorded:
    name: str
    method: str
    path: str
    content_type: str
    user: str
    body: Any
    code: int
    headers: dict[str, str]
    answer: Any


def load(name: str) -> Recorded:
    data = json.loads((FOLDER / f"{name}.json").read_text())
    request = data["request"]
    return Recorded(
        name,
        request["method"],
        request["path"],
        request["contentType"],
        request["user"],
        request["body"],
        data["code"],
        data["headers"],
        data["answer"],
    )


def names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def prepare(storage: Storage, *, evicting: bool = False) -> None:
    """The `demo` namespace of the recording.

    With `evicting`, zookeeper-0 is terminating.
    """
    storage.create(NAMESPACES, {"metadata": {"name": NAMESPACE}})
    storage.create(
        STORAGE_CLASSES,
        {
            "metadata": {
                "name": "standard",
                "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
            },
            "provisioner": "realk8s.test/fake",
            "allowVolumeExpansion": True,
        },
    )
    sets = [load("sts-while-evicting").answer] if evicting else load("list-ok").answer["items"]
    _restore_all(storage, STATEFUL_SETS, sets)
    _restore_all(storage, PODS, load("pods-while-evicting" if evicting else "pods-ok").answer["items"])
    _restore_all(storage, CLAIMS, load("pvcs-ok").answer["items"])
    _restore_all(storage, ENDPOINT_SLICES, load("endpointslices-ok").answer["items"])
    _restore_all(storage, CONTROLLER_REVISIONS, load("controllerrevisions-ok").answer["items"])
    _restore_all(storage, EVENTS, load("events-ok").answer["items"])
    _restore_all(storage, BUDGETS, [load("pdb-get").answer])


def _restore_all(storage: Storage, resource: Resource, objects: list[dict[str, Any]]) -> None:
    for obj in objects:
        restore(storage, resource, obj)


def restore(storage: Storage, resource: Resource, recorded: dict[str, Any]) -> None:
    """Store an object as recorded, with a new uid and version."""
    obj = copy.deepcopy(recorded)
    metadata = obj["metadata"]
    metadata.pop("resourceVersion")
    metadata.pop("uid")
    deleting = metadata.pop("deletionTimestamp", None)
    wanted_generation = metadata.get("generation", 0)
    created = storage.create(resource, obj, manager="recording")
    namespace, name = created["metadata"].get("namespace", ""), created["metadata"]["name"]
    created["metadata"].update({"generation": wanted_generation} if wanted_generation else {})
    if "status" in obj:
        storage.modify(resource, namespace, name, lambda one: one.update(status=obj["status"]), subresource="status")
    if deleting:
        created = storage.delete(resource, namespace, name)
        created["metadata"]["generation"] = wanted_generation


def masked(value: Any) -> Any:
    """The comparable part: no identities, versions, timestamps and managed fields."""
    if isinstance(value, dict):
        return {
            name: "…" if name in _MASKED and isinstance(item, str) else masked(item)
            for name, item in value.items()
            if name != "managedFields"
        }
    if isinstance(value, list):
        return [masked(item) for item in value]
    if isinstance(value, str):
        text = _UUID.sub("UID", value)
        for pattern, replacement in _VERSIONS:
            text = pattern.sub(replacement, text)
        return text
    return value
