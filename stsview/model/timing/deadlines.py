"""When the view of each set changes by itself."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from datetime import datetime

from stsview.objects.meta import Key

_SLACK = 64
"""Number of outdated entries that is not worth a clean-up."""


class Deadlines:
    """At most one instant per set, earliest first."""

    def __init__(self) -> None:
        self._at: dict[Key, datetime] = {}
        self._heap: list[tuple[datetime, Key]] = []

    def set(self, key: Key, instant: datetime | None) -> None:
        """Set or (None) clear the instant of a set."""
        if instant is None:
            self._at.pop(key, None)
        elif self._at.get(key) != instant:
            self._at[key] = instant
            heapq.heappush(self._heap, (instant, key))
            if len(self._heap) > 2 * len(self._at) + _SLACK:
                self._heap = [(at, of) for of, at in self._at.items()]
                heapq.heapify(self._heap)

    def due(self, now: datetime) -> Iterator[Key]:
        """Remove and yield the sets whose instant has passed."""
        while (instant := self.next) is not None and instant <= now:
            _, key = heapq.heappop(self._heap)
            del self._at[key]
            yield key

    @property
    def next(self) -> datetime | None:
        """The earliest instant; None when there is none."""
        while self._heap and self._at.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None
