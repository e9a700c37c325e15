"""Open watches, and the delivery of one write to all of them.

Source: k8s.io/apiserver/pkg/storage/cacher (cache_watcher.go: an object that stops matching the selector is sent as
deleted, with its previous state; bookmarks about once a minute after the start of the watch, but not for events, which
are not cached by default: none came in the three minutes of the longest recordings). The cacher of a kind sends none
before it has processed an event. After a restart of a real server 1.36, kinds without changes got their first bookmark
after two minutes.
"""

from __future__ import annotations

import asyncio
import math
from typing import TypeAlias

from stsview.clock import Clock
from stsview.simulator.apiserver.http.bookmarks import bookmark
from stsview.simulator.apiserver.http.content_negotiation import MediaTypeOptions
from stsview.simulator.apiserver.http.encodings import Encodings, status_frame
from stsview.simulator.apiserver.resources import EVENTS, Resource
from stsview.simulator.apiserver.selectors import Predicate
from stsview.simulator.apiserver.storage.history import WatchEvent
from stsview.simulator.apiserver.storage.storage import Storage
from stsview.simulator.apiserver.wire import Object

BOOKMARK_SECONDS = 60.0
_IDLE_SECONDS = 120.0
"""Seconds after a restart of the server in which kinds without changes get no bookmark."""
_LEAST_PAUSE = 0.5
_HELD_CLOCK_SECONDS = 1.0
_MOST_PENDING = 50_000
"""A watch that lags by more frames is ended, as the real server ends slow watchers."""

_FrameCache: TypeAlias = dict[tuple[str, MediaTypeOptions], bytes]


class Watch:
    """One client's stream of frames. `next_frames` is for one reader."""

    def __init__(
        self,
        encodings: Encodings,
        resource: Resource,
        namespace: str,
        selector: Predicate | None,
        media: MediaTypeOptions,
        *,
        bookmarks: bool,
    ) -> None:
        self.resource = resource
        self.bookmarks = bookmarks
        self.starts_after = 0
        """Events up to this resource version are not sent."""
        self._encodings = encodings
        self._namespace = namespace if resource.namespaced else ""
        self._selector = selector
        self._media = media
        self._pending: list[bytes] = []
        self._notify = asyncio.Event()
        self._first = True
        self.ended = False
        self.bookmark_due = 0.0
        """When the next bookmark is sent, in monotonic time."""

    def add_initial(self, objects: list[Object]) -> None:
        """Send existing objects as ADDED."""
        for obj in objects:
            self._push(self._frame("ADDED", obj))

    def send(self, event: WatchEvent, cache: _FrameCache) -> None:
        """Send an event, if it matches the watch.

        `cache` is shared by all watches for this event.
        """
        if self.ended or event.rv <= self.starts_after:
            return
        metadata = event.object["metadata"]
        if self._namespace and metadata["namespace"] != self._namespace:
            return
        selected = self._as_selected(event)
        if selected is None:
            return
        type_, obj = selected
        key = (type_, self._media)
        if self._first or obj is not event.object:
            self._push(self._frame(type_, obj))
            return
        if key not in cache:
            cache[key] = self._frame(type_, obj)
        self._push(cache[key])

    def bookmark(self, rv: int, *, initial_events_end: bool = False) -> None:
        """Send a bookmark."""
        obj = bookmark(self.resource, rv, initial_events_end=initial_events_end)
        self._push(self._frame("BOOKMARK", obj))

    def fail(self, status: Object) -> None:
        """End with an ERROR frame."""
        self._push(status_frame(status))
        self.end()

    def end(self) -> None:
        """End the stream after all pending frames."""
        self.ended = True
        self._notify.set()

    async def next_frames(self) -> bytes:
        """All pending frames, waiting for the first.

        Empty once the watch has ended and everything was sent.
        """
        while not self._pending and not self.ended:
            self._notify.clear()
            await self._notify.wait()
        frames, self._pending = self._pending, []
        return b"".join(frames)

    def _as_selected(self, event: WatchEvent) -> tuple[str, Object] | None:
        if self._selector is None:
            return event.type, event.object
        matched = event.previous is not None and self._selector(event.previous)
        matches = event.type != "DELETED" and self._selector(event.object)
        if matches:
            return ("MODIFIED" if matched else "ADDED"), event.object
        if not matched:
            return None
        if event.type == "DELETED":
            return "DELETED", event.object
        last = event.previous or event.object
        return "DELETED", {**last, "metadata": {**last["metadata"], "resourceVersion": str(event.rv)}}

    def _frame(self, type_: str, obj: Object) -> bytes:
        frame = self._encodings.frame(type_, self.resource, obj, self._media, first=self._first)
        self._first = False
        return frame

    def _push(self, frame: bytes) -> None:
        self._pending.append(frame)
        if len(self._pending) > _MOST_PENDING:
            self.ended = True
        self._notify.set()


