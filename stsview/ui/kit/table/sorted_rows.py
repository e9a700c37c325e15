"""An order of rows that costs the logarithm of their number for each row that moves."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from typing import Any, Generic, TypeVar

from sortedcontainers import SortedList

K = TypeVar("K", bound=Hashable)

_REBUILD_FROM = 8
"""One moved row of so many, and sorting all of them is faster than moving each."""


class SortedRows(Generic[K]):
    """Unique keys, each at the place of its sort key; rows may be held at a former place.

    Sort keys must be comparable with each other, and differ between rows.
    """

    def __init__(self) -> None:
        self._entries: Any = SortedList()
        self._places: dict[K, tuple[int, Any]] = {}
        self._wanted: dict[K, Any] = {}
        """Sort keys of the rows that are held elsewhere."""
        self._additions = 0

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, key: object) -> bool:
        return key in self._places

    @property
    def keys(self) -> tuple[K, ...]:
        """The keys in row order."""
        return tuple(key for _, key in self._entries)

    def row(self, key: K) -> int | None:
        place = self._places.get(key)
        if place is None:
            return None
        row: int = self._entries.bisect_left((place,))
        return row

    def key(self, row: int) -> K | None:
        """The key of a row; None if there is no such row."""
        if not 0 <= row < len(self._entries):
            return None
        key: K = self._entries[row][1]
        return key

    def between(self, start: int, stop: int) -> list[K]:
        """The keys of the rows from `start`, at least 0, up to `stop`, as far as there are such rows."""
        return [key for _, key in self._entries.islice(start, stop)]

    def change(self, removed: Collection[K], placed: Mapping[K, Any], *, hold: bool) -> bool:
        """Remove rows, and place others by these sort keys; returns whether any row was added, removed or moved.

        With `hold`, rows stay where they are, and new ones are added below all others. Without, those that were held
        move as well.
        """
        places: dict[K, tuple[int, Any] | None] = {key: None for key in removed if key in self._places}
        for key in places:
            self._wanted.pop(key, None)
        if hold:
            self._hold(placed, places)
        else:
            self._additions = 0
            for key, sort_key in (*self._wanted.items(), *placed.items()):
                places[key] = (0, sort_key)
            self._wanted.clear()
        return self._move(places)

    def _hold(self, placed: Mapping[K, Any], places: dict[K, tuple[int, Any] | None]) -> None:
        self._additions += 1
        for key, sort_key in placed.items():
            here = self._places.get(key)
            if here is None:
                places[key] = (self._additions, sort_key)
                self._wanted[key] = sort_key
            elif here == (0, sort_key):
                self._wanted.pop(key, None)
            else:
                self._wanted[key] = sort_key

    def _move(self, places: Mapping[K, tuple[int, Any] | None]) -> bool:
        moved = {key: place for key, place in places.items() if self._places.get(key) != place}
        many = len(moved) * _REBUILD_FROM > len(self._places)
        for key, place in moved.items():
            former = self._places.pop(key, None)
            if former is not None and not many:
                self._entries.remove((former, key))
            if place is not None:
                self._places[key] = place
                if not many:
                    self._entries.add((place, key))
        if many and moved:
            self._entries = SortedList((place, key) for key, place in self._places.items())
        return bool(moved)
