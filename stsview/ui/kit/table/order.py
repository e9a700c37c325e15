"""The order of rows, and where the cursor goes when it changes."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)


class RowOrder(Generic[K]):
    """Unique keys in row order, with lookup of a row by key in constant time.

    Raises ValueError if a key occurs twice.
    """

    def __init__(self, keys: Sequence[K] = ()) -> None:
        self.keys: tuple[K, ...] = tuple(keys)
        self._rows: dict[K, int] = {key: row for row, key in enumerate(self.keys)}
        if len(self._rows) != len(self.keys):
            raise ValueError("the same key was given for two rows")

    def __len__(self) -> int:
        return len(self.keys)

    def __contains__(self, key: object) -> bool:
        return key in self._rows

    def row(self, key: K) -> int | None:
        return self._rows.get(key)

    def key(self, row: int) -> K | None:
        """The key of a row; None if there is no such row."""
        return self.keys[row] if 0 <= row < len(self.keys) else None

    def successor(self, key: K | None, after: RowOrder[K]) -> K | None:
        """The key for a cursor on `key` once the order is `after`.

        The same key while it exists; else the nearest key below that still exists, else the nearest above, else the
        first.
        """
        if key is not None and key in after:
            return key
        row = self._rows.get(key) if key is not None else None
        if row is not None:
            for candidate in (*self.keys[row + 1 :], *reversed(self.keys[:row])):
                if candidate in after:
                    return candidate
        return after.key(0)
