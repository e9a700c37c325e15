"""The objects that are held, and the sets that each of them affects."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, cast

from msgspec.structs import replace

from stsview.model.cache.affected_sets import AffectedSets
from stsview.model.cache.coverage import UNREADABLE, Coverage, KindCoverage
from stsview.model.cache.dependencies import Dependencies
from stsview.model.cache.former_set import former_set
from stsview.model.cache.held_objects import HeldObjects
from stsview.model.cache.index_functions import (
    claim_bases,
    class_of_claim,
    mounted_claims,
)
from stsview.model.cache.indexer import Indexer
from stsview.model.cache.set_collection import SetCollection, Workload, service_key
from stsview.model.cache.set_objects import LOADING, SetObjects
from stsview.model.cache.undecodable import UndecodableObjects, affected_key
from stsview.objects.kinds import (
    CLAIMS,
    CLASSES,
    EVENTS,
    LEASES,
    NAMED_PODS,
    NODES,
    PODS,
    SERVICES,
    STATEFULSETS,
    VOLUMES,
    WATCHED,
    Kind,
    KubernetesObject,
)
from stsview.objects.meta import Key
from stsview.objects.node import Node
from stsview.objects.statefulset import StatefulSet
from stsview.objects.stream_messages import Applied, Batch

_AROUND = (*(kind for kind in WATCHED if kind is not STATEFULSETS), LEASES)
_BATCH = 200
"""Objects that are decoded at a time where all are wanted: a millisecond of work."""

_FIRST_LISTED = frozenset(kind.name for kind in WATCHED if kind is not STATEFULSETS)


class Cache:
    """Applies changes and returns the affected sets, whatever the number of objects.

    An object that equals the one held affects nothing. One of another uid under the same name replaces the former one;
    the deletion of an object whose uid is not the one held is outdated and ignored.
    """

    def __init__(self) -> None:
        self._held = HeldObjects()
        self._dependencies = Dependencies()
        self._collection = SetCollection(self._held)
        self._kinds = AffectedSets(self._held, self._dependencies).by_kind()
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
        everything = {*self._held.sets.keys(namespace), *self._gone_keys(namespace)}
        if former is None or coverage is None or replace(former, malformed=coverage.malformed) != coverage:
            return everything
        differ = {affected_key(kind, key) for key in former.malformed ^ coverage.malformed}
        if kind is PODS:
            return differ & everything
        index = {CLAIMS.name: "base", SERVICES.name: "service"}.get(kind.name)
        if index is None:
            return everything
        return {key for at in differ for key in self._held.sets.keys_by(index, at.namespace, at.name)}

    @property
    def set_keys(self) -> list[Key]:
        """Keys of all sets that are held, and of those that are gone while their pods live."""
        return [*self._held.sets.keys(), *self._gone_keys("")]

    @property
    def set_count(self) -> int:
        return len(self._held.sets)

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
        return self._held.nodes.among(self._held.nodes.names(""))

    def objects_of(self, key: Key, *, defer_storage: bool = False) -> SetObjects | None:
        """A set and the objects around it.

        None when there is no such set.

        `defer_storage`: claims, volumes, classes, and attachments are read when they are first used, before the next
        change. Only for a set that has had the same ones, the same pods, and these on the same nodes, since its objects
        were last collected.
        """
        stateful = self._held.sets.get(key)
        gone = stateful is None
        if stateful is None:
            stateful = self._former_set(key)
        self._record_gone(key, gone=gone and stateful is not None)
        if stateful is None:
            self._dependencies.record(key)
            return None
        coverage, readable = self._readable_in(key.namespace)
        if self._malformed:
            coverage, defer_storage = dict(coverage), False
        held = self._collection.workload_of(stateful, readable, defer_storage=defer_storage)
        if self._malformed:
            self._mark_undecodable(coverage, stateful, held)
        nodes = cast("Iterable[str]", self._dependencies.by_node.looked_up(key)) if defer_storage else held.all_nodes
        around = self._collection.around(stateful, held, nodes, readable, coverage)
        if gone:
            around = replace(around, gone=True)
        self._dependencies.record(key, around, held, storage=not defer_storage)
        return around

    def alone(self, key: Key) -> SetObjects | None:
        """As `objects_of` when nothing but the set had been read: a view that can be had for little."""
        stateful = self._held.sets.get(key)
        return SetObjects(stateful) if stateful is not None else None

    def _gone_keys(self, namespace: str) -> list[Key]:
        """Sets that may be gone while their pods live, in one namespace or in all."""
        return [key for key in self._held.pods.indexed_keys("orphan", namespace) if key not in self._held.sets]

    def _former_set(self, key: Key) -> StatefulSet | None:
        """The set that is gone while its pods live; None where that is not so, or cannot be told."""
        if not self._held.pods.names_by("orphan", key.namespace, key.name):
            return None
        if any(self._covered(kind, key.namespace).coverage is not Coverage.COMPLETE for kind in (STATEFULSETS, PODS)):
            return None
        pods = self._held.pods.by("orphan", key.namespace, key.name).values()
        mounted = [name for pod in pods for name in mounted_claims(pod)]
        return former_set(key, pods, self._held.claims.among(mounted, key.namespace))

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

    def _mark_undecodable(self, coverage: dict[str, KindCoverage], stateful: StatefulSet, held: Workload) -> None:
        """Count a kind as incomplete where an object that the set needs is undecodable."""
        namespace = stateful.metadata.namespace
        looked_up: tuple[tuple[Kind, Iterable[Key]], ...] = (
            (PODS, (stateful.metadata.key,)),
            (CLAIMS, (Key(namespace, base) for base in claim_bases(stateful))),
            (SERVICES, (service_key(stateful),)),
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
            self._held.events.forget_strays()

    def _drop(self, kind: Kind, namespace: str, unknown: Iterable[Coverage]) -> None:
        indexer, _ = self._kinds[kind.name]
        for key in indexer.keys(namespace):
            if self._covered(kind, key.namespace).coverage in unknown:
                indexer.remove(key)

    def _covered(self, kind: Kind, namespace: str) -> KindCoverage:
        in_all = self._coverage.get((kind.name, ""), LOADING)
        return self._coverage.get((kind.name, namespace), in_all)


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
