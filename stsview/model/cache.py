"""All objects that are held, and which sets each of them matters to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from stsview.model.coverage import Coverage, KindCoverage
from stsview.model.indexer import Indexer
from stsview.model.names import parent_key
from stsview.model.objects_of_set import LOADING, SetObjects
from stsview.objects.changes import Applied, Batch
from stsview.objects.claim import PersistentVolumeClaim
from stsview.objects.kinds import (
    CLAIMS,
    ENDPOINT_SLICES,
    PODS,
    REVISIONS,
    SERVICES,
    STATEFULSETS,
    Kind,
    KubernetesObject,
)
from stsview.objects.meta import Key
from stsview.objects.network import EndpointSlice, Service
from stsview.objects.pod import Pod
from stsview.objects.statefulset import ControllerRevision, StatefulSet

_AROUND = (PODS, CLAIMS, SERVICES, ENDPOINT_SLICES, REVISIONS)


class Cache:
    """Takes changes and tells which sets they touch, at a cost that does not depend on how much is held.

    An object that equals the one held touches nothing. One of another uid under the same name takes the former one's
    place, and the deletion of an object whose uid is not the one held is old news, and ignored.
    """

    def __init__(self) -> None:
        self._sets: Indexer[StatefulSet] = Indexer(service=_governing_service, base=_claim_bases, uid=_uid)
        self._pods: Indexer[Pod] = Indexer(parent=_parent, claim=_mounted_claims)
        self._claims: Indexer[PersistentVolumeClaim] = Indexer(base=_parent)
        self._services: Indexer[Service] = Indexer()
        self._slices: Indexer[EndpointSlice] = Indexer(service=_service_of_slice)
        self._revisions: Indexer[ControllerRevision] = Indexer(owner=_owner)
        self._kinds: dict[str, tuple[Indexer[Any], Callable[[Any], Iterator[Key]]]] = {
            STATEFULSETS.name: (self._sets, _itself),
            PODS.name: (self._pods, self._set_of_pod),
            CLAIMS.name: (self._claims, self._sets_of_claim),
            SERVICES.name: (self._services, lambda service: self._sets_of_service(service.metadata.key)),
            ENDPOINT_SLICES.name: (self._slices, self._sets_of_slice),
            REVISIONS.name: (self._revisions, self._sets_of_revision),
        }
        self._coverage: dict[tuple[str, str], KindCoverage] = {}

    def apply(self, batch: Batch) -> set[Key]:
        """Take the changes in; returns the keys of the sets that they touch, sets that are gone included."""
        indexer, sets_of = self._kinds[batch.kind.name]
        touched: set[Key] = set()
        named: set[Key] = set()
        for change in batch.changes:
            key = change.object.metadata.key
            if isinstance(change, Applied):
                named.add(key)
                self._put(indexer, sets_of, change.object, touched)
            else:
                named.discard(key)
                held = indexer.get(key)
                if held is not None and held.metadata.uid == change.object.metadata.uid:
                    self._remove(indexer, sets_of, key, touched)
        if batch.replace:
            for key in indexer.keys(batch.namespace):
                if key not in named:
                    self._remove(indexer, sets_of, key, touched)
        return touched

    def cover(self, kind: Kind, namespace: str, coverage: KindCoverage) -> set[Key]:
        """Note how much of a kind is known, in one namespace or (empty) in all; returns the sets whose view that may
        change."""
        at = (kind.name, namespace)
        if self._coverage.get(at) == coverage:
            return set()
        self._coverage[at] = coverage
        return set(self._sets.keys(namespace))

    @property
    def set_keys(self) -> list[Key]:
        return self._sets.keys()

    def objects_of(self, key: Key) -> SetObjects | None:
        """What surrounds a set; None when there is no such set. The mappings in it are the caller's own."""
        stateful = self._sets.get(key)
        if stateful is None:
            return None
        coverage = {kind.name: self._covered(kind, key.namespace) for kind in _AROUND}
        unread = {name for name, known in coverage.items() if known.coverage in (Coverage.FORBIDDEN, Coverage.ABSENT)}
        service = Key(key.namespace, stateful.spec.service_name)
        pods = {} if PODS.name in unread else {at.name: pod for at, pod in self._pods.by("parent", key).items()}
        return SetObjects(
            set=stateful,
            pods=pods,
            claims={} if CLAIMS.name in unread else self._claims_of(stateful, pods),
            service=None if SERVICES.name in unread else self._services.get(service),
            slices=() if ENDPOINT_SLICES.name in unread else tuple(self._slices.by("service", service).values()),
            revisions=()
            if REVISIONS.name in unread
            else tuple(self._revisions.by("owner", Key(key.namespace, stateful.metadata.uid)).values()),
            coverage=coverage,
        )

    def _put(
        self,
        indexer: Indexer[Any],
        sets_of: Callable[[Any], Iterator[Key]],
        new: KubernetesObject,
        touched: set[Key],
    ) -> None:
        old = indexer.get(new.metadata.key)
        if old == new:
            return
        if old is not None:
            touched.update(sets_of(old))
        indexer.put(new)
        touched.update(sets_of(new))

    def _remove(
        self, indexer: Indexer[Any], sets_of: Callable[[Any], Iterator[Key]], key: Key, touched: set[Key]
    ) -> None:
        old = indexer.get(key)
        touched.update(sets_of(old))
        indexer.remove(key)

    def _covered(self, kind: Kind, namespace: str) -> KindCoverage:
        in_all = self._coverage.get((kind.name, ""), LOADING)
        return self._coverage.get((kind.name, namespace), in_all)

    def _claims_of(self, stateful: StatefulSet, pods: dict[str, Pod]) -> dict[str, PersistentVolumeClaim]:
        claims: dict[str, PersistentVolumeClaim] = {}
        for base in _claim_bases(stateful):
            claims.update((key.name, claim) for key, claim in self._claims.by("base", base).items())
        for pod in pods.values():
            for key in _mounted_claims(pod):
                claim = self._claims.get(key)
                if claim is not None:
                    claims[key.name] = claim
        return claims

    def _set_of_pod(self, pod: Pod) -> Iterator[Key]:
        return (key for key in _parent(pod) if self._sets.get(key) is not None)

    def _sets_of_claim(self, claim: PersistentVolumeClaim) -> Iterator[Key]:
        for base in _parent(claim):
            yield from self._sets.by("base", base)
        for pod in self._pods.by("claim", claim.metadata.key).values():
            yield from self._set_of_pod(pod)

    def _sets_of_service(self, key: Key) -> Iterator[Key]:
        yield from self._sets.by("service", key)

    def _sets_of_slice(self, endpoint_slice: EndpointSlice) -> Iterator[Key]:
        for key in _service_of_slice(endpoint_slice):
            yield from self._sets_of_service(key)

    def _sets_of_revision(self, revision: ControllerRevision) -> Iterator[Key]:
        for owner in _owner(revision):
            yield from self._sets.by("uid", owner)


