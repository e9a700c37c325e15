"""Informers: all objects by kind, with indexes for the controllers.

They are client-go's shared informers without lag: `Storage` delivers each write before it returns, so the cache is
always current. Objects are shared with the storage and must not be changed in place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from stsview.simulator.apiserver import resources
from stsview.simulator.apiserver.resources import Resource
from stsview.simulator.apiserver.storage.history import WatchEvent
from stsview.simulator.apiserver.storage.storage import Storage
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.controllers.identity import parent_and_ordinal
from stsview.simulator.storage_classes import class_of

Handler = Callable[[Object | None, Object | None], None]
"""Called with the object before and after a change; None before its creation and after its deletion."""

IndexFunction = Callable[[Object], Iterable[str]]


class Key(NamedTuple):
    """A namespace (empty for cluster-scoped kinds) and a name."""

    namespace: str
    name: str


def key_of(obj: Object) -> Key:
    metadata = obj["metadata"]
    return Key(metadata.get("namespace", ""), metadata["name"])


class Informer:
    """The objects of one kind, with indexes.

    An index lists objects in the order in which they were added to it.
    """

    def __init__(self, resource: Resource, indexes: dict[str, IndexFunction] | None = None) -> None:
        self.resource = resource
        self.objects: dict[Key, Object] = {}
        self._functions = indexes or {}
        self._indexed: dict[str, dict[str, dict[Key, Object]]] = {name: {} for name in self._functions}
        self._handlers: list[Handler] = []

    def add_event_handler(self, handler: Handler) -> None:
        """Call `handler` with every change from now on."""
        self._handlers.append(handler)

    def get(self, namespace: str, name: str) -> Object | None:
        return self.objects.get(Key(namespace, name))

    def by_index(self, index: str, value: str) -> list[Object]:
        """The objects that have `value` in an index."""
        found = self._indexed[index].get(value)
        return list(found.values()) if found else []

    def count(self, index: str, value: str) -> int:
        """The number of objects that have `value` in an index."""
        return len(self._indexed[index].get(value, ()))

    def receive(self, event: WatchEvent) -> None:
        """Apply a watch event, and call the handlers."""
        key = key_of(event.object)
        gone = event.type == "DELETED"
        before = self.objects.get(key)
        after = None if gone else event.object
        if after is None:
            self.objects.pop(key, None)
        else:
            self.objects[key] = after
        for name, function in self._functions.items():
            self._reindex(self._indexed[name], key, set(function(before)) if before else set(), after, function)
        for handler in self._handlers:
            handler(event.object if gone else before, after)

    def _reindex(
        self,
        index: dict[str, dict[Key, Object]],
        key: Key,
        old_values: set[str],
        after: Object | None,
        function: IndexFunction,
    ) -> None:
        new_values = list(function(after)) if after is not None else []
        for value in old_values.difference(new_values):
            entries = index[value]
            del entries[key]
            if not entries:
                del index[value]
        for value in new_values:
            index.setdefault(value, {})[key] = after  # type: ignore[assignment]


class Informers:
    """One informer for each kind that a controller reads."""

    def __init__(self, storage: Storage) -> None:
        self.stateful_sets = Informer(resources.STATEFUL_SETS)
        self.revisions = Informer(
            resources.CONTROLLER_REVISIONS, {"owner": _controllers, "orphan": _orphaned_in_namespace}
        )
        self.pods = Informer(
            resources.PODS,
            {
                "parent": _parent,
                "node": lambda pod: _one(pod["spec"].get("nodeName")),
                "claim": claims_of,
                "label": _labels,
                "namespace": _namespace,
            },
        )
        self.claims = Informer(resources.CLAIMS, {"class": _class})
        self.volumes = Informer(resources.VOLUMES, {"claim": _claim_of_volume, "free": _class_of_free})
        self.classes = Informer(resources.STORAGE_CLASSES)
        self.services = Informer(resources.SERVICES, {"selector": _first_selected_label})
        self.slices = Informer(resources.ENDPOINT_SLICES, {"service": _service})
        self.budgets = Informer(resources.BUDGETS, {"namespace": _namespace})
        self.nodes = Informer(resources.NODES)
        self.leases = Informer(resources.LEASES)
        self.attachments = Informer(
            resources.VOLUME_ATTACHMENTS,
            {
                "node": lambda one: _one(one["spec"].get("nodeName")),
                "volume": lambda one: _one(one["spec"].get("source", {}).get("persistentVolumeName")),
            },
        )
        self.quotas = Informer(resources.RESOURCE_QUOTAS)
        self.namespaces = Informer(resources.NAMESPACES)
        self.service_accounts = Informer(resources.SERVICE_ACCOUNTS)
        self._by_plural = {
            informer.resource.plural: informer for informer in vars(self).values() if isinstance(informer, Informer)
        }
        self._any_handlers: list[Callable[[WatchEvent], None]] = []
        for informer in self._by_plural.values():
            for obj in storage.list(informer.resource):
                informer.receive(WatchEvent("ADDED", informer.resource, obj, None, storage.resource_version))
        self.stop = storage.subscribe(self._receive)

    def on_any_change(self, callback: Callable[[WatchEvent], None]) -> None:
        """Call `callback` with every change of any kind, after the kind's own handlers."""
        self._any_handlers.append(callback)

    def _receive(self, event: WatchEvent) -> None:
        informer = self._by_plural.get(event.resource.plural)
        if informer is not None:
            informer.receive(event)
        for callback in self._any_handlers:
            callback(event)


