"""The namespace controller: deletes the contents of terminating namespaces.

Source: kubernetes/pkg/controller/namespace/deletion/namespaced_resources_deleter.go.
"""

from __future__ import annotations

from stsview.simulator.apiserver.resources import NAMESPACES
from stsview.simulator.apiserver.storage.history import WatchEvent
from stsview.simulator.apiserver.storage.storage import Storage
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.controllers.informers import Informers
from stsview.simulator.engine import Engine

MANAGER = "kube-controller-manager"


class NamespaceController:
    """Empties terminating namespaces; its keys are their names."""

    def __init__(self, engine: Engine, storage: Storage, informers: Informers) -> None:
        self._engine = engine
        self._storage = storage
        self._informers = informers
        informers.namespaces.add_event_handler(self._on_namespace)
        informers.on_any_change(self._on_event)

    def reconcile(self, key: str) -> float | None:
        """Delete the contents; once the namespace is empty, remove its finalizer."""
        namespace = self._informers.namespaces.get("", key)
        if namespace is None or "deletionTimestamp" not in namespace["metadata"]:
            return None
        left = False
        for resource in self._storage.kinds:
            if not resource.namespaced:
                continue
            for obj in self._storage.list(resource, key):
                metadata = obj["metadata"]
                if "deletionTimestamp" not in metadata:
                    self._storage.delete(resource, key, metadata["name"], propagation="Background")
                left = left or self._storage.find(resource, key, metadata["name"]) is not None
        if not left:
            self._finalize(namespace)
        return None

    def _finalize(self, namespace: Object) -> None:
        def change(one: Object) -> None:
            one["spec"]["finalizers"] = [name for name in one["spec"].get("finalizers") or () if name != "kubernetes"]

        name = namespace["metadata"]["name"]
        self._storage.modify(NAMESPACES, "", name, change, subresource="finalize", manager=MANAGER)

    def _on_namespace(self, before: Object | None, after: Object | None) -> None:
        if after is not None and "deletionTimestamp" in after["metadata"]:
            self._engine.enqueue(self, after["metadata"]["name"])

    def _on_event(self, event: WatchEvent) -> None:
        if event.type != "DELETED" or not event.resource.namespaced:
            return
        name = event.object["metadata"]["namespace"]
        namespace = self._informers.namespaces.get("", name)
        if namespace is not None and "deletionTimestamp" in namespace["metadata"]:
            self._engine.enqueue(self, name)
