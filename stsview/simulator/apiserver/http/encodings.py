"""JSON encodings of stored objects, cached per version."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from stsview.simulator.apiserver.http.content_negotiation import MediaTypeOptions, Representation
from stsview.simulator.apiserver.kubectl.tables import Tables
from stsview.simulator.apiserver.resources import Resource
from stsview.simulator.apiserver.storage.history import WatchEvent
from stsview.simulator.apiserver.storage.listing import Page
from stsview.simulator.apiserver.storage.storage import Storage
from stsview.simulator.apiserver.wire import Object, encode

_PARTIAL = b'{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1",'


class Encodings:
    """Encodes objects, lists and watch frames.

    The bytes of a stored object are kept while it is the newest version.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._tables = Tables(storage)
        self._bodies: defaultdict[Resource, dict[str, bytes]] = defaultdict(dict)
        self._heads: dict[Resource, bytes] = {}
        self._stop = storage.subscribe(self._forget)

    def close(self) -> None:
        self._stop()

    def object(self, resource: Resource, obj: Object, media: MediaTypeOptions) -> bytes:
        """The body of a response with one object."""
        match media.representation:
            case Representation.METADATA:
                return _PARTIAL + encode({"metadata": obj["metadata"]})[1:]
            case Representation.TABLE:
                return encode(self._tables.table(resource, [obj], _metadata_of(obj), include=media.include))
        return self._head(resource) + self._body(resource, obj)

    def list(self, resource: Resource, page: Page, media: MediaTypeOptions) -> bytes:
        """The body of a list.

        Items have no kind of their own, except those with metadata only.
        """
        metadata = page.metadata()
        if media.representation is Representation.TABLE:
            return encode(self._tables.table(resource, page.objects, metadata, include=media.include))
        if media.representation is Representation.METADATA:
            head = encode({"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": metadata})
            items = [self.object(resource, obj, media) for obj in page.objects]
        else:
            head = encode({"kind": resource.list_kind, "apiVersion": resource.api_version, "metadata": metadata})
            items = [b"{" + self._body(resource, obj) for obj in page.objects]
        return b"".join((head[:-1], b',"items":[', b",".join(items), b"]}"))

    def frame(
        self, event_type: str, resource: Resource, obj: Object, media: MediaTypeOptions, *, first: bool = False
    ) -> bytes:
        """One line of a watch. Only the first table frame has columns."""
        if media.representation is Representation.TABLE:
            rows = [] if event_type == "BOOKMARK" else [obj]
            table = self._tables.table(resource, rows, _metadata_of(obj), include=media.include, with_columns=first)
            body = encode(table)
        else:
            body = self.object(resource, obj, media)
        return b'{"type":"' + event_type.encode() + b'","object":' + body + b"}\n"

    def _head(self, resource: Resource) -> bytes:
        if resource not in self._heads:
            self._heads[resource] = encode({"kind": resource.kind, "apiVersion": resource.api_version})[:-1] + b","
        return self._heads[resource]

    def _body(self, resource: Resource, obj: Object) -> bytes:
        """The object's bytes after kind and apiVersion, including the closing brace.

        Only the stored version is cached: older versions of a slow watch, and results of a dry run, are encoded each
        time.
        """
        metadata = obj["metadata"]
        stored = self._storage.find(resource, metadata.get("namespace", ""), metadata.get("name", "")) is obj
        rv = metadata.get("resourceVersion", "")
        if stored and (kept := self._bodies[resource].get(rv)) is not None:
            return kept
        body = encode({name: value for name, value in obj.items() if name not in ("kind", "apiVersion")})[1:]
        if stored:
            self._bodies[resource][rv] = body
        return body

    def _forget(self, event: WatchEvent) -> None:
        if event.previous is not None:
            self._bodies[event.resource].pop(event.previous["metadata"]["resourceVersion"], None)


def status_frame(status: dict[str, Any]) -> bytes:
    """The ERROR frame that ends a watch."""
    return encode({"type": "ERROR", "object": status}) + b"\n"


def _metadata_of(obj: Object) -> dict[str, object]:
    return {"resourceVersion": obj["metadata"].get("resourceVersion", "")}
