"""A watch stream, from chunks of bytes to single events."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from stsview.cluster.http.http_errors import Status, parse_status
from stsview.objects.kinds import Kind, KubernetesObject
from stsview.objects.meta import Key, Malformed, decode
from stsview.objects.stream_messages import Applied, Deleted

INITIAL_EVENTS_END = "k8s.io/initial-events-end"
"""Annotation of the bookmark that ends a streaming list (KEP-3157)."""


class LineBuffer:
    """Splits what comes in chunks at the newlines, in time that grows with the bytes, however long a line is."""

    def __init__(self) -> None:
        self._begun = bytearray()

    @property
    def unfinished(self) -> bool:
        """Whether a line has begun and not ended."""
        return bool(self._begun)

    def feed(self, chunk: bytes) -> list[bytes]:
        """The lines that `chunk` completes, without their newlines; empty ones are left out."""
        first, *others = chunk.split(b"\n")
        self._begun += first
        if not others:
            return []
        lines = [bytes(self._begun), *others]
        self._begun = bytearray(lines.pop())
        return [line for line in lines if line and not line.isspace()]


class _Envelope(msgspec.Struct, frozen=True):
    type: str
    object: msgspec.Raw


class _Versioned(msgspec.Struct, frozen=True, rename="camel"):
    resource_version: str = ""


class _VersionProbe(msgspec.Struct, frozen=True):
    metadata: _Versioned = _Versioned()


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


@dataclass(frozen=True, slots=True)
class WatchEvent:
    """What one event says. An event of a type that we do not know says nothing."""

    change: Applied | Deleted | None = None
    resource_version: str = ""
    """Where the watch has got to; empty when the event does not say."""
    bookmark: bool = False
    initial_end: bool = False
    """The streaming list is whole."""
    failure: Status | None = None
    """The server ends the watch, and why."""
    malformed: bool = False
    """It holds an object that could not be read."""
    key: Key | None = None
    """Whose that is, as far as that could be read."""


def decode_event(line: bytes, kind: Kind) -> WatchEvent:
    """One event of a watch of `kind`; whatever the bytes are, this does not raise."""
    try:
        envelope = _ENVELOPE.decode(line)
    except _BROKEN:
        return WatchEvent(malformed=True)
    match envelope.type:
        case "ADDED" | "MODIFIED" | "DELETED":
            return _change(envelope, kind)
        case "BOOKMARK":
            return _bookmark(envelope)
        case "ERROR":
            return WatchEvent(failure=parse_status(envelope.object) or Status(code=500, message="an unreadable error"))
    return WatchEvent()


def decode_object(data: bytes | msgspec.Raw, kind: Kind) -> KubernetesObject:
    """Like `decode`, but an object without a name is `Malformed` too: nothing could be done with it."""
    found = decode(data, kind.decoder)
    if not found.metadata.name:
        raise Malformed("the object has no name")
    return found


def decode_key(data: bytes | msgspec.Raw) -> Key | None:
    """The name of an object that cannot be read otherwise; None if not even that can be."""
    found = _identity(data)
    return Key(found.namespace, found.name) if found is not None else None


def _change(envelope: _Envelope, kind: Kind) -> WatchEvent:
    try:
        version = _VERSION.decode(envelope.object).metadata.resource_version
    except _BROKEN:
        version = ""
    try:
        found = decode_object(envelope.object, kind)
    except Malformed:
        former = _former(envelope, kind)
        if former is not None:
            return WatchEvent(Deleted(former), version)
        return WatchEvent(resource_version=version, malformed=True, key=decode_key(envelope.object))
    return WatchEvent(Deleted(found) if envelope.type == "DELETED" else Applied(found), version)


def _former(envelope: _Envelope, kind: Kind) -> KubernetesObject | None:
    """What a deletion that cannot be read is about: its identity is all that is of interest."""
    identity = _identity(envelope.object) if envelope.type == "DELETED" else None
    if identity is None:
        return None
    try:
        return decode_object(msgspec.json.encode(_IdentityProbe(identity)), kind)
    except Malformed:
        return None


def _identity(data: bytes | msgspec.Raw) -> _Identity | None:
    try:
        found = _IDENTITY.decode(data).metadata
    except _BROKEN:
        return None
    return found if found.name else None


def _bookmark(envelope: _Envelope) -> WatchEvent:
    try:
        metadata = _BOOKMARK.decode(envelope.object).metadata
    except _BROKEN:
        return WatchEvent(bookmark=True)
    end = (metadata.annotations or {}).get(INITIAL_EVENTS_END) == "true"
    return WatchEvent(resource_version=metadata.resource_version, bookmark=True, initial_end=end)
