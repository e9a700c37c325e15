"""Where a text that somebody typed is found in lines that go on growing."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right

from stsview.ui.kit.pager.lines import Lines


class Search:
    """The lines that hold a text, whatever the case of its letters. An empty text is found nowhere."""

    def __init__(self, text: str = "") -> None:
        self.text = text
        self._pattern = re.compile(re.escape(text), re.IGNORECASE) if text else None
        self._lower = text.lower() if text.isascii() else ""
        self._found: list[int] = []
        self._seen: int | None = None

    def __bool__(self) -> bool:
        return bool(self.text)

    @property
    def matching(self) -> int:
        """How many lines hold it."""
        return len(self._found)

    def place(self, number: int) -> int:
        """The how many-th of the matching lines it is, from 1; 0 if it is none of them."""
        at = bisect_left(self._found, number)
        return at + 1 if at < len(self._found) and self._found[at] == number else 0

    def scan(self, lines: Lines) -> None:
        """Take in what came since the last time, and forget what was dropped."""
        if self._pattern is None:
            return
        start = lines.first if self._seen is None else max(self._seen, lines.first)
        self._found += [number for number in range(start, lines.end) if self._holds(lines.text(number))]
        self._seen = lines.end
        if self._found and self._found[0] < lines.first:
            del self._found[: bisect_left(self._found, lines.first)]

    def next(self, number: int) -> int | None:
        """The first match below that line, or else the topmost."""
        if not self._found:
            return None
        at = bisect_right(self._found, number)
        return self._found[at % len(self._found)]

    def before(self, number: int) -> int | None:
        """The first match above that line, or else the lowest."""
        return self._found[bisect_left(self._found, number) - 1] if self._found else None

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where in a line it is."""
        return [] if self._pattern is None else [match.span() for match in self._pattern.finditer(text)]

    def _holds(self, text: str) -> bool:
        # Many times faster than the pattern, which is needed only where letters have odd cases.
        if self._lower and text.isascii():
            return self._lower in text.lower()
        return self._pattern is not None and self._pattern.search(text) is not None
