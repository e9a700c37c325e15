"""A `Source` over files: the model, rules and screens of a cluster, at one instant."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from stsview.live.errors import CannotRead
from stsview.live.files.file_objects import FileObjects
from stsview.live.files.offline_source import OfflineSource
from stsview.live.named.point_reads import NODE_LEASES, PODS_BY_NAME, PointReads, lease_key
from stsview.live.named.secret_keys import keys_only
from stsview.live.on_demand import Description, Document, readable
from stsview.live.snapshot import Link, NamespaceList, PictureHealth, Scope, Snapshot
from stsview.model.nodes.members import NodeSource
from stsview.model.rollout.detail import PartHealth, SetDetail, event_views, revision_views
from stsview.model.settings import ModelSettings
from stsview.model.store import Store
from stsview.objects.event import Event
from stsview.objects.kinds import (
    ALL_EVENTS,
    ENDPOINT_SLICES,
    EVENTS,
    FULL_REVISIONS,
    LEASES,
    NODES,
    PODS,
    REVISIONS,
    SECRETS,
    SERVICES,
    STATEFULSETS,
    WATCHED,
    Kind,
)
from stsview.objects.meta import Key
from stsview.objects.stream_messages import Applied, Batch
from stsview.triage.on_first_use import examine

READ_ONLY = "the data comes from a file"


class FileSource(OfflineSource):
    """The objects of files as a `stsview.live.snapshot.Source` that never changes by itself.

    Time stands still at the instant that the objects are from. What has no date counts as lasting, since there is no
    second look that could tell.
    """

    def __init__(
        self, files: FileObjects, settings: ModelSettings, name: str, namespaces: tuple[str, ...] = ()
    ) -> None:
        self._files = files
        self._settings = replace(settings, observe_grace=0.0, act_grace=0.0, sighting_grace=0.0)
        super().__init__(name, "files")
        self._load(namespaces)

    @property
    def snapshot(self) -> Snapshot:
        return self._snapshot

    @property
    def named(self) -> list[tuple[Kind, Key]]:
        """What a cluster would be asked for by name: leases of nodes in doubt, pods that the list of pods omits."""
        leases = [(LEASES, lease_key(node)) for node in self._store.suspects]
        return leases + [(PODS, key) for key in self._store.sought]

    def now(self) -> datetime:
        return self._files.as_of

    async def run(self) -> None:
        """Publish the snapshot, and wait until cancelled."""
        self._publish()
        await asyncio.Event().wait()

    async def namespaces(self) -> NamespaceList:
        return NamespaceList(tuple(sorted({one.metadata.namespace for one in self._files.objects(STATEFULSETS)})))

    async def set_keys(self) -> Sequence[Key]:
        return sorted(Key(one.metadata.namespace, one.metadata.name) for one in self._files.objects(STATEFULSETS))

    async def select_namespaces(self, namespaces: tuple[str, ...]) -> None:
        former = frozenset(self._snapshot.fleet.sets)
        self._load(namespaces)
        self._publish(former | self._snapshot.fleet.sets.keys())

    def node_source(self) -> NodeSource:
        return self._store

    def give_way(self) -> None:
        """Do nothing: nothing is computed between snapshots."""

    async def get_object(self, kind: Kind, key: Key) -> Document:
        document = self._files.document(readable(kind), key)
        if document is None:
            coverage = self._files.coverage(kind)
            raise CannotRead(coverage.reason or f"no {kind.name} {key}", absent=coverage.complete)
        return keys_only(document) if kind == SECRETS else document

    async def describe(self, kind: Kind, key: Key) -> Description:
        document = await self.get_object(kind, key)
        slices: tuple[Document, ...] = ()
        lease, unknown = None, ""
        if kind is SERVICES:
            slices = tuple(one for one in self._files.documents(ENDPOINT_SLICES, key.namespace) if _is_of(one, key))
            unknown = self._files.coverage(ENDPOINT_SLICES).reason
        elif kind is NODES:
            lease = self._files.document(LEASES, lease_key(key.name))
            if lease is None:
                unknown = self._files.coverage(LEASES).reason or f"no lease {key.name} in the files"
        events = (event for event in self._files.objects(ALL_EVENTS) if _is_about(event, kind, key, document))
        return Description(
            kind,
            document,
            tuple(sorted(events, key=lambda event: event.last_seen or self.now())),
            slices,
            lease,
            (unknown,) if unknown else (),
            self._files.coverage(EVENTS).reason,
        )

    def _load(self, namespaces: tuple[str, ...]) -> None:
        """Derive all views of these namespaces."""
        files, now = self._files, self._files.as_of
        # A file is of no context: acknowledgements that name one do not hold for it.
        store = Store(self._settings.in_context(""), examine)
        for kind in WATCHED:
            store.cover(kind, "", files.coverage(kind))
            objects = files.objects(kind, namespaces)
            store.apply(Batch(kind, tuple(map(Applied, objects)), replace=True), now)
        store.refresh(now)
        degraded = [files.coverage(kind).reason for kind in WATCHED]
        if store.suspects:
            store.cover(LEASES, "", files.coverage(LEASES))
            degraded.append(files.coverage(LEASES).reason)
        if files.coverage(LEASES).complete:
            self._find(NODE_LEASES, [lease_key(node) for node in store.suspects], store)
        if files.coverage(PODS).complete:
            self._find(PODS_BY_NAME, store.sought, store)
        store.refresh(now)
        self._store = store
        health = PictureHealth(
            link=Link.FILE,
            since=now,
            degraded=tuple(reason for reason in degraded if reason),
            malformed=files.malformed,
            blind=files.coverage(STATEFULSETS).reason,
        )
        scope = Scope(self._name, namespaces=namespaces, read_only=READ_ONLY)
        disabled = tuple(sorted(self._settings.disabled_rules))
        self._snapshot = Snapshot(store.fleet, scope, health, now, disabled_rules=disabled)

    def _find(self, reads: PointReads, keys: Sequence[Key], store: Store) -> None:
        """Apply what a cluster would be asked for by name."""
        found = (self._files.find(reads.kind, key) or reads.absent(key) for key in keys)
        store.apply(Batch(reads.kind, tuple(map(Applied, found))), self.now())

    def _publish(self, changed: frozenset[Key] = frozenset()) -> None:
        self._snapshot = replace(
            self._snapshot,
            changed=changed,
            detail=self._detail(),
            log_tail=self._quoted,
            usage=self._watched_usage,
        )
        for listener in tuple(self._listeners):
            listener(self._snapshot)

    def _detail(self) -> SetDetail | None:
        if (key := self._opened) is None:
            return None
        around = self._store.objects_of(key)
        if around is None:
            return SetDetail(key)
        return SetDetail(
            key,
            event_views(self._files.objects(ALL_EVENTS, (key.namespace,)), key, around),
            revision_views(self._files.objects(FULL_REVISIONS, (key.namespace,)), around),
            PartHealth(self._files.coverage(EVENTS)),
            PartHealth(self._files.coverage(REVISIONS)),
        )


def _is_of(endpoint_slice: Document, service: Key) -> bool:
    labels = endpoint_slice["metadata"].get("labels")
    return isinstance(labels, dict) and labels.get("kubernetes.io/service-name") == service.name


def _is_about(event: Event, kind: Kind, key: Key, document: Document) -> bool:
    """Whether an event is about this very object.

    Kubelets set the name of a node as its uid (kubernetes/pkg/kubelet/kubelet.go, nodeRef).
    """
    about, uid = event.involved_object, document["metadata"].get("uid")
    if (about.kind, about.name) != (kind.name, key.name):
        return False
    return not kind.namespaced or (about.namespace == key.namespace and about.uid in ("", uid))
