"""All stored objects, with the semantics of kube-apiserver's registry over etcd.

Source: k8s.io/apiserver/pkg/registry/generic/registry/store.go and pkg/registry/rest/{create,update,delete}.go, with
the strategies in kubernetes/pkg/registry. Everything is synchronous: when a call returns, the write is done and every
subscriber has received it.
"""

from __future__ import annotations

import bisect
import random
import uuid
from collections import deque
from collections.abc import Callable

from stsview.clock import Clock
from stsview.simulator.apiserver.admission import plugins, webhooks
from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.feature_gates import Gates
from stsview.simulator.apiserver.resources import CUSTOM_RESOURCE_DEFINITIONS, NAMESPACES, SERVICES, Kinds, Resource
from stsview.simulator.apiserver.storage import custom_resources, deletion, managed_fields
from stsview.simulator.apiserver.storage.field_sets import FieldSet
from stsview.simulator.apiserver.storage.history import History, WatchEvent
from stsview.simulator.apiserver.validation import defaults, validation
from stsview.simulator.apiserver.wire import Object, copy_object, timestamp

MANAGER = "kube-apiserver"
SYSTEM_NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")
_UNSAID: tuple[object, ...] = (None, {}, [])
"""Values of metadata that the server does not write (omitempty)."""
_SUFFIX_LETTERS = "bcdfghjklmnpqrstvwxz2456789"