def controller_of(obj: Object) -> Object | None:
    """The owner reference of the object's controller (metav1.GetControllerOf)."""
    for reference in obj["metadata"].get("ownerReferences") or ():
        if reference.get("controller"):
            return reference  # type: ignore[no-any-return]
    return None


def claims_of(pod: Object) -> list[str]:
    """`namespace/name` of every PVC of a pod's volumes, ephemeral ones included."""
    namespace = pod["metadata"]["namespace"]
    found = []
    for volume in pod["spec"].get("volumes") or ():
        if "persistentVolumeClaim" in volume:
            found.append(f"{namespace}/{volume['persistentVolumeClaim']['claimName']}")
        elif "ephemeral" in volume:
            found.append(f"{namespace}/{ephemeral_claim_name(pod, volume)}")
    return found


def ephemeral_claim_name(pod: Object, volume: Object) -> str:
    """The PVC of a generic ephemeral volume."""
    return f"{pod['metadata']['name']}-{volume['name']}"


def parent_key(namespace: str, parent: str) -> str:
    return f"{namespace}/{parent}"


def label_key(namespace: str, name: str, value: str) -> str:
    return f"{namespace}/{name}={value}"


def _one(value: str | None) -> tuple[str, ...]:
    return (value,) if value else ()


def _namespace(obj: Object) -> tuple[str, ...]:
    return (obj["metadata"]["namespace"],)


def _parent(pod: Object) -> tuple[str, ...]:
    metadata = pod["metadata"]
    parent, ordinal = parent_and_ordinal(metadata["name"])
    return (parent_key(metadata["namespace"], parent),) if ordinal >= 0 else ()


def _labels(pod: Object) -> list[str]:
    metadata = pod["metadata"]
    return [label_key(metadata["namespace"], *label) for label in (metadata.get("labels") or {}).items()]


def _controllers(obj: Object) -> tuple[str, ...]:
    controller = controller_of(obj)
    return (controller["uid"],) if controller else ()


def _orphaned_in_namespace(obj: Object) -> tuple[str, ...]:
    return () if controller_of(obj) else (obj["metadata"]["namespace"],)


def _class(claim: Object) -> tuple[str, ...]:
    return _one(class_of(claim))


def _claim_of_volume(volume: Object) -> tuple[str, ...]:
    reference = volume["spec"].get("claimRef")
    return (f"{reference.get('namespace', '')}/{reference['name']}",) if reference else ()


def _class_of_free(volume: Object) -> tuple[str, ...]:
    """The class of an unbound volume; `-` for none."""
    return () if volume["spec"].get("claimRef") else (class_of(volume) or "-",)


def _service(endpoint_slice: Object) -> tuple[str, ...]:
    metadata = endpoint_slice["metadata"]
    name = (metadata.get("labels") or {}).get("kubernetes.io/service-name")
    return (f"{metadata['namespace']}/{name}",) if name else ()


def _first_selected_label(service: Object) -> tuple[str, ...]:
    """One label that every pod of the Service must have.

    It is enough to find the few candidates of a pod.
    """
    selector = service["spec"].get("selector")
    if not selector:
        return ()
    name = min(selector)
    return (label_key(service["metadata"]["namespace"], name, selector[name]),)
