"""The order of rows, and where the cursor goes when it changes."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from itertools import chain
from typing import Generic, Protocol, TypeVar

K = TypeVar("K", bound=Hashable)


class Order(Protocol[K]):
    """Unique keys in row order, with lookup in both directions."""

    def __len__(self) -> int: ...

    def __contains__(self, key: object, /) -> bool: ...

    @property
    def keys(self) -> tuple[K, ...]:
        """The keys in row order."""

    def row(self, key: K, /) -> int | None:
        """The row of a key; None if it has none."""

    def key(self, row: int, /) -> K | None:
        """The key of a row; None if there is no such row."""

    def between(self, start: int, stop: int, /) -> Sequence[K]:
        """The keys of the rows from `start`, at least 0, up to `stop`, as far as there are such rows."""


class RowOrder(Generic[K]):
    """An order that does not change, with lookup of a row by key in constant time.

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
        return self.keys[row] if 0 <= row < len(self.keys) else None

    def between(self, start: int, stop: int) -> Sequence[K]:
        return self.keys[start:stop]


def successor(order: Order[K], key: K | None, stays: Callable[[K], bool]) -> K | None:
    """The key for a cursor on `key` once only the rows that satisfy `stays` are left of `order`.

    The same key if it stays; else the nearest key below that does, else the nearest above, else None.
    """
    row = None if key is None else order.row(key)
    if row is None:
        return key if key is not None and stays(key) else None
    for candidate in chain(range(row, len(order)), range(row - 1, -1, -1)):
        found = order.key(candidate)
        if found is not None and stays(found):
            return found
    return None
