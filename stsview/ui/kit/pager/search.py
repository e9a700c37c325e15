"""Incremental search in lines that grow."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right

from stsview.ui.kit.pager.lines import Lines


class Search:
    """The lines that contain a text, ignoring case. An empty text matches nothing."""

    def __init__(self, text: str = "") -> None:
        self.text = text
        self._pattern = re.compile(re.escape(text), re.IGNORECASE) if text else None
        self._lower = text.lower() if text.isascii() else ""
        self._found: list[int] = []
        self._scanned_to: int | None = None

    def __bool__(self) -> bool:
        return bool(self.text)

    @property
    def matching(self) -> int:
        """Number of matching lines."""
        return len(self._found)

    def place(self, number: int) -> int:
        """The index of a line among the matching lines, from 1; 0 if it does not match."""
        at = bisect_left(self._found, number)
        return at + 1 if at < len(self._found) and self._found[at] == number else 0

    def scan(self, lines: Lines) -> None:
        """Search the lines added since the last scan, and forget dropped ones."""
        if self._pattern is None:
            return
        start = lines.first if self._scanned_to is None else max(self._scanned_to, lines.first)
        self._found += [number for number in range(start, lines.end) if self._contains(lines.text(number))]
        self._scanned_to = lines.end
        if self._found and self._found[0] < lines.first:
            del self._found[: bisect_left(self._found, lines.first)]

    def next(self, number: int) -> int | None:
        """The first match below a line, else the topmost."""
        if not self._found:
            return None
        at = bisect_right(self._found, number)
        return self._found[at % len(self._found)]

    def previous(self, number: int) -> int | None:
        """The first match above a line, else the lowest."""
        return self._found[bisect_left(self._found, number) - 1] if self._found else None

    def spans(self, text: str) -> list[tuple[int, int]]:
        """The matches within a line."""
        return [] if self._pattern is None else [match.span() for match in self._pattern.finditer(text)]

    def _contains(self, text: str) -> bool:
        # Many times faster than the pattern, which only letters with unusual case folding need.
        if self._lower and text.isascii():
            return self._lower in text.lower()
        return self._pattern is not None and self._pattern.search(text) is not None
