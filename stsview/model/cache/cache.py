"""The objects that are held, and the sets that each of them affects."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Set
from functools import cached_property
from typing import Any, TypeVar, cast

import msgspec
from msgspec.structs import replace

from stsview.model.cache.claim_owners import sets_of_claim
from stsview.model.cache.coverage import UNREADABLE, Coverage, KindCoverage
from stsview.model.cache.deferred import DeferredCollection, DeferredMapping
from stsview.model.cache.dependents import Dependents
from stsview.model.cache.former_set import former_set, is_orphan, orphaned_from
from stsview.model.cache.held_events import HeldEvents
from stsview.model.cache.index_functions import (
    DEFAULT_CLASS,
    Label,
    claim_bases,
    class_of_claim,
    default_class,
    governing_service,
    label_of_budget,
    label_of_headless,
    mounted_claims,
    ordinary_labels,
    otherwise_named_claims,
    own_uid,
    owner_uid,
    parents,
    scaled_set,
    selected_node,
    service_of_slice,
    template_labels,
    volume_of_attachment,
)
from stsview.model.cache.indexer import Indexer
from stsview.model.cache.set_objects import LOADING, SetObjects
from stsview.model.cache.undecodable import UndecodableObjects, affected_key
from stsview.model.names import parent_key
from stsview.model.packing import Packing
from stsview.objects.autoscaler import HorizontalPodAutoscaler
from stsview.objects.budget import PodDisruptionBudget
from stsview.objects.claim import PersistentVolumeClaim
from stsview.objects.kinds import (
    ATTACHMENTS,
    AUTOSCALERS,
    BUDGETS,
    CLAIMS,
    CLASSES,
    ENDPOINT_SLICES,
    EVENTS,
    LEASES,
    NAMED_PODS,
    NODES,
    PODS,
    REVISIONS,
    SERVICES,
    STATEFULSETS,
    VOLUMES,
    WATCHED,
    Kind,
    KubernetesObject,
)
from stsview.objects.lease import LEASE_NAMESPACE, Lease
from stsview.objects.meta import Key, LabelSelector
from stsview.objects.network import EndpointSlice, Service
from stsview.objects.node import Node
from stsview.objects.pod import Pod
from stsview.objects.statefulset import ControllerRevision, StatefulSet
from stsview.objects.stream_messages import Applied, Batch
from stsview.objects.volume import PersistentVolume, StorageClass, VolumeAttachment

_AROUND = (*(kind for kind in WATCHED if kind is not STATEFULSETS), LEASES)
_BATCH = 200
"""Objects that are decoded at a time where all are wanted: a millisecond of work."""

_FIRST_LISTED = frozenset(kind.name for kind in WATCHED if kind is not STATEFULSETS)

T = TypeVar("T", bound=KubernetesObject)


class _Workload(msgspec.Struct, frozen=True, dict=True):
    """The pods and claims of a set, and the names of the objects that they refer to."""

    pods: dict[str, Pod]
    named_pods: dict[str, Pod]
    claims: Mapping[str, PersistentVolumeClaim]
    nodes: set[str]
    """Those that its pods are on."""
    attachments: Collection[VolumeAttachment]
    pod_labels: set[Label]
    """Every label of its pods that other pods may have too."""

    @cached_property
    def volumes(self) -> set[str]:
        return _volumes_of(self.claims)

    @cached_property
    def classes(self) -> set[str]:
        return {name for claim in self.claims.values() for name in class_of_claim(claim)}

    @cached_property
    def all_nodes(self) -> set[str]:
        """Also those that its volumes are attached to, or are to be provisioned for."""
        selected = {node for claim in self.claims.values() for node in selected_node(claim)}
        return self.nodes | selected | {one.spec.node_name for one in self.attachments if one.spec.node_name}


class Cache:
    """Applies changes and returns the affected sets, whatever the number of objects.

    An object that equals the one held affects nothing. One of another uid under the same name replaces the former one;
    the deletion of an object whose uid is not the one held is outdated and ignored.
    """

    def __init__(self) -> None:
        self._sets: Indexer[StatefulSet] = Indexer(
            Packing(StatefulSet), service=governing_service, base=claim_bases, uid=own_uid, label=template_labels
        )
        self._pods: Indexer[Pod] = Indexer(
            Packing(Pod), parent=parents, claim=otherwise_named_claims, orphan=orphaned_from
        )
        self._named_pods: Indexer[Pod] = Indexer(parent=parents, claim=otherwise_named_claims)
        self._claims: Indexer[PersistentVolumeClaim] = Indexer(Packing(PersistentVolumeClaim), base=parents)
        self._services: Indexer[Service] = Indexer(Packing(Service), label=label_of_headless)
        self._slices: Indexer[EndpointSlice] = Indexer(Packing(EndpointSlice), service=service_of_slice)
        self._revisions: Indexer[ControllerRevision] = Indexer(Packing(ControllerRevision), owner=owner_uid)
        self._nodes: Indexer[Node] = Indexer()
        self._budgets: Indexer[PodDisruptionBudget] = Indexer(Packing(PodDisruptionBudget), label=label_of_budget)
        self._volumes: Indexer[PersistentVolume] = Indexer(Packing(PersistentVolume))
        self._classes: Indexer[StorageClass] = Indexer(default=default_class)
        self._attachments: Indexer[VolumeAttachment] = Indexer(Packing(VolumeAttachment), volume=volume_of_attachment)
        self._autoscalers: Indexer[HorizontalPodAutoscaler] = Indexer(target=scaled_set)
        self._events = HeldEvents(self._sets, self._pods, self._claims)
        self._leases: Indexer[Lease] = Indexer()
        self._by_node = Dependents()
        self._by_volume = Dependents()
        """Without volumes that are bound to a claim of the set: their claim leads to it."""
        self._by_class = Dependents()
        self._by_pod_label = Dependents()
        """By namespace and label, without labels of its template."""
        self._by_selecting_label = Dependents()
        """By namespace and label: sets without a headless Service of their own, which other Services may affect."""
        self._kinds: dict[str, tuple[Indexer[Any], Callable[[Any], Iterator[Key]]]] = {
            STATEFULSETS.name: (self._sets, lambda stateful: iter((stateful.metadata.key,))),
            PODS.name: (self._pods, self._set_of_pod),
            NAMED_PODS.name: (self._named_pods, self._set_of_pod),
            CLAIMS.name: (self._claims, lambda claim: self._sets_of_claim(claim.metadata.key)),
            SERVICES.name: (self._services, self._sets_of_service),
            ENDPOINT_SLICES.name: (self._slices, self._sets_of_slice),
            REVISIONS.name: (self._revisions, self._sets_of_revision),
            NODES.name: (self._nodes, self._sets_on_node),
            BUDGETS.name: (self._budgets, self._sets_of_budget),
            VOLUMES.name: (self._volumes, self._sets_of_volume),
            CLASSES.name: (self._classes, self._sets_of_class),
            ATTACHMENTS.name: (self._attachments, self._sets_of_attachment),
            AUTOSCALERS.name: (self._autoscalers, self._sets_scaled),
            EVENTS.name: (self._events, self._events.sets_of),
            LEASES.name: (self._leases, self._sets_on_node),
        }
        self._gone: dict[str, dict[Key, None]] = {}
        """By namespace: sets that are gone while their pods live. No index leads to them."""
        self._coverage: dict[tuple[str, str], KindCoverage] = {}
        self._coverage_in: dict[str, tuple[dict[str, KindCoverage], frozenset[str]]] = {}
        """By namespace: coverage by kind, and the kinds that are readable; until the coverage changes."""
        self._malformed = UndecodableObjects()

    def apply(self, batch: Batch) -> set[Key]:
        """Apply the changes.

        Returns the keys of the sets that they affect, removed sets included. The heartbeat of a node affects none: it
        only postpones the time at which the node counts as silent.
        """
        indexer, sets_of = self._kinds[batch.kind.name]
        touched: set[Key] = set()
        for change in batch.changes:
            if isinstance(change, Applied):
                self._put(indexer, sets_of, change.object, touched)
            else:
                key = change.object.metadata.key
                held = indexer.get(key)
                if held is not None and held.metadata.uid == change.object.metadata.uid:
                    self._remove(indexer, sets_of, key, touched)
        for key in _unlisted(indexer, batch):
            self._remove(indexer, sets_of, key, touched)
        if self._gone:
            for change in batch.changes:
                touched.update(self._gone.get(change.object.metadata.namespace, ()))
        if batch.kind.name == EVENTS.name:
            self._forget_strays()
        return touched

    def is_first_list(self, batch: Batch) -> bool:
        """Whether the batch is part of a list before whose end the kind does not count as read.

        `cover` returns all sets when that list is complete.
        """
        name = batch.kind.name
        return name in _FIRST_LISTED and self._covered(batch.kind, batch.namespace).coverage is Coverage.LOADING

    def load(self, batch: Batch) -> None:
        """As `apply`, in a fraction of the time, without finding out which sets are affected."""
        indexer, _ = self._kinds[batch.kind.name]
        for change in batch.changes:
            if isinstance(change, Applied):
                indexer.put(change.object)
            else:
                key = change.object.metadata.key
                held = indexer.get(key)
                if held is not None and held.metadata.uid == change.object.metadata.uid:
                    indexer.remove(key)
        for key in _unlisted(indexer, batch):
            indexer.remove(key)
        if batch.kind.name == EVENTS.name:
            self._forget_strays()

    def cover(self, kind: Kind, namespace: str, coverage: KindCoverage | None) -> set[Key]:
        """Record how much of a kind is known, in one namespace or (empty) in all.

        Returns the sets whose view that may change. None: the kind is no longer read there, or only as part of all
        namespaces. Objects of a kind that is forbidden, absent or no longer read are dropped, since they become stale.
        """
        at = (kind.name, namespace)
        if self._coverage.get(at) == coverage:
            return set()
        touched = self._touched_by(kind, namespace, coverage)
        self._coverage_in.clear()
        self._malformed.update(kind, namespace, coverage)
        if coverage is None:
            del self._coverage[at]
        else:
            self._coverage[at] = coverage
        if coverage is None:
            self._drop(kind, namespace, (Coverage.LOADING, *UNREADABLE))
        elif coverage.coverage in UNREADABLE:
            self._drop(kind, namespace, UNREADABLE)
        self._forget_strays()
        return touched

    def _touched_by(self, kind: Kind, namespace: str, coverage: KindCoverage | None) -> set[Key]:
        """The sets whose view the new coverage may change."""
        former = self._coverage.get((kind.name, namespace))
        everything = {*self._sets.keys(namespace), *self._gone_keys(namespace)}
        if former is None or coverage is None or replace(former, malformed=coverage.malformed) != coverage:
            return everything
        differ = {affected_key(kind, key) for key in former.malformed ^ coverage.malformed}
        if kind is PODS:
            return differ & everything
        index = {CLAIMS.name: "base", SERVICES.name: "service"}.get(kind.name)
        if index is None:
            return everything
        return {key for at in differ for key in self._sets.keys_by(index, at.namespace, at.name)}

    @property
    def set_keys(self) -> list[Key]:
        """Keys of all sets that are held, and of those that are gone while their pods live."""
        return [*self._sets.keys(), *self._gone_keys("")]

    @property
    def set_count(self) -> int:
        return len(self._sets)

    @property
    def coverage(self) -> Mapping[tuple[Kind, str], KindCoverage]:
        """By kind and namespace, as `cover` was given it."""
        kinds = {kind.name: kind for kind in (*WATCHED, LEASES)}
        return {(kinds[name], namespace): known for (name, namespace), known in self._coverage.items()}

    def get(self, kind: Kind, key: Key) -> KubernetesObject | None:
        """One object that is held."""
        found: KubernetesObject | None = self._kinds[kind.name][0].get(key)
        return found

    def coverage_of(self, kind: Kind, namespace: str) -> KindCoverage | None:
        """What `cover` was given last for a kind and a namespace."""
        return self._coverage.get((kind.name, namespace))

    def contents(self) -> Iterator[Batch]:
        """All objects, in batches of one kind; what changes between two batches is in the batches that follow."""
        for kind in (*WATCHED, NAMED_PODS, LEASES):
            indexer, _ = self._kinds[kind.name]
            keys = indexer.keys()
            for at in range(0, len(keys), _BATCH):
                held = (indexer.get(key) for key in keys[at : at + _BATCH])
                yield Batch(kind, tuple(Applied(one) for one in held if one is not None))

    def all_nodes(self) -> Mapping[str, Node] | None:
        """By name; None unless all were read."""
        if self._covered(NODES, "").coverage is not Coverage.COMPLETE:
            return None
        return self._nodes.among(self._nodes.names(""))

    def objects_of(self, key: Key, *, defer_storage: bool = False) -> SetObjects | None:
        """A set and the objects around it.

        None when there is no such set.

        `defer_storage`: claims, volumes, classes, and attachments are read when they are first used, before the next
        change. Only for a set that has had the same ones, the same pods, and these on the same nodes, since its objects
        were last collected.
        """
        stateful = self._sets.get(key)
        gone = stateful is None
        if stateful is None:
            stateful = self._former_set(key)
        self._record_gone(key, gone=gone and stateful is not None)
        if stateful is None:
            self._record(key)
            return None
        coverage, readable = self._readable_in(key.namespace)
        if self._malformed:
            coverage, defer_storage = dict(coverage), False
        held = self._workload_of(stateful, readable, defer_storage=defer_storage)
        if self._malformed:
            self._mark_undecodable(coverage, stateful, held)
        nodes = cast("Iterable[str]", self._by_node.looked_up(key)) if defer_storage else held.all_nodes
        around = self._around(stateful, held, nodes, readable, coverage)
        if gone:
            around = replace(around, gone=True)
        self._record(key, around, held, storage=not defer_storage)
        return around

    def alone(self, key: Key) -> SetObjects | None:
        """As `objects_of` when nothing but the set had been read: a view that can be had for little."""
        stateful = self._sets.get(key)
        return SetObjects(stateful) if stateful is not None else None

    def _gone_keys(self, namespace: str) -> list[Key]:
        """Sets that may be gone while their pods live, in one namespace or in all."""
        return [key for key in self._pods.indexed_keys("orphan", namespace) if key not in self._sets]

    def _former_set(self, key: Key) -> StatefulSet | None:
        """The set that is gone while its pods live; None where that is not so, or cannot be told."""
        if not self._pods.names_by("orphan", key.namespace, key.name):
            return None
        if any(self._covered(kind, key.namespace).coverage is not Coverage.COMPLETE for kind in (STATEFULSETS, PODS)):
            return None
        pods = self._pods.by("orphan", key.namespace, key.name).values()
        mounted = [name for pod in pods for name in mounted_claims(pod)]
        return former_set(key, pods, self._claims.among(mounted, key.namespace))

    def _record_gone(self, key: Key, *, gone: bool) -> None:
        if gone:
            self._gone.setdefault(key.namespace, {})[key] = None
        elif key.namespace in self._gone:
            self._gone[key.namespace].pop(key, None)
            if not self._gone[key.namespace]:
                del self._gone[key.namespace]

    def _readable_in(self, namespace: str) -> tuple[dict[str, KindCoverage], frozenset[str]]:
        known = self._coverage_in.get(namespace)
        if known is None:
            coverage = {kind.name: self._covered(kind, namespace) for kind in _AROUND}
            readable = frozenset(name for name, held in coverage.items() if held.coverage not in UNREADABLE)
            known = self._coverage_in[namespace] = coverage, readable
        return known

    def _record(
        self, key: Key, around: SetObjects | None = None, held: _Workload | None = None, *, storage: bool = True
    ) -> None:
        """Record which objects the set depends on beyond those that name it.

        Without `storage`, its nodes, volumes, and classes are still those that were recorded last.
        """
        if around is None or held is None:
            for dependents in (
                self._by_node,
                self._by_volume,
                self._by_class,
                self._by_pod_label,
                self._by_selecting_label,
            ):
                dependents.record(key, ())
            return
        template: set[Label] = {*around.set.spec.template.metadata.labels.items(), None}
        selecting = template if around.service is None or not around.service.headless else ()
        self._by_pod_label.record(key, [(key.namespace, label) for label in held.pod_labels - template])
        self._by_selecting_label.record(key, [(key.namespace, label) for label in selecting])
        if storage:
            self._by_node.record(key, sorted(held.all_nodes))
            self._by_volume.record(
                key, sorted(name for name in held.volumes if not _is_bound(around.volumes.get(name), around))
            )
            self._by_class.record(key, sorted(held.classes))

    def _workload_of(self, stateful: StatefulSet, readable: Set[str], *, defer_storage: bool) -> _Workload:
        """The pods and claims of a set, and the names of the objects that they refer to."""
        key = stateful.metadata.key
        pods = self._pods.by("parent", key.namespace, key.name) if PODS.name in readable else {}
        named = self._named_pods.by("parent", key.namespace, key.name) if PODS.name in readable else {}
        all_pods = {**named, **pods} if named else pods

        def claims() -> Mapping[str, PersistentVolumeClaim]:
            return self._claims_of(stateful, all_pods) if CLAIMS.name in readable else {}

        def attachments() -> Collection[VolumeAttachment]:
            return self._attachments_of(_volumes_of(held)) if ATTACHMENTS.name in readable else ()

        held = DeferredMapping(claims) if defer_storage else claims()
        return _Workload(
            pods=pods,
            named_pods=named,
            claims=held,
            nodes={pod.spec.node_name for pod in all_pods.values() if pod.spec.node_name},
            attachments=DeferredCollection(attachments) if defer_storage else attachments(),
            pod_labels=ordinary_labels(pods.values()),
        )

    def _around(
        self,
        stateful: StatefulSet,
        held: _Workload,
        nodes: Iterable[str],
        readable: Set[str],
        coverage: dict[str, KindCoverage],
    ) -> SetObjects:
        key = stateful.metadata.key
        service = _service_key(stateful)
        revisions = self._revisions.by("owner", key.namespace, stateful.metadata.uid)
        slices = self._slices.by("service", service.namespace, service.name)
        autoscalers = self._autoscalers.by("target", key.namespace, key.name)
        governing = self._services.get(service) if SERVICES.name in readable else None

        def volumes() -> Mapping[str, PersistentVolume]:
            return self._volumes.among(held.volumes) if VOLUMES.name in readable else {}

        def classes() -> Mapping[str, StorageClass]:
            return self._classes_of(held.classes) if CLASSES.name in readable else {}

        deferred = isinstance(held.claims, DeferredMapping)
        return SetObjects(
            set=stateful,
            pods=held.pods,
            named_pods=held.named_pods,
            claims=held.claims,
            service=governing,
            selecting=self._selecting(stateful, governing) if SERVICES.name in readable else (),
            slices=tuple(slices.values()) if ENDPOINT_SLICES.name in readable else (),
            revisions=tuple(revisions.values()) if REVISIONS.name in readable else (),
            nodes=self._nodes.among(nodes) if NODES.name in readable else {},
            volumes=DeferredMapping(volumes) if deferred else volumes(),
            classes=DeferredMapping(classes) if deferred else classes(),
            attachments=held.attachments,
            budgets=self._budgets_over(stateful, held.pod_labels) if BUDGETS.name in readable else (),
            autoscalers=tuple(autoscalers.values()) if AUTOSCALERS.name in readable else (),
            events=self._events.for_set(stateful, held.pods, held.claims) if EVENTS.name in readable else (),
            leases=self._leases.among(held.nodes, LEASE_NAMESPACE) if LEASES.name in readable else {},
            coverage=coverage,
        )

    def _mark_undecodable(self, coverage: dict[str, KindCoverage], stateful: StatefulSet, held: _Workload) -> None:
        """Count a kind as incomplete where an object that the set needs is undecodable."""
        namespace = stateful.metadata.namespace
        looked_up: tuple[tuple[Kind, Iterable[Key]], ...] = (
            (PODS, (stateful.metadata.key,)),
            (CLAIMS, (Key(namespace, base) for base in claim_bases(stateful))),
            (SERVICES, (_service_key(stateful),)),
            (NODES, (Key("", name) for name in held.all_nodes)),
            (VOLUMES, (Key("", name) for name in held.volumes)),
            (CLASSES, (Key("", name) for claim in held.claims.values() for name in class_of_claim(claim))),
        )
        for kind, keys in looked_up:
            coverage[kind.name] = self._malformed.coverage_for(kind, namespace, coverage[kind.name], keys)

    def _put(
        self,
        indexer: Indexer[Any],
        sets_of: Callable[[Any], Iterator[Key]],
        new: KubernetesObject,
        touched: set[Key],
    ) -> None:
        old = indexer.put(new)
        if old is new or (isinstance(new, Node) and isinstance(old, Node) and new.heartbeat_after(old)):
            return
        if old is not None:
            touched.update(sets_of(old))
        touched.update(sets_of(new))

    def _remove(
        self, indexer: Indexer[Any], sets_of: Callable[[Any], Iterator[Key]], key: Key, touched: set[Key]
    ) -> None:
        touched.update(sets_of(indexer.remove(key)))

    def _forget_strays(self) -> None:
        """Drop events of no set, once all sets are listed.

        The list of events may end long before that of sets.
        """
        known = [coverage for (name, _), coverage in self._coverage.items() if name == STATEFULSETS.name]
        if known and all(coverage.coverage is not Coverage.LOADING for coverage in known):
            self._events.forget_strays()

    def _drop(self, kind: Kind, namespace: str, unknown: Iterable[Coverage]) -> None:
        indexer, _ = self._kinds[kind.name]
        for key in indexer.keys(namespace):
            if self._covered(kind, key.namespace).coverage in unknown:
                indexer.remove(key)

    def _covered(self, kind: Kind, namespace: str) -> KindCoverage:
        in_all = self._coverage.get((kind.name, ""), LOADING)
        return self._coverage.get((kind.name, namespace), in_all)

    def _claims_of(self, stateful: StatefulSet, pods: dict[str, Pod]) -> dict[str, PersistentVolumeClaim]:
        namespace = stateful.metadata.namespace
        claims: dict[str, PersistentVolumeClaim] = {}
        for base in claim_bases(stateful):
            claims.update(self._claims.by("base", namespace, base))
        mounted = {name for pod in pods.values() for name in mounted_claims(pod)}
        if not mounted <= claims.keys():
            claims.update(self._claims.among(sorted(mounted - claims.keys()), namespace))
        return claims

    def _classes_of(self, wanted: Set[str]) -> dict[str, StorageClass]:
        classes = self._classes.among(wanted)
        if DEFAULT_CLASS in wanted:
            classes.update(self._classes.by("default", "", DEFAULT_CLASS))
        return classes

    def _budgets_over(self, stateful: StatefulSet, pod_labels: Set[Label]) -> tuple[PodDisruptionBudget, ...]:
        """Budgets that may select pods of the template, or pods with edited labels."""
        namespace = stateful.metadata.namespace
        labels = {*stateful.spec.template.metadata.labels.items(), *pod_labels, None}
        return tuple(self._budgets.by_any("label", namespace, labels))

    def _set_of_pod(self, pod: Pod) -> Iterator[Key]:
        parent = parent_key(pod.metadata.key)
        if parent is not None and (parent in self._sets or is_orphan(pod)):
            yield parent

    def _sets_of_claim(self, claim: Key) -> Iterator[Key]:
        return iter(sets_of_claim(claim, self._sets, self._pods, self._named_pods))

    def _selecting(self, stateful: StatefulSet, governing: Service | None) -> tuple[Service, ...]:
        namespace = stateful.metadata.namespace
        if governing is not None and governing.headless:
            return ()
        labels = stateful.spec.template.metadata.labels
        found = self._services.by_any("label", namespace, template_labels(stateful))
        return tuple(one for one in found if LabelSelector(match_labels=one.spec.selector).matches(labels))

    def _sets_of_service(self, service: Service) -> Iterator[Key]:
        namespace = service.metadata.namespace
        yield from self._sets.keys_by("service", namespace, service.metadata.name)
        for label in label_of_headless(service):
            yield from self._by_selecting_label.of((namespace, label))

    def _sets_of_slice(self, endpoint_slice: EndpointSlice) -> Iterator[Key]:
        for name in service_of_slice(endpoint_slice):
            yield from self._sets.keys_by("service", endpoint_slice.metadata.namespace, name)

    def _sets_of_revision(self, revision: ControllerRevision) -> Iterator[Key]:
        for owner in owner_uid(revision):
            yield from self._sets.keys_by("uid", revision.metadata.namespace, owner)

    def _sets_on_node(self, node: Node | Lease) -> Iterator[Key]:
        yield from self._by_node.of(node.metadata.name)

    def _attachments_of(self, volumes: Iterable[str]) -> tuple[VolumeAttachment, ...]:
        return tuple(self._attachments.by_any("volume", "", volumes))

    def _sets_of_volume(self, volume: PersistentVolume) -> Iterator[Key]:
        yield from self._by_volume.of(volume.metadata.name)
        claim = Key(volume.spec.claim_ref.namespace, volume.spec.claim_ref.name)
        if claim in self._claims:
            yield from self._sets_of_claim(claim)

    def _sets_of_attachment(self, attachment: VolumeAttachment) -> Iterator[Key]:
        name = attachment.spec.source.persistent_volume_name
        yield from self._by_volume.of(name)
        volume = self._volumes.get(Key("", name))
        if volume is not None:
            yield from self._sets_of_volume(volume)

    def _sets_of_class(self, storage_class: StorageClass) -> Iterator[Key]:
        for name in (storage_class.metadata.name, *default_class(storage_class)):
            yield from self._by_class.of(name)

    def _sets_of_budget(self, budget: PodDisruptionBudget) -> Iterator[Key]:
        namespace = budget.metadata.namespace
        for label in label_of_budget(budget):
            yield from self._sets.keys_by("label", namespace, label)
            yield from self._by_pod_label.of((namespace, label))

    def _sets_scaled(self, autoscaler: HorizontalPodAutoscaler) -> Iterator[Key]:
        for name in scaled_set(autoscaler):
            key = Key(autoscaler.metadata.namespace, name)
            if key in self._sets:
                yield key


def _unlisted(indexer: Indexer[Any], batch: Batch) -> list[Key]:
    """The objects of which the batch tells that they no longer exist, as they are not in the list that it completes."""
    if not batch.replace:
        return []
    named: dict[str, set[str]] = {}
    for change in batch.changes:
        metadata = change.object.metadata
        names = named.setdefault(metadata.namespace, set())
        if isinstance(change, Applied):
            names.add(metadata.name)
        else:
            names.discard(metadata.name)
    return indexer.others(batch.namespace, named, batch.listed)


def _volumes_of(claims: Mapping[str, PersistentVolumeClaim]) -> set[str]:
    return {claim.spec.volume_name for claim in claims.values() if claim.spec.volume_name}


def _is_bound(volume: PersistentVolume | None, around: SetObjects) -> bool:
    """Whether a volume names a claim of the set that names the volume."""
    if volume is None or volume.spec.claim_ref.namespace != around.set.metadata.namespace:
        return False
    claim = around.claims.get(volume.spec.claim_ref.name)
    return claim is not None and claim.spec.volume_name == volume.metadata.name


def _service_key(stateful: StatefulSet) -> Key:
    return Key(stateful.metadata.namespace, stateful.spec.service_name)
