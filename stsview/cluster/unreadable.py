"""Which objects of a kind cannot be read as they are now."""

from __future__ import annotations

from collections.abc import Iterable

from stsview.cluster.frames import Frame
from stsview.objects.meta import Key


class Unreadable:
    """Follows a list and a watch. One that is read, or gone, later on counts no longer; those of which not even the
    name can be read count until the next list."""

    def __init__(self) -> None:
        self._named: set[Key] = set()
        self._nameless = 0

    def __len__(self) -> int:
        return len(self._named) + self._nameless

    def take(self, frames: Iterable[Frame]) -> None:
        """What a watch told."""
        for frame in frames:
            if frame.change is not None:
                self._named.discard(frame.change.object.metadata.key)
            elif frame.malformed:
                self.add(frame.key)

    def add(self, key: Key | None) -> None:
        """One that is part of a list; None where its name cannot be read either."""
        if key is None:
            self._nameless += 1
        else:
            self._named.add(key)
