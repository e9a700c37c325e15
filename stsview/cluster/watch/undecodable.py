"""The objects of a kind that cannot be decoded at present."""

from __future__ import annotations

from collections.abc import Iterable

from stsview.cluster.watch.watch_events import WatchEvent
from stsview.objects.meta import Key


class UndecodableObjects:
    """Collects the objects of a list and a watch that cannot be decoded.

    One that is decoded or deleted later is removed; those without a readable name count until the next list.
    """

    def __init__(self) -> None:
        self._keys: set[Key] = set()
        self._nameless = 0
        self._frozen: frozenset[Key] = frozenset()

    def __len__(self) -> int:
        return len(self._keys) + self._nameless

    @property
    def keys(self) -> frozenset[Key]:
        """Those with a readable name; the same set object while nothing changes."""
        if self._frozen != self._keys:
            self._frozen = frozenset(self._keys)
        return self._frozen

    def update(self, events: Iterable[WatchEvent]) -> None:
        """Apply the events of a watch."""
        for event in events:
            self.note(event)

    def note(self, event: WatchEvent) -> None:
        if event.change is None:
            if event.malformed:
                self.add(event.key)
        elif self._keys:
            self._keys.discard(event.change.object.metadata.key)

    def add(self, key: Key | None) -> None:
        """Add an object of a list; None where its name cannot be read either."""
        if key is None:
            self._nameless += 1
        else:
            self._keys.add(key)