class Watches:
    """All open watches of a server."""

    def __init__(self, storage: Storage, encodings: Encodings, clock: Clock) -> None:
        self._storage = storage
        self._encodings = encodings
        self._clock = clock
        self._open: dict[Resource, list[Watch]] = {}
        self._idle_until = 0.0
        self._changed: set[Resource] = set()
        self._unsubscribe = storage.subscribe(self._on_event)

    @property
    def count(self) -> int:
        return sum(len(watches) for watches in self._open.values())

    def open(
        self,
        resource: Resource,
        namespace: str,
        selector: Predicate | None,
        media: MediaTypeOptions,
        *,
        bookmarks: bool,
    ) -> Watch:
        """A new watch, from the current resource version on."""
        watch = Watch(self._encodings, resource, namespace, selector, media, bookmarks=bookmarks)
        watch.starts_after = self._storage.resource_version
        # In whole seconds, so that the watches of one client are due together.
        watch.bookmark_due = math.ceil(self._clock.monotonic()) + BOOKMARK_SECONDS
        self._open.setdefault(resource, []).append(watch)
        return watch

    def close(self, watch: Watch) -> None:
        watch.end()
        if watch in self._open.get(watch.resource, ()):
            self._open[watch.resource].remove(watch)

    def each(self) -> list[Watch]:
        """All open watches."""
        return [watch for watches in self._open.values() for watch in watches]

    def restarted(self) -> None:
        """The server begins to listen again."""
        self._changed.clear()
        self._idle_until = self._clock.monotonic() + _IDLE_SECONDS

    async def send_bookmarks(self) -> None:
        """Send bookmarks to the watches that asked for them."""
        while True:
            began = self._clock.monotonic()
            wait = min((one.bookmark_due - began for one in self.each()), default=BOOKMARK_SECONDS)
            # A watch that is opened meanwhile is due later.
            await self._clock.sleep(max(wait, _LEAST_PAUSE))
            now = self._clock.monotonic()
            if now - began < _LEAST_PAUSE / 2:
                # sleeping on a held clock returns at once; check again later, in real time
                await asyncio.sleep(_HELD_CLOCK_SECONDS)
                continue
            for watch in self.each():
                if now < watch.bookmark_due:
                    continue
                watch.bookmark_due = math.ceil(now) + BOOKMARK_SECONDS
                idle = now < self._idle_until and watch.resource not in self._changed
                if watch.bookmarks and watch.resource is not EVENTS and not idle:
                    watch.bookmark(max(self._storage.resource_version, watch.starts_after))

    def stop(self) -> None:
        self._unsubscribe()
        for watch in self.each():
            watch.end()

    def _on_event(self, event: WatchEvent) -> None:
        self._changed.add(event.resource)
        cache: _FrameCache = {}
        for watch in tuple(self._open.get(event.resource, ())):
            watch.send(event, cache)
