"""Decoding of a watch stream: from chunks of bytes to events."""

from __future__ import annotations

from functools import cache
from typing import Any, Generic, TypeVar

import msgspec

from stsview.cluster.http.http_errors import Status, parse_status
from stsview.objects.kinds import Kind, KubernetesObject
from stsview.objects.meta import Key, Malformed, decode
from stsview.objects.stream_messages import Applied, Deleted

INITIAL_EVENTS_END = "k8s.io/initial-events-end"
"""Annotation of the bookmark that ends a streaming list (KEP-3157)."""


class LineBuffer:
    """Splits chunks at newlines, in linear time however long a line is."""

    def __init__(self) -> None:
        self._partial = bytearray()

    @property
    def has_partial_line(self) -> bool:
        """Whether the last line is incomplete."""
        return bool(self._partial)

    def feed(self, chunk: bytes) -> list[bytes]:
        """The lines that `chunk` completes, without newlines; empty ones are skipped."""
        first, *others = chunk.split(b"\n")
        self._partial += first
        if not others:
            return []
        lines = [bytes(self._partial), *others]
        self._partial = bytearray(lines.pop())
        return [line for line in lines if line and not line.isspace()]


T = TypeVar("T")


class _Event(msgspec.Struct, Generic[T], frozen=True, gc=False):
    """An event whose object is decoded with it, in one pass over the bytes."""

    type: str
    object: T


class _Envelope(msgspec.Struct, frozen=True):
    """An event whose object is looked at apart."""

    type: str
    object: msgspec.Raw


class _Versioned(msgspec.Struct, frozen=True, rename="camel"):
    resource_version: str = ""


class _VersionedObject(msgspec.Struct, frozen=True):
    metadata: _Versioned = _Versioned()


class _VersionProbe(msgspec.Struct, frozen=True):
    object: _VersionedObject = _VersionedObject()


class _Identity(msgspec.Struct, frozen=True, omit_defaults=True):
    name: str
    namespace: str = ""
    uid: str = ""


class _IdentityProbe(msgspec.Struct, frozen=True):
    metadata: _Identity


class _BookmarkMeta(msgspec.Struct, frozen=True, rename="camel"):
    resource_version: str = ""
    annotations: dict[str, str] | None = None


class _Bookmark(msgspec.Struct, frozen=True):
    metadata: _BookmarkMeta = _BookmarkMeta()


_ENVELOPE = msgspec.json.Decoder(_Envelope)
_VERSION = msgspec.json.Decoder(_VersionProbe)
_IDENTITY = msgspec.json.Decoder(_IdentityProbe)
_BOOKMARK = msgspec.json.Decoder(_Bookmark)
_BROKEN = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class WatchEvent(msgspec.Struct, frozen=True, gc=False):
    """One event of a watch; for an unknown type, all fields are empty."""

    change: Applied | Deleted | None = None
    line: bytes = b""
    """The bytes of an event with an object."""
    reached: str = ""
    """The resource version of a bookmark."""
    bookmark: bool = False
    initial_end: bool = False
    """The initial events of a streaming list are complete."""
    failure: Status | None = None
    """Why the server ends the watch (an ERROR event)."""
    malformed: bool = False
    """The event has an object that cannot be decoded."""
    key: Key | None = None
    """The key of that object, if it can be read."""

    @property
    def resource_version(self) -> str:
        """The resource version reached; empty when the event has none.

        Read from the bytes each time: of a chunk of events, only the last one is asked.
        """
        if not self.line:
            return self.reached
        try:
            return _VERSION.decode(self.line).object.metadata.resource_version
        except _BROKEN:
            return ""


@cache
def _event_decoder(kind: Kind) -> msgspec.json.Decoder[_Event[KubernetesObject]]:
    event: Any = _Event
    return msgspec.json.Decoder(event[kind.type])


def decode_event(line: bytes, kind: Kind) -> WatchEvent:
    """Decode one event of a watch of `kind`. Never raises, whatever the bytes are."""
    try:
        event = _event_decoder(kind).decode(line)
    except _BROKEN:
        return _decode_apart(line, kind)
    if event.object.metadata.name:
        match event.type:
            case "ADDED" | "MODIFIED":
                return WatchEvent(Applied(event.object), line)
            case "DELETED":
                return WatchEvent(Deleted(event.object), line)
    return _decode_apart(line, kind)


def _decode_apart(line: bytes, kind: Kind) -> WatchEvent:
    """Decode what is no object of the kind as it should be: a bookmark, an error, nulls, or a malformed object."""
    try:
        envelope = _ENVELOPE.decode(line)
    except _BROKEN:
        return WatchEvent(malformed=True)
    match envelope.type:
        case "ADDED" | "MODIFIED" | "DELETED":
            return _change(line, envelope, kind)
        case "BOOKMARK":
            return _bookmark(envelope)
        case "ERROR":
            return WatchEvent(failure=parse_status(envelope.object) or Status(code=500, message="an unreadable error"))
    return WatchEvent()


def decode_object(data: bytes | msgspec.Raw, kind: Kind) -> KubernetesObject:
    """Decode one object. Raises `Malformed`, also for an object without a name."""
    decoded = decode(data, kind.decoder)
    if not decoded.metadata.name:
        raise Malformed("the object has no name")
    return decoded


def decode_key(data: bytes | msgspec.Raw) -> Key | None:
    """The key of an object that cannot be decoded; None if it has none."""
    decoded = _identity(data)
    return Key(decoded.namespace, decoded.name) if decoded is not None else None


def _change(line: bytes, envelope: _Envelope, kind: Kind) -> WatchEvent:
    try:
        decoded = decode_object(envelope.object, kind)
    except Malformed:
        deleted = _deleted_object(envelope, kind)
        if deleted is not None:
            return WatchEvent(Deleted(deleted), line)
        return WatchEvent(line=line, malformed=True, key=decode_key(envelope.object))
    return WatchEvent(Deleted(decoded) if envelope.type == "DELETED" else Applied(decoded), line)


def _deleted_object(envelope: _Envelope, kind: Kind) -> KubernetesObject | None:
    """The object of a DELETED event that cannot be decoded: its identity is enough."""
    identity = _identity(envelope.object) if envelope.type == "DELETED" else None
    if identity is None:
        return None
    try:
        return decode_object(msgspec.json.encode(_IdentityProbe(identity)), kind)
    except Malformed:
        return None


def _identity(data: bytes | msgspec.Raw) -> _Identity | None:
    try:
        decoded = _IDENTITY.decode(data).metadata
    except _BROKEN:
        return None
    return decoded if decoded.name else None


def _bookmark(envelope: _Envelope) -> WatchEvent:
    try:
        metadata = _BOOKMARK.decode(envelope.object).metadata
    except _BROKEN:
        return WatchEvent(bookmark=True)
    end = (metadata.annotations or {}).get(INITIAL_EVENTS_END) == "true"
    return WatchEvent(reached=metadata.resource_version, bookmark=True, initial_end=end)
