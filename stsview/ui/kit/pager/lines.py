"""The lines of a pager."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from stsview.ui.kit.look.roles import Spans, plain


class Lines(Protocol):
    """Lines by number. Added lines get the next numbers.

    Lines may be dropped at the start.

    Texts may contain anything except line ends and tabs.
    """

    @property
    def first(self) -> int:
        """Number of the first line."""

    @property
    def end(self) -> int:
        """The number after that of the last line."""

    @property
    def prefix_cells(self) -> int:
        """Cells before every row."""

    def text(self, number: int) -> str:
        """The text for searching and wrapping."""

    def spans(self, number: int) -> Spans:
        """The same characters in their roles; requested when the line becomes visible."""

    def prefix(self, number: int, *, continued: bool = False) -> Spans:
        """The prefix of a line, at most `prefix_cells` wide; `continued`: of a row that continues it."""


class FixedLines:
    """Lines that do not change."""

    first = 0
    prefix_cells = 0

    def __init__(self, lines: Sequence[Spans] = ()) -> None:
        self._lines = tuple(lines)

    @property
    def end(self) -> int:
        return len(self._lines)

    def text(self, number: int) -> str:
        return plain(self._lines[number])

    def spans(self, number: int) -> Spans:
        return self._lines[number]

    def prefix(self, number: int, *, continued: bool = False) -> Spans:
        return ()
