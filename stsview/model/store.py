"""The reactive store: changes of objects in, views of the affected sets out."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import chain, islice

import msgspec

from stsview.model.cache.cache import Cache
from stsview.model.cache.coverage import KindCoverage
from stsview.model.cache.set_objects import SetObjects
from stsview.model.derive import Former, derive_from, derive_whole, settled_spec
from stsview.model.explain.rule_input import Examine, no_findings
from stsview.model.names import parent_key
from stsview.model.packed_ordinals import OrdinalsPacking, unpacked
from stsview.model.settings import ModelSettings as ModelSettings
from stsview.model.sharing import Sharing
from stsview.model.timing.deadlines import Deadlines
from stsview.model.timing.held_sightings import HeldSightings
from stsview.model.usage.usage_history import MeasuredUsage
from stsview.model.views import Fleet, SetView, Severity, Suspicion
from stsview.objects.kinds import (
    ATTACHMENTS,
    CLAIMS,
    CLASSES,
    LEASES,
    NAMED_PODS,
    NODES,
    PODS,
    STATEFULSETS,
    VOLUMES,
    Kind,
    KubernetesObject,
)
from stsview.objects.meta import Key
from stsview.objects.node import Node
from stsview.objects.statefulset import StatefulSet
from stsview.objects.stream_messages import Batch

MANY_VIEWS = 500
"""Sets from which on the ordinals of those without trouble are packed."""

_STORAGE = frozenset({CLAIMS.name, VOLUMES.name, CLASSES.name, ATTACHMENTS.name})

MANY = 200
"""Affected sets above which views are not derived again while lists are being read: tenths of a second of work."""

_SOME = 64
"""Touched sets that are looked at together."""


class Store:
    """Holds the objects and one view per set, and keeps the views current.

    `apply` and `cover` only mark the affected sets; `refresh` derives their views, and those that time alone has
    changed. The cost of a change depends on the set it affects, not on the number of sets. Not thread-safe.

    Until `cover` reports otherwise, every kind counts as still being read. `examine` returns the findings of each view.
    """

    def __init__(
        self,
        settings: ModelSettings | None = None,
        examine: Examine = no_findings,
        sightings: HeldSightings | None = None,
    ) -> None:
        """`sightings` are those of another store, which held the same objects; they become part of this one."""
        self._settings = settings or ModelSettings()
        self._examine = examine
        self._cache = Cache()
        self._touched: dict[Key, datetime | None] = {}
        self._new: dict[Key, None] = {}
        """Those of them that have no view yet."""
        self._alone: dict[Key, None] = {}
        """Sets whose view was derived without the objects around them, as lists of those were still to come."""
        self._loaded_at: datetime | None = None
        """When the last part of a first list was applied that may have affected any set."""
        self._seen = sightings or HeldSightings()
        self._deadlines = Deadlines()
        self._passed: dict[Key, datetime] = {}
        self._now: datetime | None = None
        self._views: dict[Key, SetView] = {}
        self._ordinals = OrdinalsPacking()
        self._settled: dict[Key, int] = {}
        """A digest of `settled_spec`, of the sets whose former view the next derivation can use."""
        self._changed: dict[Key, set[str]] = {}
        """Of those sets, what has changed since: `stsview.model.derive.Former.changed`."""
        self._sharing = Sharing()
        self._unpacked: dict[Key, None] = {}
        """Of the first `MANY_VIEWS` sets: packed one by one once there are more."""
        self._suspects: dict[Key, dict[str, Suspicion]] = {}
        self._sought: dict[Key, tuple[str, ...]] = {}
        self._measured: dict[Key, MeasuredUsage] = {}
        self._counts = dict.fromkeys(Severity, 0)
        self._fleet: Fleet | None = None
        self.pending = False
        """Whether the last refresh left out sets that it should have derived."""

    def apply(self, batch: Batch, now: datetime) -> None:
        """Apply a batch of a reflector.

        `now`, the server's time, counts as the first sighting of what it shows.

        Raises `KeyError` for a kind that is neither among `stsview.objects.kinds.WATCHED` nor LEASES or NAMED_PODS.
        """
        if self._cache.is_first_list(batch) and self._cache.set_count > MANY:
            self._cache.load(batch)
            self._loaded_at = now
            self._settled.clear()
            return
        touched = self._cache.apply(batch)
        for key in touched:
            self._touched[key] = now
        if batch.kind is STATEFULSETS:
            self._new.update(dict.fromkeys(touched - self._views.keys()))
        if self._settled:
            self._note(batch, touched)
        if batch.kind is NODES and self._suspects:
            # The cache reports no heartbeats, and one of them may clear the suspicion.
            names = {change.object.metadata.name for change in batch.changes}
            self._touch([key for key, suspects in self._suspects.items() if names & suspects.keys()])

    def cover(self, kind: Kind, namespace: str, coverage: KindCoverage | None) -> None:
        """Record how much of a kind is known in a namespace or (empty) in all others.

        Objects of a kind that is forbidden or absent are dropped, sets included. None removes the entry of the
        namespace: the kind is no longer read there, unless in all namespaces.
        """
        touched = self._cache.cover(kind, namespace, coverage)
        if kind is not LEASES:
            self._unsettle(touched)
        # Leases matter only to sets with a suspected node, and are first read in the middle of an incident.
        self._touch(touched & self._suspects.keys() if kind is LEASES else touched)

    def measure(self, key: Key, measured: MeasuredUsage) -> None:
        """Record what a set uses; nothing happens if there is no such set. It is kept as long as the set exists."""
        if key in self._views:
            self._measured[key] = measured
            self._touch((key,))

    def refresh(
        self,
        now: datetime,
        proceed: Callable[[], bool] = lambda: True,
        *,
        more_to_come: bool = False,
        first: Collection[Key] = (),
    ) -> frozenset[Key]:
        """Derive the affected views as of `now`.

        Returns the keys of sets that were added, removed or changed.

        `proceed` is asked before each set but the first whether to derive it too; `pending` tells whether any was left
        out. `more_to_come`: lists are being read that will change most views again. Of many affected sets, those that
        have a view then keep it until later: what it does not know yet, it calls unknown. The sets of `first` come
        before all others, and do not wait for lists.

        `now` may be earlier than the last time: the server's time is an estimate until its next answer.
        """
        if self._now is not None and now < self._now:
            self._clock_was_ahead(now)
        self._now = now
        self._touch(self._deadlines.due(now))
        if self._loaded_at is not None and not more_to_come:
            for key in self._cache.set_keys:
                self._touched.setdefault(key, self._loaded_at)
            self._loaded_at = None
        waiting = more_to_come and len(self._touched) + len(self._alone) > MANY
        if not waiting:
            self._touch(self._alone)
            self._alone.clear()
        self._touch([key for key in first if key in self._alone])
        urgent = dict.fromkeys(key for key in first if key in self._touched)
        changed = set()
        self.pending = False
        derived = False
        for key in chain(urgent, list(self._new) if waiting else self._all_touched()):
            if key not in self._touched:
                continue
            if derived and not proceed():
                self.pending = True
                break
            derived = True
            seen_at = self._touched.pop(key)
            self._new.pop(key, None)
            self._alone.pop(key, None)
            if waiting and key not in urgent:
                self._alone[key] = None
            if self._derive(key, min(seen_at or now, now), now):
                changed.add(key)
        if changed:
            self._fleet = None
        return frozenset(changed)

    def objects_of(self, key: Key) -> SetObjects | None:
        """The objects held around a set now, whatever its view.

        None when there is no such set.
        """
        return self._cache.objects_of(key)

    def all_nodes(self) -> Mapping[str, Node] | None:
        """By name: all nodes of the cluster; None where they cannot be listed, or were not read yet."""
        return self._cache.all_nodes()

    def get(self, kind: Kind, key: Key) -> KubernetesObject | None:
        """One object that is held."""
        return self._cache.get(kind, key)

    def contents(self) -> Iterator[Batch]:
        """All objects that are held, in batches; the store may change between two of them."""
        return self._cache.contents()

    @property
    def coverage(self) -> Mapping[tuple[Kind, str], KindCoverage]:
        """How much of each kind is known, by kind and namespace, as `cover` was given it."""
        return self._cache.coverage

    def coverage_of(self, kind: Kind, namespace: str) -> KindCoverage | None:
        """What `cover` was given last for a kind and a namespace."""
        return self._cache.coverage_of(kind, namespace)

    @property
    def measured(self) -> Mapping[Key, MeasuredUsage]:
        """What sets use, as `measure` was given it."""
        return self._measured

    @property
    def sightings(self) -> HeldSightings:
        """A copy of the first sightings as of the last refresh."""
        return self._seen.copy()

    @property
    def settings(self) -> ModelSettings:
        """What the views are derived by."""
        return self._settings

    @property
    def suspects(self) -> tuple[str, ...]:
        """Names of the nodes whose kubelet is in doubt, the worst first."""
        worst: dict[str, Suspicion] = {}
        for suspects in self._suspects.values():
            for node, suspicion in suspects.items():
                worst[node] = max(suspicion, worst.get(node, Suspicion.NONE))
        return tuple(sorted(worst, key=lambda node: (-worst[node], node)))

    @property
    def sought(self) -> tuple[Key, ...]:
        """`SetView.sought` of all sets as of the last refresh."""
        return tuple(Key(key.namespace, name) for key, names in self._sought.items() for name in names)

    @property
    def fleet(self) -> Fleet:
        """All views as of the last refresh; the same object until one of them changes."""
        if self._fleet is None:
            self._fleet = Fleet(dict(self._views), dict(self._counts))
        return self._fleet

    @property
    def next_change(self) -> datetime | None:
        """When the next refresh is due if no object changes.

        None while time changes nothing.
        """
        return self._deadlines.next

    def _note(self, batch: Batch, touched: Iterable[Key]) -> None:
        """Note what has changed since the former view of each set that is settled."""
        if batch.kind.name in _STORAGE:
            self._unsettle(touched)
        elif batch.kind is PODS or batch.kind is NAMED_PODS:
            for change in batch.changes:
                pod = change.object.metadata.key
                key = parent_key(pod)
                if key is not None and key in self._settled:
                    self._changed.setdefault(key, set()).add(pod.name)
        else:
            for key in touched:
                if key in self._settled:
                    self._changed.setdefault(key, set()).add(batch.kind.name)

    def _unsettle(self, keys: Iterable[Key]) -> None:
        for key in keys:
            self._settled.pop(key, None)

    def _all_touched(self) -> Iterator[Key]:
        """The touched sets, for a caller that derives each of them or stops."""
        while self._touched:
            # A copy of all of them for each slice of a few sets would take longer than the sets.
            yield from list(islice(self._touched, _SOME))

    def _touch(self, keys: Iterable[Key]) -> None:
        for key in keys:
            self._touched.setdefault(key, None)

    def _clock_was_ahead(self, now: datetime) -> None:
        """The clock was ahead: nothing after `now` has passed, or was seen, yet."""
        self._touch(self._seen.limit(now))
        self._touch([key for key, passed in self._passed.items() if passed > now])

    def _derive(self, key: Key, seen_at: datetime, now: datetime) -> bool:
        old = self._views.get(key)
        # One key object for each set, wherever it is held.
        key = Key(sys.intern(key.namespace), key.name) if old is None else old.key
        changed = self._changed.pop(key, ())
        former = unpacked(old.ordinals) if old is not None and key in self._settled else None
        alone = key in self._alone
        objects = self._cache.alone(key) if alone else self._cache.objects_of(key, defer_storage=former is not None)
        if objects is None:
            self._forget(key)
            if old is None:
                return False
            del self._views[key]
            self._unpacked.pop(key, None)
            self._counts[old.severity] -= 1
            return True
        uid, digest = objects.set.metadata.uid, _digest(objects.set)
        seen_before = self._seen.of(key, uid)
        derived, measured = None, self._measured.get(key)
        if old is not None and former is not None:
            if old.uid == uid and self._settled[key] == digest:
                since = Former(former, changed)
                derived = derive_from(
                    objects, seen_before, seen_at, now, self._settings, self._examine, since, measured
                )
            if derived is None:
                objects = self._cache.objects_of(key) or objects
            # Its ordinals are decoded already, and will be compared.
            old = msgspec.structs.replace(old, ordinals=former)
        derived = derived or derive_whole(objects, seen_before, seen_at, now, self._settings, self._examine, measured)
        view, seen = derived.view, derived.sightings
        if derived.settled and not alone:
            self._settled[key] = digest
        else:
            self._settled.pop(key, None)
        if seen != seen_before:
            self._seen.keep(key, uid, seen)
        self._deadlines.set(key, view.next_change)
        if view.last_change is not None:
            self._passed[key] = view.last_change
        else:
            self._passed.pop(key, None)
        self._suspect(view)
        self._seek(view)
        if view == old:
            return False
        view = self._sharing.of(key, view)
        if len(self._views) < MANY_VIEWS:
            self._unpacked[key] = None
            self._views[key] = view
        else:
            self._views[key] = self._held(view)
            if self._unpacked:
                earlier, _ = self._unpacked.popitem()
                self._views[earlier] = self._held(self._views[earlier])
        if old is not None:
            self._counts[old.severity] -= 1
        self._counts[view.severity] += 1
        return True

    def _forget(self, key: Key) -> None:
        """Drop what is known of a set that exists no more, but its view."""
        self._settled.pop(key, None)
        self._deadlines.set(key, None)
        self._passed.pop(key, None)
        self._seen.forget(key)
        self._suspects.pop(key, None)
        self._sought.pop(key, None)
        self._measured.pop(key, None)

    def _held(self, view: SetView) -> SetView:
        """The view of a set without trouble with its ordinals in a few bytes; others as they are."""
        # While lists are read every set is unknown: held as they are, those views would make the peak of the memory.
        if view.severity not in (Severity.HEALTHY, Severity.UNKNOWN):
            return view
        return msgspec.structs.replace(view, ordinals=self._ordinals.pack(view.ordinals))

    def _seek(self, view: SetView) -> None:
        if view.sought:
            self._sought[view.key] = view.sought
        else:
            self._sought.pop(view.key, None)

    def _suspect(self, view: SetView) -> None:
        nodes = [row.node_state for row in view.ordinals if row.node_state.suspicion]
        if nodes:
            # Of several pods on one node the worst counts, which comes last here.
            self._suspects[view.key] = {
                node.name: node.suspicion for node in sorted(nodes, key=lambda node: node.suspicion)
            }
        else:
            self._suspects.pop(view.key, None)


_encode = msgspec.msgpack.Encoder().encode


def _digest(stateful: StatefulSet) -> int:
    return hash(_encode(settled_spec(stateful)))
