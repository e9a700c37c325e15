"""The objects of files, decoded and selected as the reflectors of a cluster would deliver them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from stsview.live.errors import CannotStart
from stsview.live.files.documents import Documents, group_of, read_files
from stsview.live.files.newest_time import instant, newest_time
from stsview.live.on_demand import Document
from stsview.model.cache.coverage import Coverage, KindCoverage
from stsview.objects.event import Event
from stsview.objects.kinds import (
    ALL_EVENTS,
    EVENTS,
    FULL_REVISIONS,
    LEASES,
    NAMED_PODS,
    PODS,
    REVISIONS,
    STATEFULSETS,
    WATCHED,
    Kind,
    KubernetesObject,
)
from stsview.objects.meta import Key, Malformed, convert
from stsview.objects.selector import parse_selector
from stsview.objects.statefulset import StatefulSet

_KINDS = {(kind.group, kind.name): kind for kind in (*WATCHED, LEASES)}
_NEW_EVENTS = ("events.k8s.io", EVENTS.name)

_DECODED_AS = {PODS: (PODS, NAMED_PODS), EVENTS: (ALL_EVENTS,), REVISIONS: (REVISIONS, FULL_REVISIONS)}
"""What an object of a kind is decoded as, where that is not the kind itself alone. By name, a pod is found with any
labels; of events, the warnings are chosen below."""


class FileObjects:
    """The objects of some files, by kind.

    Raises `CannotStart` where the files hold no time and `at` is None.
    """

    def __init__(self, documents: Documents, at: datetime | None = None) -> None:
        self._documents: dict[tuple[str, Key], Document] = {}
        self._objects: dict[Kind, dict[Key, KubernetesObject]] = {}
        self._malformed: dict[str, set[Key]] = {}
        self._others: dict[tuple[str, str], dict[Key, Document]] = {}
        """Objects of other kinds, which are only shown, by group and name of the kind."""
        self._known = {_KINDS[one].name for one in documents.listed if one in _KINDS}
        if _NEW_EVENTS in documents.listed:
            self._known.add(EVENTS.name)
        for document in documents.objects:
            self._add(document)
        as_of = at or newest_of(documents)
        if as_of is None:
            raise CannotStart("the objects in the files have no times: give one with --at")
        self.as_of = as_of
        """The instant that the objects are from: what is the present for them."""

    @classmethod
    def read(cls, paths: Sequence[str], at: datetime | None = None) -> FileObjects:
        """Read files and folders; raises `CannotStart`."""
        return cls(read_files(paths), at)

    def objects(self, kind: Kind, namespaces: Sequence[str] = ()) -> tuple[Any, ...]:
        """What list and watch of `kind` would deliver, in some namespaces or (empty) all.

        `kind` may also be one of those that narrow another: NAMED_PODS, ALL_EVENTS, FULL_REVISIONS.
        """
        held: Iterable[Any] = self._objects.get(ALL_EVENTS if kind is EVENTS else kind, {}).values()
        if kind is EVENTS:
            held = (event for event in held if isinstance(event, Event) and event.warning)
        elif kind.label_selector:
            selector = parse_selector(kind.label_selector)
            held = (one for one in held if selector.matches(one.metadata.labels))
        if kind.namespaced and namespaces:
            held = (one for one in held if one.metadata.namespace in namespaces)
        return tuple(held)

    def find(self, kind: Kind, key: Key) -> KubernetesObject | None:
        """One object, whatever its labels."""
        return self._objects.get(kind, {}).get(key)

    def document(self, kind: Kind, key: Key) -> Document | None:
        """One object as the file has it."""
        if (kind.group, kind.name) in _KINDS:
            return self._documents.get((kind.name, key))
        found = self._others.get((kind.group, kind.name), {})
        return found.get(key) or found.get(Key("", key.name))

    def documents(self, kind: Kind, namespace: str) -> list[Document]:
        """All objects of a kind in a namespace, as the files have them."""
        return [
            document
            for (name, key), document in self._documents.items()
            if name == kind.name and key.namespace == namespace
        ]

    def coverage(self, kind: Kind) -> KindCoverage:
        """How much of a kind is known.

        Of a kind of which the files hold no object and no List, it is not known whether the cluster has any.
        """
        if kind.name in self._known or (kind is PODS and self._no_pods_exist()):
            return KindCoverage(Coverage.COMPLETE, malformed=frozenset(self._malformed.get(kind.name, ())))
        if (kind.group, kind.name) in self._others:
            return KindCoverage(Coverage.COMPLETE)
        return KindCoverage(Coverage.FORBIDDEN, f"{kind.resource or f'{kind.name} objects'} are not in the files")

    @property
    def malformed(self) -> int:
        """How many objects cannot be decoded."""
        return sum(map(len, self._malformed.values()))

    def _no_pods_exist(self) -> bool:
        """Whether the controller itself counts no pod of any set."""
        sets = self.objects(STATEFULSETS)
        return bool(sets) and all(isinstance(one, StatefulSet) and one.status.replicas == 0 for one in sets)

    def _add(self, document: Document) -> None:
        version = str(document["apiVersion"])
        kind = _KINDS.get((group_of(version), str(document["kind"])))
        if (group_of(version), document["kind"]) == _NEW_EVENTS:
            kind, document = EVENTS, _as_core_event(document)
        metadata = document.get("metadata")
        fields = metadata if isinstance(metadata, dict) else {}
        key = Key(str(fields.get("namespace") or ""), str(fields.get("name") or ""))
        if kind is None:
            self._others.setdefault((group_of(version), str(document["kind"])), {})[key] = document
            return
        self._known.add(kind.name)
        if not kind.namespaced:
            key = Key("", key.name)
        former = self._documents.get((kind.name, key))
        if former is not None and _version(former) > _version(document):
            return
        self._documents[kind.name, key] = document
        malformed = self._malformed.setdefault(kind.name, set())
        malformed.discard(key)
        for form in _DECODED_AS.get(kind, (kind,)):
            held = self._objects.setdefault(form, {})
            held.pop(key, None)
            try:
                held[key] = convert(document, form.decoder)
            except (Malformed, RecursionError):
                malformed.add(key)
            else:
                if not key.name:
                    del held[key]
                    malformed.add(key)


def newest_of(documents: Documents) -> datetime | None:
    """The newest time in objects or Lists; None if there is none."""
    read_at = [time for text in documents.read_at if (time := instant(text)) is not None]
    newest = newest_time(documents.objects)
    return max([*read_at, newest] if newest is not None else read_at, default=None)


def _version(document: Document) -> int:
    """The resource version as a number; -1 where it is none."""
    version = document["metadata"].get("resourceVersion") if isinstance(document.get("metadata"), dict) else None
    return int(version) if isinstance(version, str) and version.isdecimal() else -1


def _as_core_event(document: Document) -> Document:
    """An events.k8s.io/v1 Event in the core format.

    The server stores both as one kind (kubernetes/pkg/apis/events/v1/conversion.go).
    """
    renamed = {
        "regarding": "involvedObject",
        "note": "message",
        "deprecatedSource": "source",
        "deprecatedFirstTimestamp": "firstTimestamp",
        "deprecatedLastTimestamp": "lastTimestamp",
        "deprecatedCount": "count",
        "reportingController": "reportingComponent",
    }
    return {renamed.get(name, name): value for name, value in document.items()}
