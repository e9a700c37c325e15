"""Recording of what a picture is made of, into a file, while it is made."""

from __future__ import annotations

import atexit
import contextlib
import gzip
import os
import threading
import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import msgspec

from stsview import __version__
from stsview.live.errors import CannotRecord
from stsview.live.recording.lines import (
    KIND_NAMES,
    VERSION,
    EventType,
    Header,
    Line,
    ObjectEvent,
    Part,
    encode,
    seconds_between,
)
from stsview.live.recording.redaction import Redactor
from stsview.live.snapshot import Link, PictureHealth, Scope
from stsview.model.cache.coverage import KindCoverage
from stsview.model.usage.usage_history import MeasuredUsage
from stsview.objects.kinds import Kind, KubernetesObject
from stsview.objects.meta import Key
from stsview.objects.stream_messages import Applied, Batch

_LEVEL = 4
"""Of compression: 100 MB/s, at nine tenths of what is to be gained."""

_FLUSH_SECONDS = 1.0
"""What was recorded is in the file after that time, however the process ends."""

_CLOSE_SECONDS = 30.0
"""How long the end of the process waits for what is still to be written."""


class Recorder:
    """Writes a recording in a thread of its own: the picture never waits for the disk, and does not fail with it.

    Objects are redacted as in `stsview dump`.
    """

    def __init__(self, path: Path) -> None:
        """Create the file, which only its owner may read.

        Raises `CannotRecord`, also for a file that exists.
        """
        self.path = path
        self.problem = ""
        """Why nothing more is recorded, on one line; empty while it is."""
        self.events = 0
        """Object events recorded so far."""
        self.closed = False
        self._queue: SimpleQueue[_Entry | None] = SimpleQueue()
        self._dirty = False
        self._link: tuple[Link, str] | None = None
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError as error:
            raise CannotRecord(f"{path} exists: name a new file") from error
        except OSError as error:
            raise CannotRecord(f"{path} cannot be written: {error.strerror or 'error'}") from error
        self._writer = threading.Thread(target=self._write_all, args=(descriptor,), name="recorder", daemon=True)
        self._writer.start()
        atexit.register(self.close)

    @property
    def size(self) -> int:
        """Bytes in the file; 0 where that cannot be told."""
        try:
            return self.path.stat().st_size
        except OSError:
            return 0

    def begin(self, scope: Scope, now: datetime) -> None:
        """An empty picture of a part of a cluster begins."""
        self._link = None
        self._put(now, Line(0, part=Part(scope.context, scope.server, scope.namespaces)))

    def apply(self, batch: Batch, now: datetime) -> None:
        self._put(now, batch)

    def cover(self, kind: Kind, namespace: str, coverage: KindCoverage | None, now: datetime) -> None:
        """How much of a kind is known; None: it is no longer read in the namespace."""
        line = Line(0, KIND_NAMES[kind], namespace, cover=coverage, uncover=coverage is None)
        self._put(now, line)

    def measure(self, measured: MeasuredUsage, now: datetime) -> None:
        """What a set uses was measured."""
        self._put(now, Line(0, usage=measured))

    def flush(self, health: PictureHealth, now: datetime) -> None:
        """The views were derived from everything before."""
        link = (health.link, health.problem)
        if link != self._link:
            self._link = link
            self._put(now, Line(0, link=health.link, problem=health.problem))
        if self._dirty:
            self._put(now, Line(0, flush=True))
            self._dirty = False

    def did(self, command: str, by: str, now: datetime) -> None:
        """A command was executed on the cluster."""
        self._put(now, Line(0, do=command, by=by))

    def end(self, now: datetime) -> None:
        """End the recording: nothing changed until now. Does nothing a second time."""
        self._put(now, Line(0, flush=True))
        self.close()

    def close(self) -> None:
        """Write what is left, and close the file. May be called again."""
        if self.closed:
            return
        self.closed = True
        self._queue.put(None)
        self._writer.join(_CLOSE_SECONDS)
        atexit.unregister(self.close)

    def _put(self, now: datetime, what: Batch | Line) -> None:
        if self.closed or self.problem:
            return
        self._dirty = True
        self._queue.put(_Entry(now, what))

    def _write_all(self, descriptor: int) -> None:
        """Run by the thread until the recording is closed, or cannot be written."""
        try:
            with (
                os.fdopen(descriptor, "wb") as raw,
                gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=_LEVEL) as file,
            ):
                self._write_entries(file, _Formatter())
        except OSError as error:
            self.problem = f"{self.path} cannot be written: {error.strerror or 'error'}"

    def _write_entries(self, file: gzip.GzipFile, formatter: _Formatter) -> None:
        flushed_at, unflushed = time.monotonic(), False
        while True:
            with contextlib.suppress(Empty):
                entry = self._queue.get(timeout=_FLUSH_SECONDS if unflushed else None)
                if entry is None:
                    return
                file.writelines(line + b"\n" for line in formatter.lines(entry))
                unflushed = True
                self.events = formatter.events
            if unflushed and time.monotonic() - flushed_at >= _FLUSH_SECONDS:
                file.flush()
                flushed_at, unflushed = time.monotonic(), False


