"""Bounded buffer of log lines, prepared for display."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, tzinfo

import msgspec

from stsview.objects.log_messages import LogLine
from stsview.objects.quantity import format_bytes
from stsview.text.glyphs import active
from stsview.ui.inspect.logs.log_colours import log_spans, timestamp_text
from stsview.ui.kit.look.roles import Role, Spans

MAX_LINES = 50_000
MAX_CHARACTERS = 64 * 1024 * 1024
"""Of all lines together; only logs with long lines reach it."""

_COMPACT_AT = 8192

_STAMP_CELLS = 13
"""Width of `timestamp_text`, and a space."""

_COLOUR_SEQUENCES = re.compile(r"\x1b\[[0-9;:]*[mK]")
"""Colour sequences, which are removed; any other escape sequence is shown as text."""

_TAB = 8


class LogRow(msgspec.Struct, frozen=True, gc=False):
    text: str
    stamp: str = ""
    note: bool = False


class LogRing:
    """Log lines as `stsview.ui.kit.pager.Lines`. New lines push the oldest out."""

    def __init__(
        self,
        zone: tzinfo | None = None,
        *,
        max_lines: int | None = None,
        max_characters: int | None = None,
    ) -> None:
        """`zone` for times of day; None for the local zone.

        Limits default to MAX_LINES and MAX_CHARACTERS.
        """
        self._zone = zone
        self._max_lines = MAX_LINES if max_lines is None else max_lines
        self._max_characters = MAX_CHARACTERS if max_characters is None else max_characters
        self._lines: list[LogRow] = []
        self._removed = 0
        self._characters = 0
        self.first = 0
        self.timestamps = False
        """Whether each line starts with its timestamp."""
        self.today: datetime | None = None
        """The present time, to tell today from other days."""

    @property
    def end(self) -> int:
        return self.first + len(self)

    @property
    def dropped(self) -> int:
        """Number of lines dropped."""
        return self.first

    @property
    def room(self) -> int:
        """Number of lines of ordinary length that fit before others are dropped."""
        return 0 if self._characters >= self._max_characters else max(0, self._max_lines - len(self))

    @property
    def prefix_cells(self) -> int:
        return _STAMP_CELLS if self.timestamps else 0

    def __len__(self) -> int:
        return len(self._lines) - self._removed

    def add(self, lines: Iterable[LogLine]) -> None:
        before = len(self._lines)
        self._lines += [_row(line) for line in lines]
        self._characters += sum(len(line.text) for line in self._lines[before:])
        while len(self) > self._max_lines or (self._characters > self._max_characters and len(self) > 1):
            self._characters -= len(self._lines[self._removed].text)
            self._removed += 1
            self.first += 1
        if self._removed >= _COMPACT_AT:
            del self._lines[: self._removed]
            self._removed = 0

    def line(self, number: int) -> LogRow:
        return self._lines[number - self.first + self._removed]

    def text(self, number: int) -> str:
        return self.line(number).text

    def spans(self, number: int) -> Spans:
        line = self.line(number)
        return ((line.text, Role.PROGRESSING),) if line.note else log_spans(line.text)

    def prefix(self, number: int) -> Spans:
        return ((timestamp_text(self.line(number).stamp, self.today, self._zone), Role.DIM),)

    def lines_to_save(self) -> Iterable[str]:
        """The lines for a file, with their timestamps where those are shown."""
        for line in self._lines[self._removed :]:
            yield f"{line.stamp} {line.text}" if self.timestamps and line.stamp else line.text


def _row(line: LogLine) -> LogRow:
    text = line.text
    if "\x1b" in text:
        text = _COLOUR_SEQUENCES.sub("", text)
    if "\t" in text:
        text = text.expandtabs(_TAB)
    if line.note:
        text = f"{active().arrow_shaft * 2} {text}"
    if line.cut:
        amount, unit = format_bytes(line.cut)
        text += f" {active().ellipsis} {amount} {unit}B more, not shown"
    return LogRow(text, line.stamp, line.note)
