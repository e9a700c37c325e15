"""The sort mark of a table header."""

from __future__ import annotations

import msgspec


class Sort(msgspec.Struct, frozen=True):
    """The column by which rows are sorted, and the direction."""

    column: str
    reverse: bool = False

    def clicked(self, column: str) -> Sort:
        """The sort after a click on a column, reversed if it is the sort column already."""
        return Sort(column, not self.reverse) if column == self.column else Sort(column)


class SortMark(msgspec.Struct, frozen=True):
    """The sort column; the table itself does not sort, its owner does."""

    column: str
    descending: bool = False
    """Shown as ▼, else ▲."""