class _Entry(msgspec.Struct, frozen=True):
    now: datetime
    what: Batch | Line


class _Formatter:
    """Turns what happened into lines. A list becomes the events that lead to it from the list before."""

    def __init__(self) -> None:
        self.events = 0
        self._start: datetime | None = None
        self._redactor = Redactor()
        self._held: dict[Kind, dict[str, dict[str, str]]] = {}
        """The uid of each object, by kind, namespace and name."""

    def lines(self, entry: _Entry) -> Iterator[bytes]:
        if self._start is None:
            self._start = entry.now
            yield encode(Header(VERSION, entry.now, __version__))
        t = seconds_between(self._start, entry.now)
        if isinstance(entry.what, Batch):
            yield from self._events(entry.what, t)
            return
        if entry.what.part is not None:
            self._held.clear()
        yield encode(msgspec.structs.replace(entry.what, t=t))

    def _events(self, batch: Batch, t: float) -> Iterator[bytes]:
        held = self._held.setdefault(batch.kind, {})
        name = KIND_NAMES[batch.kind]
        for change in batch.changes:
            metadata = change.object.metadata
            names = held.setdefault(metadata.namespace, {})
            if isinstance(change, Applied):
                type_: EventType = "MODIFIED" if names.get(metadata.name) == metadata.uid else "ADDED"
                names[metadata.name] = metadata.uid
            else:
                type_ = "DELETED"
                if names.get(metadata.name) == metadata.uid:
                    del names[metadata.name]
            yield self._event(t, name, type_, self._content(change.object))
        if batch.replace:
            for key, uid in list(_unlisted(held, batch)):
                del held[key.namespace][key.name]
                identity = {"name": key.name, "namespace": key.namespace, "uid": uid}
                yield self._event(t, name, "DELETED", {"metadata": identity})

    def _event(self, t: float, kind: str, type_: EventType, content: dict[str, Any]) -> bytes:
        self.events += 1
        return encode(Line(t, kind, event=ObjectEvent(type_, msgspec.Raw(encode(content)))))

    def _content(self, object_: KubernetesObject) -> dict[str, Any]:
        return self._redactor.redacted(msgspec.to_builtins(object_))


def _unlisted(held: dict[str, dict[str, str]], batch: Batch) -> Iterator[tuple[Key, str]]:
    """The objects that are not in the list that the batch completes, with their uids."""
    named: dict[str, set[str]] = {}
    for change in batch.changes:
        if isinstance(change, Applied):
            named.setdefault(change.object.metadata.namespace, set()).add(change.object.metadata.name)
    namespaces: Iterable[str] = (batch.namespace,) if batch.namespace else held
    for namespace in namespaces:
        listed = batch.listed.get(namespace, frozenset())
        for name, uid in held.get(namespace, {}).items():
            if name not in listed and name not in named.get(namespace, ()):
                yield Key(namespace, name), uid
