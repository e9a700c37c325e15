"""Recent watch events, from which a watch can resume until they are compacted."""

from __future__ import annotations

import bisect
from dataclasses import dataclass

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.resources import Resource
from stsview.simulator.apiserver.wire import Object


@dataclass(frozen=True, slots=True)
class WatchEvent:
    """One change. Both objects are shared and must not be changed."""

    type: str
    """`ADDED`, `MODIFIED` or `DELETED`."""
    resource: Resource
    object: Object
    previous: Object | None
    rv: int


class History:
    """Events in order of resource version; at least the newest `limit`."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._events: list[WatchEvent] = []
        self.compacted = 0
        """The last resource version that is gone; a watch can start there, but no earlier."""

    def append(self, event: WatchEvent) -> None:
        self._events.append(event)
        if len(self._events) > 2 * self._limit:
            self._forget(len(self._events) - self._limit)

    def compact(self, through: int) -> None:
        """Forget every event up to and including resource version `through`."""
        self.compacted = max(self.compacted, through)
        self._events = self._events[self._position(through) :]

    def after(self, rv: int) -> list[WatchEvent]:
        """All events newer than `rv`. Raises `ApiError` 410 when some are compacted."""
        if rv < self.compacted:
            raise ApiError.gone(f"too old resource version: {rv} ({self.compacted})")
        return self._events[self._position(rv) :]

    def _position(self, rv: int) -> int:
        return bisect.bisect_right(self._events, rv, key=lambda event: event.rv)

    def _forget(self, count: int) -> None:
        self.compacted = max(self.compacted, self._events[count - 1].rv)
        del self._events[:count]
