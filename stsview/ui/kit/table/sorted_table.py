"""A table that sorts its rows, and holds them in place while it is in use."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from typing import Any, TypeVar

from stsview.text.columns import Column
from stsview.ui.kit.table.order import successor
from stsview.ui.kit.table.rows import Cell
from stsview.ui.kit.table.sorted_rows import SortedRows
from stsview.ui.kit.table.stable_order import HOLD_SECONDS
from stsview.ui.kit.table.virtual_table import VirtualTable

K = TypeVar("K", bound=Hashable)


class SortedTable(VirtualTable[K]):
    """A table whose rows have sort keys.

    The cost of a change is that of the rows that it touches, not of all rows. Rows keep their places for `HOLD_SECONDS`
    after the last key or click; what is new then is added at the end.
    """

    def __init__(
        self,
        columns: Sequence[Column],
        rows: Callable[[K], Sequence[Cell]],
        monotonic: Callable[[], float] = time.monotonic,
        *,
        id: str | None = None,  # noqa: A002 - Textual's name for it
    ) -> None:
        """`monotonic` is the clock, in seconds, that ends the hold of rows."""
        super().__init__(columns, rows, id=id)
        self._monotonic = monotonic
        self._sorted: SortedRows[K] = SortedRows()
        self._order = self._sorted
        self._held_until = float("-inf")

    @property
    def is_held(self) -> bool:
        return self._monotonic() < self._held_until

    def hold(self) -> None:
        """Hold rows in place for a few seconds, because the table is in use."""
        self._held_until = self._monotonic() + HOLD_SECONDS

    def release(self) -> None:
        """End the hold, because the next change is requested (filter, sort)."""
        self._held_until = float("-inf")

    def place(self, removed: Collection[K], placed: Mapping[K, Any]) -> None:
        """Remove rows, and place others by sort keys; see `SortedRows.change`.

        The cursor moves as by `set_order`. Rows that were held move if the hold has ended.
        """
        before, line = self._visible_keys(), self._cursor_line
        found = successor(self._order, self._cursor, lambda key: key not in removed)
        if self._sorted.change(removed, placed, hold=self.is_held):
            self._rows_moved(before)
            self._place_cursor(found, line)