def _itself(stateful: StatefulSet) -> Iterator[Key]:
    yield stateful.metadata.key


def _uid(stateful: StatefulSet) -> Iterator[Key]:
    """The uid in the place of a name: owners are always of the same namespace."""
    yield Key(stateful.metadata.namespace, stateful.metadata.uid)


def _governing_service(stateful: StatefulSet) -> Iterator[Key]:
    if stateful.spec.service_name:
        yield Key(stateful.metadata.namespace, stateful.spec.service_name)


def _claim_bases(stateful: StatefulSet) -> Iterator[Key]:
    """What the names of the claims of each template have before the ordinal."""
    for template in stateful.spec.volume_claim_templates:
        yield Key(stateful.metadata.namespace, f"{template.metadata.name}-{stateful.metadata.name}")


def _parent(numbered: Pod | PersistentVolumeClaim) -> Iterator[Key]:
    parent = parent_key(numbered.metadata.key)
    if parent is not None:
        yield parent


def _mounted_claims(pod: Pod) -> Iterator[Key]:
    for volume in pod.spec.volumes:
        if volume.persistent_volume_claim is not None:
            yield Key(pod.metadata.namespace, volume.persistent_volume_claim.claim_name)


def _service_of_slice(endpoint_slice: EndpointSlice) -> Iterator[Key]:
    if endpoint_slice.service_name:
        yield Key(endpoint_slice.metadata.namespace, endpoint_slice.service_name)


def _owner(revision: ControllerRevision) -> Iterator[Key]:
    owner = revision.metadata.controller
    if owner is not None:
        yield Key(revision.metadata.namespace, owner.uid)