class Storage:
    """All objects, one resource version counter, and the recent history.

    Objects are copied when they are stored. Returned objects are the stored ones: they never change, and callers must
    not change them. Randomness comes from `seed` and time from `clock`, so the same calls in the same order produce the
    same objects.
    """

    def __init__(self, clock: Clock, seed: int = 0, *, history_limit: int = 10_000, gates: Gates | None = None) -> None:
        self.clock = clock
        self.gates = gates or Gates()
        self.random = random.Random(seed)
        self.history = History(history_limit)
        self.kinds = Kinds()
        self._objects: dict[Resource, dict[str, Object]] = {resource: {} for resource in self.kinds}
        self._keys: dict[Resource, list[str]] = {resource: [] for resource in self.kinds}
        self._rv = 0
        self._subscribers: list[Callable[[WatchEvent], None]] = []
        self._undelivered: deque[WatchEvent] = deque()
        self._delivering = False
        self.webhooks: dict[str, webhooks.Webhook] = {}
        """Validating webhooks by name."""
        self.admitters: list[Callable[[Resource, Object], None]] = []
        """Called with each object before its creation, including dry runs. Raises `ApiError` to refuse it."""
        self.update_admitters: list[Callable[[Resource, Object, Object], None]] = []
        """Called with each object before and after an update, except of a subresource."""
        self.subscribe(self._on_definition)
        for name in SYSTEM_NAMESPACES:
            self.create(NAMESPACES, {"metadata": {"name": name}}, manager=MANAGER)

    @property
    def resource_version(self) -> int:
        """The resource version of the latest write of any kind."""
        return self._rv

    def subscribe(self, callback: Callable[[WatchEvent], None]) -> Callable[[], None]:
        """Call `callback` with every event from now on, in order.

        The returned function unsubscribes, and may be called again. Callbacks run within the write; events of writes by
        a callback are delivered after all subscribers have received the current event.
        """
        self._subscribers.append(callback)

        def end() -> None:
            if callback in self._subscribers:
                self._subscribers.remove(callback)

        return end

    def get(self, resource: Resource, namespace: str, name: str) -> Object:
        """The stored object. Raises `ApiError` 404."""
        found = self.find(resource, namespace, name)
        if found is None:
            raise ApiError.not_found(resource, name)
        return found

    def find(self, resource: Resource, namespace: str, name: str) -> Object | None:
        """The stored object, or None."""
        return self._objects[resource].get(_key(resource, namespace, name))

    def list(
        self,
        resource: Resource,
        namespace: str | None = None,
        selector: Callable[[Object], bool] | None = None,
    ) -> list[Object]:
        """The objects of one kind in order of their keys.

        In one namespace, or in all if it is None or empty.
        """
        objects = self._objects[resource]
        keys = self._keys[resource]
        if namespace and resource.namespaced:
            keys = keys[bisect.bisect_left(keys, f"{namespace}/") : bisect.bisect_left(keys, f"{namespace}0")]
        found = [objects[key] for key in keys]
        return found if selector is None else [obj for obj in found if selector(obj)]

    def create(
        self,
        resource: Resource,
        obj: Object,
        *,
        manager: str = "",
        dry_run: bool = False,
        applied: FieldSet | None = None,
    ) -> Object:
        """Store a new object, after defaulting and admission.

        Raises the `ApiError` that the server would return. `applied` are the fields that a server-side apply declares,
        here and in `update`.
        """
        new = _in_order(resource, copy_object(obj))
        metadata = new["metadata"]
        for name in ("uid", "resourceVersion", "creationTimestamp", "deletionTimestamp", "managedFields"):
            metadata.pop(name, None)
        metadata.pop("deletionGracePeriodSeconds", None)
        if not metadata.get("name") and metadata.get("generateName"):
            metadata["name"] = metadata["generateName"] + self.random_suffix()
        if not resource.namespaced:
            metadata.pop("namespace", None)
        metadata["uid"] = str(uuid.UUID(int=self.random.getrandbits(128), version=4))
        metadata["creationTimestamp"] = timestamp(self.clock.now())
        metadata.pop("generation", None)
        if resource.counts_generations:
            metadata["generation"] = 1
        if "status" in resource.subresources:
            new.pop("status", None)
        defaults.apply(self, resource, new)
        managed_fields.record(
            resource, None, new, manager=manager, subresource="", now=self.clock.now(), applied=applied
        )
        plugins.admit_create(self, resource, new)
        validation.check_create(resource, new)
        webhooks.review(self.webhooks, "CREATE", resource, metadata.get("namespace", ""))
        for admit in self.admitters:
            admit(resource, new)
        if (taken := self.find(resource, metadata.get("namespace", ""), metadata["name"])) is not None:
            deleting = "deletionTimestamp" in taken["metadata"]
            raise ApiError.already_exists(resource, metadata["name"], deleting=deleting)
        if not dry_run:
            self._commit("ADDED", resource, new, None)
        return new

    def load(self, resource: Resource, obj: Object) -> Object:
        """Store an object as it is, in place of one of the same name: no defaults, no admission, no event.

        It keeps its uid, times, status, and resourceVersion, as in a restore of etcd; what is missing of the first and
        the last is added. Watches can only start after it. Raises ValueError for an object without a name.
        """
        new = _in_order(resource, copy_object(obj))
        metadata = new["metadata"]
        if "managedFields" in metadata:
            metadata["managedFields"] = [_complete_entry(resource, entry) for entry in metadata["managedFields"]]
        if not isinstance(metadata.get("name"), str):
            raise ValueError(f"a {resource.kind} without a name")
        if resource.namespaced:
            metadata.setdefault("namespace", "default")
        else:
            metadata.pop("namespace", None)
        metadata.setdefault("uid", str(uuid.UUID(int=self.random.getrandbits(128), version=4)))
        version = str(metadata.setdefault("resourceVersion", str(self._rv + 1)))
        self._rv = max(self._rv, int(version) if version.isdecimal() else 0)
        key = _key(resource, metadata.get("namespace", ""), metadata["name"])
        if key not in self._objects[resource]:
            bisect.insort(self._keys[resource], key)
        self._objects[resource][key] = new
        if resource is CUSTOM_RESOURCE_DEFINITIONS:
            self._define(new)
        self.compact()
        return new

    def update(
        self,
        resource: Resource,
        obj: Object,
        *,
        subresource: str = "",
        manager: str = "",
        dry_run: bool = False,
        applied: FieldSet | None = None,
    ) -> Object:
        """Replace an object, or its status.

        Raises the `ApiError` that the server would return: checks the resourceVersion and the uid if `obj` has them.
        The main endpoint ignores the status, and `subresource="status"` the spec. An update without a change writes
        nothing: no event, no new resource version. Removing the last finalizer of a deleted object removes it.
        """
        metadata = obj.get("metadata") or {}
        name = metadata.get("name", "")
        old = self.get(resource, metadata.get("namespace", ""), name)
        if (uid := metadata.get("uid")) and uid != old["metadata"]["uid"]:
            why = f"Precondition failed: UID in precondition: {uid}, UID in object meta: {old['metadata']['uid']}"
            raise ApiError.conflict(resource, name, why)
        if (rv := metadata.get("resourceVersion")) and rv != old["metadata"]["resourceVersion"]:
            raise ApiError.conflict(resource, name)
        return self._replace(resource, old, copy_object(obj), subresource, manager, dry_run, applied)

    def modify(
        self,
        resource: Resource,
        namespace: str,
        name: str,
        change: Callable[[Object], None],
        *,
        subresource: str = "",
        manager: str = "",
    ) -> Object:
        """Read, let `change` modify a private copy, write.

        Raises `ApiError` as `get` and `update` do. `metadata.managedFields` of the copy is shared: do not change it.
        """
        old = self.get(resource, namespace, name)
        new = copy_object(old)
        change(new)
        return self._replace(resource, old, new, subresource, manager, dry_run=False)

    def delete(
        self,
        resource: Resource,
        namespace: str,
        name: str,
        *,
        grace_seconds: int | None = None,
        uid: str | None = None,
        resource_version: str | None = None,
        propagation: str | None = None,
        dry_run: bool = False,
    ) -> Object:
        """Delete an object, or mark it for deletion.

        A marked object stays while its grace period runs or finalizers remain. Returns the object's last state; `find`
        shows whether it is gone. `propagation` is `Background` (the default), `Foreground` or `Orphan`; the latter two
        only add the finalizer for the garbage collector.
        """
        old = self.get(resource, namespace, name)
        deletion.check_preconditions(resource, old, uid, resource_version)
        webhooks.review(self.webhooks, "DELETE", resource, namespace)
        outcome = deletion.begin(
            resource, old, now=self.clock.now(), grace_seconds=grace_seconds, propagation=propagation
        )
        if dry_run:
            return outcome.object
        if outcome.changed:
            self._commit("MODIFIED", resource, outcome.object, old)
        if outcome.gone:
            return self._remove(resource, outcome.object)
        return outcome.object

    def remove_now(self, resource: Resource, namespace: str, name: str) -> Object:
        """Remove an object without grace period or finalizers, as by an edit in etcd."""
        return self._remove(resource, self.get(resource, namespace, name))

    def compact(self, through: int | None = None) -> None:
        """Drop the history up to a resource version, by default all of it.

        Watches that resume from before are answered with 410.
        """
        self.history.compact(self._rv if through is None else through)

    def random_suffix(self, length: int = 5) -> str:
        """Letters and digits, as `generateName` appends them."""
        return "".join(self.random.choice(_SUFFIX_LETTERS) for _ in range(length))

    def _replace(
        self,
        resource: Resource,
        old: Object,
        given: Object,
        subresource: str,
        manager: str,
        dry_run: bool,
        applied: FieldSet | None = None,
    ) -> Object:
        new = _carry_over(resource, old, given, subresource)
        defaults.apply(self, resource, new)
        if old == new and applied is None:
            return old
        managed_fields.record(
            resource, old, new, manager=manager, subresource=subresource, now=self.clock.now(), applied=applied
        )
        if old == new:
            return old
        validation.check_update(resource, old, new, subresource)
        plugins.admit_update(self, resource, old, new)
        webhooks.review(self.webhooks, "UPDATE", resource, new["metadata"].get("namespace", ""), subresource)
        if not subresource:
            for admit in self.update_admitters:
                admit(resource, old, new)
        if subresource != "binding" and deletion.spec_changed(resource, old, new):
            new["metadata"]["generation"] = old["metadata"].get("generation", 0) + 1
        if deletion.is_complete(resource, new):
            return old if dry_run else self._remove(resource, old)
        if not dry_run:
            self._commit("MODIFIED", resource, new, old)
        return new

    def _remove(self, resource: Resource, last: Object) -> Object:
        gone = {**last, "metadata": dict(last["metadata"])}
        self._commit("DELETED", resource, gone, last)
        return gone

    def _commit(self, type_: str, resource: Resource, obj: Object, previous: Object | None) -> None:
        self._rv += 1
        obj["metadata"]["resourceVersion"] = str(self._rv)
        key = _key(resource, obj["metadata"].get("namespace", ""), obj["metadata"]["name"])
        if type_ == "DELETED":
            del self._objects[resource][key]
            keys = self._keys[resource]
            del keys[bisect.bisect_left(keys, key)]
        else:
            if type_ == "ADDED":
                bisect.insort(self._keys[resource], key)
            self._objects[resource][key] = obj
        event = WatchEvent(type_, resource, obj, previous, self._rv)
        self.history.append(event)
        self._deliver(event)

    def _on_definition(self, event: WatchEvent) -> None:
        """Serve the kind of a CustomResourceDefinition, or drop it with its objects."""
        if event.resource is not CUSTOM_RESOURCE_DEFINITIONS:
            return
        if event.type == "ADDED":
            self._define(event.object)
            name = event.object["metadata"]["name"]
            status = custom_resources.established(event.object, timestamp(self.clock.now()))
            self.modify(
                event.resource, "", name, lambda one: one.update(status=status), subresource="status", manager=MANAGER
            )
        elif event.type == "DELETED":
            resource = custom_resources.resource_of(event.object)
            served = resource and self.kinds.by_path(resource.group, resource.version, resource.plural)
            if served is not None and served.custom:
                for obj in self.list(served):
                    self.remove_now(served, obj["metadata"].get("namespace", ""), obj["metadata"]["name"])
                self.kinds.remove(served)

    def _define(self, definition: Object) -> None:
        resource = custom_resources.resource_of(definition)
        if resource is None or self.kinds.by_path(resource.group, resource.version, resource.plural) is not None:
            return
        self._objects[resource], self._keys[resource] = {}, []
        self.kinds.add(resource)

    def _deliver(self, event: WatchEvent) -> None:
        self._undelivered.append(event)
        if self._delivering:
            return
        self._delivering = True
        try:
            while self._undelivered:
                due = self._undelivered.popleft()
                for callback in tuple(self._subscribers):
                    callback(due)
        finally:
            self._delivering = False


