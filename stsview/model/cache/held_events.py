"""Warning events, indexed by the sets that they concern."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice

from stsview.model.cache.claim_owners import sets_of_claim
from stsview.model.cache.index_functions import claim_bases, mounted_claims
from stsview.model.cache.indexer import Indexer
from stsview.model.names import parent_and_ordinal, parent_key, pod_name
from stsview.objects.claim import PersistentVolumeClaim
from stsview.objects.event import Event
from stsview.objects.kinds import CLAIMS, PODS, STATEFULSETS, KubernetesObject
from stsview.objects.meta import Key
from stsview.objects.pod import Pod
from stsview.objects.statefulset import StatefulSet

STRAYS = 2000
"""How many of the newest warnings about no known set are held: their set may arrive later on another stream."""

_NEVER = datetime.min.replace(tzinfo=UTC)


class HeldEvents(Indexer[Event]):
    """An Indexer of the events that may concern a set.

    An event concerns a set when it is about the set itself, about a pod that it has or should have, or about a claim of
    such a pod. If the object exists, the event must be about that very object, not a former one of its name. For a name
    that no object has at the moment, events of the former object count.
    """

    def __init__(self, sets: Indexer[StatefulSet], pods: Indexer[Pod], claims: Indexer[PersistentVolumeClaim]) -> None:
        """`sets` must have the index `base`, `pods` the index `claim` of otherwise named claims.

        All three are only read.
        """
        super().__init__(subject=_subject, family=_family)
        self._sets = sets
        self._pods = pods
        self._claims = claims
        self._strays: dict[Key, None] = {}

    def put(self, new: Event) -> Event | None:
        key = new.metadata.key
        if not _may_matter(new):
            return self.remove(key)
        former = super().put(new)
        if key not in self._strays and not any(self._owners(new)):
            self._strays[key] = None
        return former

    def remove(self, key: Key) -> Event | None:
        self._strays.pop(key, None)
        return super().remove(key)

    def forget_strays(self) -> None:
        """Drop events that concern no set, except the newest `STRAYS`."""
        for key in list(islice(self._strays, max(0, len(self._strays) - STRAYS))):
            del self._strays[key]
            event = self.get(key)
            if event is not None and not any(self._owners(event)):
                self.remove(key)

    def sets_of(self, event: Event) -> Iterator[Key]:
        """The sets that an event may concern, by the name of its object."""
        return self._owners(event) if _may_matter(event) else iter(())

    def for_set(
        self, stateful: StatefulSet, pods: Mapping[str, Pod], claims: Mapping[str, PersistentVolumeClaim]
    ) -> tuple[Event, ...]:
        """Events of a set with these pods and claims, in order of the last occurrence."""
        key = stateful.metadata.key
        if not self.names(key.namespace):
            return ()
        found = {at: event for at, event in self._about(STATEFULSETS.name, key) if _same(event, stateful)}
        for at, event in self.by("family", key.namespace, (PODS.name, key.name)).items():
            name = event.involved_object.name
            pod = pods.get(name)
            if _same(event, pod) and (pod is not None or self._expected(name, stateful)):
                found[at] = event
        for base in claim_bases(stateful):
            for at, event in self.by("family", key.namespace, (CLAIMS.name, base)).items():
                name = event.involved_object.name
                used = self._expected(name, stateful) or _pod_of(name, key).name in pods
                if used and _same(event, claims.get(name)):
                    found[at] = event
        for mounted in {name for pod in pods.values() for name in mounted_claims(pod)}:
            about = self._about(CLAIMS.name, Key(key.namespace, mounted))
            found.update((at, event) for at, event in about if _same(event, claims.get(mounted)))
        return in_order(found.values())

    def _about(self, kind: str, key: Key) -> Iterable[tuple[str, Event]]:
        return self.by("subject", key.namespace, (kind, key.name)).items()

    def _owners(self, event: Event) -> Iterator[Key]:
        """The existing sets that the object of the event belongs to by name."""
        key, kind = _key(event), event.involved_object.kind
        if kind == CLAIMS.name:
            return iter(sets_of_claim(key, self._sets, self._pods))
        owner = key if kind == STATEFULSETS.name else parent_key(key)
        return iter((owner,) if owner is not None and owner in self._sets else ())

    @staticmethod
    def _expected(name: str, stateful: StatefulSet) -> bool:
        parsed = parent_and_ordinal(name)
        return parsed is not None and stateful.first_ordinal <= parsed[1] <= stateful.last_ordinal


def in_order(events: Iterable[Event]) -> tuple[Event, ...]:
    """Sorted by when they were last seen, then by name."""
    return tuple(sorted(events, key=lambda event: (event.last_seen or _NEVER, event.metadata.key)))


def _may_matter(event: Event) -> bool:
    about = event.involved_object
    if not event.warning:
        return False
    if about.kind == PODS.name:
        return parent_and_ordinal(about.name) is not None
    return about.kind in (STATEFULSETS.name, CLAIMS.name)


def _same(event: Event, held: KubernetesObject | None) -> bool:
    """Whether an event may be about the held object.

    Some components set no uid (pkg/controller/tainteviction).
    """
    uid = event.involved_object.uid
    return held is None or not uid or uid == held.metadata.uid


def _key(event: Event) -> Key:
    """Key of the involved object, which is in the namespace of the event."""
    return Key(event.metadata.namespace, event.involved_object.name)


def _pod_of(numbered: str, owner: Key) -> Key:
    """The pod of the set that has the ordinal of a pod's or claim's name."""
    parsed = parent_and_ordinal(numbered)
    return Key(owner.namespace, pod_name(owner.name, parsed[1]) if parsed is not None else "")


def _subject(event: Event) -> Iterator[tuple[str, str]]:
    yield event.involved_object.kind, event.involved_object.name


def _family(event: Event) -> Iterator[tuple[str, str]]:
    """Index by the name of the involved object without its ordinal."""
    parsed = parent_and_ordinal(event.involved_object.name)
    if parsed is not None:
        yield event.involved_object.kind, parsed[0]
