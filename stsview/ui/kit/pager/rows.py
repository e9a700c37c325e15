"""The screen rows of each line, for wrapped lines."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

_TRIMMED_AT = 4096


class RowMap:
    """Heights of lines that are added at the end and dropped at the start.

    Rows are counted from the first line. Lookups in both directions are bisections.
    """

    def __init__(self) -> None:
        self._ends: list[int] = []
        self._dropped = 0
        """Number of entries at the start of `_ends` that belong to dropped lines."""

    def __len__(self) -> int:
        """Number of lines."""
        return len(self._ends) - self._dropped

    @property
    def rows(self) -> int:
        """Number of rows of all lines."""
        return (self._ends[-1] if self._ends else 0) - self._base

    def append(self, heights: Iterable[int]) -> None:
        end = self._ends[-1] if self._ends else 0
        for height in heights:
            end += height
            self._ends.append(end)

    def drop(self, lines: int) -> int:
        """Drop `lines` lines at the start; returns the number of their rows."""
        before = self._base
        self._dropped += min(lines, len(self))
        dropped = self._base - before
        if self._dropped >= _TRIMMED_AT:
            # The last dropped entry stays: the others count from it.
            del self._ends[: self._dropped - 1]
            self._dropped = 1
        return dropped

    def clear(self) -> None:
        self._ends.clear()
        self._dropped = 0

    def line_at(self, row: int) -> tuple[int, int]:
        """The line of a row, counted from the first, and the row's index in that line."""
        row += self._base
        place = bisect_right(self._ends, row, lo=self._dropped)
        return place - self._dropped, row - (self._ends[place - 1] if place else 0)

    def row_of(self, line: int) -> int:
        """The first row of a line, counted likewise.

        For the line after the last, the row after the last.
        """
        place = line + self._dropped
        return (self._ends[place - 1] if place else 0) - self._base

    @property
    def _base(self) -> int:
        return self._ends[self._dropped - 1] if self._dropped else 0
