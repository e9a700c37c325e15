"""The garbage collector: deletes objects whose owners are gone.

Source: kubernetes/pkg/controller/garbagecollector/garbagecollector.go (attemptToDeleteItem, orphanDependents,
processDeletingDependentsItem).
"""

from __future__ import annotations

from typing import NamedTuple

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.resources import Resource
from stsview.simulator.apiserver.storage.deletion import FOREGROUND, ORPHAN
from stsview.simulator.apiserver.storage.history import WatchEvent
from stsview.simulator.apiserver.storage.storage import Storage
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.controllers.informers import Informers
from stsview.simulator.engine import Engine

MANAGER = "kube-controller-manager"
ORPHAN_SECONDS = 0.1
"""From a deletion to the release of the dependents; observed on a real control plane."""


class Item(NamedTuple):
    """A stored object, by kind and name."""

    resource: Resource
    namespace: str
    name: str


class GarbageCollector:
    """Deletes dependents of deleted owners; its keys are objects."""

    def __init__(self, engine: Engine, storage: Storage, informers: Informers) -> None:
        self._engine = engine
        self._storage = storage
        self._dependents: dict[str, dict[Item, None]] = {}
        informers.on_any_change(self._on_event)

    def reconcile(self, key: Item) -> float | None:
        resource = key.resource
        obj = self._storage.find(resource, key.namespace, key.name)
        if obj is None:
            return None
        finalizers = obj["metadata"].get("finalizers") or ()
        if "deletionTimestamp" in obj["metadata"]:
            if ORPHAN in finalizers:
                self._orphan_dependents(resource, obj)
            elif FOREGROUND in finalizers:
                self._delete_dependents(resource, obj)
            return None
        self._collect(resource, obj)
        return None

    def _collect(self, resource: Resource, obj: Object) -> None:
        """Delete an object without remaining owners, or drop its missing owners."""
        references = obj["metadata"].get("ownerReferences") or []
        solid, waiting, dangling = [], [], []
        for reference in references:
            owner = self._owner(obj, reference)
            if owner is None:
                dangling.append(reference)
            elif "deletionTimestamp" in owner["metadata"] and FOREGROUND in owner["metadata"].get("finalizers", ()):
                waiting.append(reference)
            else:
                solid.append(reference)
        if solid:
            if dangling or waiting:
                self._keep_owners(resource, obj, solid)
            return
        if not dangling and not waiting:
            return
        metadata = obj["metadata"]
        blocks = waiting and self._dependents.get(metadata["uid"])
        try:
            self._storage.delete(
                resource,
                metadata.get("namespace", ""),
                metadata["name"],
                uid=metadata["uid"],
                propagation="Foreground" if blocks else None,
            )
        except ApiError as error:
            if error.reason not in ("NotFound", "Conflict"):
                raise

    def _owner(self, obj: Object, reference: Object) -> Object | None:
        """The owner that a reference names, if it exists with that uid."""
        resource = self._storage.kinds.by_kind(reference.get("apiVersion", ""), reference.get("kind", ""))
        if resource is None:
            # nothing can be said about an owner of a kind that is not served
            return obj
        namespace = obj["metadata"].get("namespace", "") if resource.namespaced else ""
        owner = self._storage.find(resource, namespace, reference["name"])
        return owner if owner is not None and owner["metadata"]["uid"] == reference.get("uid") else None

    def _keep_owners(self, resource: Resource, obj: Object, kept: list[Object]) -> None:
        uids = {reference["uid"] for reference in kept}

        def change(one: Object) -> None:
            references = [ref for ref in one["metadata"].get("ownerReferences") or () if ref["uid"] in uids]
            if references:
                one["metadata"]["ownerReferences"] = references
            else:
                one["metadata"].pop("ownerReferences", None)

        metadata = obj["metadata"]
        self._storage.modify(resource, metadata.get("namespace", ""), metadata["name"], change, manager=MANAGER)

    def _orphan_dependents(self, resource: Resource, owner: Object) -> None:
        uid = owner["metadata"]["uid"]
        for item in list(self._dependents.get(uid, ())):
            kind = item.resource
            dependent = self._storage.find(kind, item.namespace, item.name)
            if dependent is not None:
                others = [one for one in dependent["metadata"].get("ownerReferences") or () if one["uid"] != uid]
                self._keep_owners(kind, dependent, others)
        self._drop_finalizer(resource, owner, ORPHAN)

    def _delete_dependents(self, resource: Resource, owner: Object) -> None:
        """Foreground deletion: keep the owner until no dependent blocks it."""
        uid = owner["metadata"]["uid"]
        blocked = False
        for item in list(self._dependents.get(uid, ())):
            kind = item.resource
            dependent = self._storage.find(kind, item.namespace, item.name)
            if dependent is None:
                continue
            if "deletionTimestamp" not in dependent["metadata"]:
                self._collect(kind, dependent)
                dependent = self._storage.find(kind, item.namespace, item.name)
            references = dependent["metadata"].get("ownerReferences", ()) if dependent is not None else ()
            blocked = blocked or any(one["uid"] == uid and one.get("blockOwnerDeletion") for one in references)
        if not blocked:
            self._drop_finalizer(resource, owner, FOREGROUND)

    def _drop_finalizer(self, resource: Resource, owner: Object, finalizer: str) -> None:
        def change(one: Object) -> None:
            one["metadata"]["finalizers"] = [name for name in one["metadata"]["finalizers"] if name != finalizer]

        metadata = owner["metadata"]
        self._storage.modify(resource, metadata.get("namespace", ""), metadata["name"], change, manager=MANAGER)

    def _on_event(self, event: WatchEvent) -> None:
        metadata = event.object["metadata"]
        item = Item(event.resource, metadata.get("namespace", ""), metadata["name"])
        before = _owners(event.previous) if event.previous is not None else []
        after = _owners(event.object) if event.type != "DELETED" else []
        for uid in before:
            if uid not in after:
                self._forget(uid, item)
        for uid in after:
            self._dependents.setdefault(uid, {})[item] = None
        if event.type == "DELETED":
            for dependent in self._dependents.get(metadata["uid"], ()):
                self._engine.enqueue(self, dependent)
            self._enqueue_owners(event.object)
        elif "deletionTimestamp" in metadata and metadata.get("finalizers"):
            if ORPHAN in metadata["finalizers"]:
                self._engine.enqueue(self, item, ORPHAN_SECONDS)
            elif FOREGROUND in metadata["finalizers"]:
                self._engine.enqueue(self, item)
        elif (
            after
            and before != after
            and not all(self._is_solid(event.object, one) for one in _references(event.object))
        ):
            self._engine.enqueue(self, item)

    def _is_solid(self, obj: Object, reference: Object) -> bool:
        owner = self._owner(obj, reference)
        return owner is not None and "deletionTimestamp" not in owner["metadata"]

    def _enqueue_owners(self, gone: Object) -> None:
        """Reconcile owners whose foreground deletion waits for this object."""
        for reference in gone["metadata"].get("ownerReferences") or ():
            owner = self._owner(gone, reference)
            resource = self._storage.kinds.by_kind(reference.get("apiVersion", ""), reference.get("kind", ""))
            if owner is not None and resource is not None and "deletionTimestamp" in owner["metadata"]:
                metadata = owner["metadata"]
                self._engine.enqueue(self, Item(resource, metadata.get("namespace", ""), metadata["name"]))

    def _forget(self, uid: str, item: Item) -> None:
        dependents = self._dependents.get(uid)
        if dependents is not None:
            dependents.pop(item, None)
            if not dependents:
                del self._dependents[uid]


def _references(obj: Object) -> list[Object]:
    return obj["metadata"].get("ownerReferences") or []


def _owners(obj: Object) -> list[str]:
    return [reference["uid"] for reference in _references(obj)]
