"""The namespace of the checks, and the history of its objects."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.contract.cluster import MERGE_PATCH, Cluster, Object, Refused

_ROOTS = {
    "configmaps": "/api/v1",
    "events": "/api/v1",
    "persistentvolumeclaims": "/api/v1",
    "pods": "/api/v1",
    "resourcequotas": "/api/v1",
    "serviceaccounts": "/api/v1",
    "services": "/api/v1",
    "controllerrevisions": "/apis/apps/v1",
    "statefulsets": "/apis/apps/v1",
    "leases": "/apis/coordination.k8s.io/v1",
    "endpointslices": "/apis/discovery.k8s.io/v1",
    "poddisruptionbudgets": "/apis/policy/v1",
}
_PLURALS = {
    "ConfigMap": "configmaps",
    "Event": "events",
    "Lease": "leases",
    "PersistentVolumeClaim": "persistentvolumeclaims",
    "Pod": "pods",
    "PodDisruptionBudget": "poddisruptionbudgets",
    "ResourceQuota": "resourcequotas",
    "Service": "services",
    "StatefulSet": "statefulsets",
}
FINALIZER = "stsview.example/contract"
"""The finalizer with which checks keep objects; removed with the namespace."""


@dataclass
class Event:
    type: str
    object: Object

    @property
    def name(self) -> str:
        return str(self.object["metadata"]["name"])


class ObjectHistory:
    """The objects of one kind from now on, and every change in order.

    It begins with a list and continues with watches, each from the version where the last one ended, so that nothing is
    missed, however late it is read.
    """

    def __init__(self, cluster: Cluster, path: str, labels: str = "") -> None:
        self.events: list[Event] = []
        self._cluster = cluster
        self._path = path
        self._query = {"labelSelector": labels} if labels else {}
        listed = cluster.get(path, **self._query)
        self.objects: dict[str, Object] = {one["metadata"]["name"]: one for one in listed["items"]}
        self._version: str = listed["metadata"]["resourceVersion"]

    def until(self, holds: Callable[[dict[str, Object]], bool], what: str) -> dict[str, Object]:
        """The objects once `holds` is true of them; fails with `what` otherwise."""
        if not self.eventually(holds):
            pytest.fail(f"condition not met within {self._cluster.patience:g} s: {what}; found {self.summary()}")
        return dict(self.objects)

    def eventually(self, holds: Callable[[dict[str, Object]], bool]) -> bool:
        """Whether `holds` becomes true within the patience."""
        deadline = time.monotonic() + self._cluster.patience
        while not holds(self.objects):
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            with self._cluster.watch(
                self._path, seconds=left, resourceVersion=self._version, **self._query
            ) as received:
                for event in received:
                    self._on_event(Event(event["type"], event["object"]))
                    if holds(self.objects):
                        return True
        return True

    def summary(self) -> str:
        """The objects as text, for failures."""
        states = {
            name: {"deletionTimestamp": one["metadata"].get("deletionTimestamp"), "status": one.get("status")}
            for name, one in self.objects.items()
        }
        return json.dumps(states) if states else "nothing"

    def _on_event(self, event: Event) -> None:
        if event.type == "ERROR":
            pytest.fail(f"the watch of {self._path} ended: {event.object}")
        self.events.append(event)
        self._version = event.object["metadata"]["resourceVersion"]
        if event.type == "DELETED":
            self.objects.pop(event.name, None)
        else:
            self.objects[event.name] = event.object


@dataclass
class Namespace:
    cluster: Cluster
    name: str

    def path(self, plural: str, name: str = "", subresource: str = "") -> str:
        parts = (_ROOTS[plural], "namespaces", self.name, plural, name, subresource)
        return "/".join(part for part in parts if part)

    def create(self, obj: Object, **query: object) -> Object:
        """Create an object. Raises `Refused`."""
        return self.cluster.post(self.path(_PLURALS[obj["kind"]]), obj, **query)

    def create_pod(self, pod: Object) -> Object:
        """Create a pod, after waiting for the service account that pods need."""
        try:
            return self.create(pod)
        except Refused as refused:
            if refused.code != 403 or "service account" not in refused.message:
                raise
        self.history_of("serviceaccounts").until(lambda accounts: "default" in accounts, "a default service account")
        return self.create(pod)

    def get(self, plural: str, name: str) -> Object:
        return self.cluster.get(self.path(plural, name))

    def listed(self, plural: str, labels: str = "") -> dict[str, Object]:
        listed = self.cluster.get(self.path(plural), **({"labelSelector": labels} if labels else {}))
        return {one["metadata"]["name"]: one for one in listed["items"]}

    def patch(self, plural: str, name: str, change: Object | list[Object], kind: str = MERGE_PATCH) -> Object:
        return self.cluster.patch(self.path(plural, name), change, kind)

    def delete(self, plural: str, name: str, **options: object) -> Object:
        return self.cluster.delete(self.path(plural, name), options or None)

    def history_of(self, plural: str, labels: str = "") -> ObjectHistory:
        return ObjectHistory(self.cluster, self.path(plural), labels)

    def release(self) -> None:
        """Remove the finalizers of the checks from all remaining objects."""
        for plural in ("pods", "configmaps"):
            for name, one in self.listed(plural).items():
                held = one["metadata"].get("finalizers") or []
                if FINALIZER in held:
                    self.patch(plural, name, {"metadata": {"finalizers": [each for each in held if each != FINALIZER]}})