def _key(resource: Resource, namespace: str, name: str) -> str:
    return f"{namespace}/{name}" if resource.namespaced else name


def _complete_entry(resource: Resource, entry: Object) -> Object:
    """An entry of managedFields with all that the storage reads of it."""
    needed = {"manager": "unknown", "operation": "Update", "apiVersion": resource.api_version, "fieldsV1": {}}
    return {**needed, **entry}


def _in_order(resource: Resource, obj: Object) -> Object:
    """The object with kind, apiVersion and metadata first, as the server writes them."""
    rest = {name: value for name, value in obj.items() if name not in ("kind", "apiVersion", "metadata")}
    metadata = {name: value for name, value in (obj.get("metadata") or {}).items() if value not in _UNSAID}
    return {"kind": resource.kind, "apiVersion": resource.api_version, "metadata": metadata, **rest}


def _carry_over(resource: Resource, old: Object, given: Object, subresource: str) -> Object:
    """`given` with the fields of `old` that this endpoint cannot change."""
    new = _in_order(resource, given)
    metadata, was = new["metadata"], old["metadata"]
    for name in (
        "namespace",
        "uid",
        "resourceVersion",
        "generation",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "generateName",
        "managedFields",
    ):
        if name in was:
            metadata[name] = was[name]
        else:
            metadata.pop(name, None)
    if resource is SERVICES:
        for name in ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"):
            if name in old["spec"] and not new["spec"].get(name):
                new["spec"][name] = old["spec"][name]
    if "status" not in resource.subresources:
        return new
    if resource is NAMESPACES and subresource != "finalize":
        new.setdefault("spec", {})["finalizers"] = old["spec"].get("finalizers")
    if subresource == "status":
        kept = {name: value for name, value in old.items() if name not in ("kind", "apiVersion", "metadata", "status")}
        status = {"status": new["status"]} if "status" in new else {}
        return {"kind": new["kind"], "apiVersion": new["apiVersion"], "metadata": metadata, **kept, **status}
    if subresource == "binding":
        # assigning a node sets PodScheduled in the same write (BindingREST.setPodHostAndAnnotations)
        return new
    new.pop("status", None)
    if "status" in old:
        new["status"] = old["status"]
    return new
