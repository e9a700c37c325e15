"""What a pager shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from stsview.ui.kit.look.roles import Spans, plain


class Lines(Protocol):
    """Lines by number. Numbers only grow: what is added gets the next ones, and lines may be dropped at the start.

    The texts may be anything but for line ends and tabs.
    """

    @property
    def first(self) -> int:
        """Number of the first line that is there."""

    @property
    def end(self) -> int:
        """The number after the last line."""

    @property
    def prefix_cells(self) -> int:
        """How many cells stand before every line and are left blank where one goes on below."""

    def text(self, number: int) -> str:
        """What is searched, and wrapped."""

    def spans(self, number: int) -> Spans:
        """The same characters in their roles; asked for when the line comes into sight."""

    def prefix(self, number: int) -> Spans:
        """What stands before it; at most `prefix_cells` wide."""


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

    def prefix(self, number: int) -> Spans:
        return ()
