"""Which objects of a kind cannot be read as they are now."""

from __future__ import annotations

from collections.abc import Iterable

from stsview.cluster.watch.watch_events import WatchEvent
from stsview.objects.meta import Key


class UndecodableObjects:
    """Follows a list and a watch. One that is read, or gone, later on counts no longer; those of which not even the
    name can be read count until the next list."""

    def __init__(self) -> None:
        self._keys: set[Key] = set()
        self._nameless = 0
        self._told: frozenset[Key] = frozenset()

    def __len__(self) -> int:
        return len(self._keys) + self._nameless

    @property
    def keys(self) -> frozenset[Key]:
        """Of those that have a name; the same object for as long as they are the same."""
        if self._told != self._keys:
            self._told = frozenset(self._keys)
        return self._told

    def update(self, frames: Iterable[WatchEvent]) -> None:
        """What a watch told."""
        for frame in frames:
            if frame.change is not None:
                self._keys.discard(frame.change.object.metadata.key)
            elif frame.malformed:
                self.add(frame.key)

    def add(self, key: Key | None) -> None:
        """One that is part of a list; None where its name cannot be read either."""
        if key is None:
            self._nameless += 1
        else:
            self._keys.add(key)
