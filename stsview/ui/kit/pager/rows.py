"""Which rows of the screen each line takes, for lines that are wrapped."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

_TRIMMED_AT = 4096


class RowMap:
    """Heights of lines that are added at the end and dropped at the start.

    Rows are counted from the first line that is there. Both ways between rows and lines take a bisection.
    """

    def __init__(self) -> None:
        self._ends: list[int] = []
        self._gone = 0
        """How many entries at the start of `_ends` belong to lines that were dropped."""

    def __len__(self) -> int:
        """How many lines there are."""
        return len(self._ends) - self._gone

    @property
    def rows(self) -> int:
        """How many rows they take together."""
        return (self._ends[-1] if self._ends else 0) - self._base

    def append(self, heights: Iterable[int]) -> None:
        end = self._ends[-1] if self._ends else 0
        for height in heights:
            end += height
            self._ends.append(end)

    def drop(self, lines: int) -> int:
        """Forget so many lines at the start; returns how many rows they took."""
        before = self._base
        self._gone += min(lines, len(self))
        dropped = self._base - before
        if self._gone >= _TRIMMED_AT:
            # The last of those that are gone stays: it is what the others count from.
            del self._ends[: self._gone - 1]
            self._gone = 1
        return dropped

    def clear(self) -> None:
        self._ends.clear()
        self._gone = 0

    def line_at(self, row: int) -> tuple[int, int]:
        """The line (counted from the first) that takes a row, and the how many-th of its rows that is, from 0."""
        row += self._base
        place = bisect_right(self._ends, row, lo=self._gone)
        return place - self._gone, row - (self._ends[place - 1] if place else 0)

    def row_of(self, line: int) -> int:
        """The first row of a line, counted likewise; for the line after the last, the row after the last."""
        place = line + self._gone
        return (self._ends[place - 1] if place else 0) - self._base

    @property
    def _base(self) -> int:
        return self._ends[self._gone - 1] if self._gone else 0
