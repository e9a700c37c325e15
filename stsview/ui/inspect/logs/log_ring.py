"""Lines of a log as they are drawn: as many as memory is spared for, the newest."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, tzinfo

import msgspec

from stsview.objects.log_messages import LogLine
from stsview.objects.quantity import format_bytes
from stsview.text.glyphs import active
from stsview.ui.inspect.logs.log_colours import log_spans, stamp_words
from stsview.ui.kit.look.roles import Role, Spans

MOST_LINES = 50_000
MOST_CHARACTERS = 64 * 1024 * 1024
"""Of all lines together; reached only by logs whose lines are long."""

_TRIMMED_AT = 8192

_STAMP_CELLS = 13
"""Of `stamp_words`, and a space."""

_COLOURS = re.compile(r"\x1b\[[0-9;:]*[mK]")
"""What colours a line in a terminal; any other escape sequence is shown for what it is."""

_TAB = 8


class ShownLine(msgspec.Struct, frozen=True, gc=False):
    text: str
    stamp: str = ""
    note: bool = False


class LogRing:
    """`stsview.ui.kit.pager.Lines` of a log. The oldest are dropped for the newest."""

    def __init__(
        self,
        zone: tzinfo | None = None,
        *,
        most_lines: int | None = None,
        most_characters: int | None = None,
    ) -> None:
        """Times of day are shown in `zone` (None: the machine's own); more than MOST_LINES, or MOST_CHARACTERS in all,
        are not kept unless other limits are given."""
        self._zone = zone
        self._most_lines = MOST_LINES if most_lines is None else most_lines
        self._most_characters = MOST_CHARACTERS if most_characters is None else most_characters
        self._lines: list[ShownLine] = []
        self._gone = 0
        self._characters = 0
        self.first = 0
        self.stamps = False
        """Whether each line begins with when it was written."""
        self.today: datetime | None = None
        """The present, by which days are told apart."""

    @property
    def end(self) -> int:
        return self.first + len(self)

    @property
    def dropped(self) -> int:
        """How many lines there is no memory for any more."""
        return self.first

    @property
    def room(self) -> int:
        """How many lines can be added before others are dropped, if they are not very long."""
        return 0 if self._characters >= self._most_characters else max(0, self._most_lines - len(self))

    @property
    def prefix_cells(self) -> int:
        return _STAMP_CELLS if self.stamps else 0

    def __len__(self) -> int:
        return len(self._lines) - self._gone

    def add(self, lines: Iterable[LogLine]) -> None:
        before = len(self._lines)
        self._lines += [_shown(line) for line in lines]
        self._characters += sum(len(line.text) for line in self._lines[before:])
        while len(self) > self._most_lines or (self._characters > self._most_characters and len(self) > 1):
            self._characters -= len(self._lines[self._gone].text)
            self._gone += 1
            self.first += 1
        if self._gone >= _TRIMMED_AT:
            del self._lines[: self._gone]
            self._gone = 0

    def line(self, number: int) -> ShownLine:
        return self._lines[number - self.first + self._gone]

    def text(self, number: int) -> str:
        return self.line(number).text

    def spans(self, number: int) -> Spans:
        line = self.line(number)
        return ((line.text, Role.PROGRESSING),) if line.note else log_spans(line.text)

    def prefix(self, number: int) -> Spans:
        return ((stamp_words(self.line(number).stamp, self.today, self._zone), Role.DIM),)

    def saved(self) -> Iterable[str]:
        """The lines as they are to be written to a file, with their stamps where those are shown."""
        for line in self._lines[self._gone :]:
            yield f"{line.stamp} {line.text}" if self.stamps and line.stamp else line.text


def _shown(line: LogLine) -> ShownLine:
    text = line.text
    if "\x1b" in text:
        text = _COLOURS.sub("", text)
    if "\t" in text:
        text = text.expandtabs(_TAB)
    if line.note:
        text = f"{active().arrow_shaft * 2} {text}"
    if line.cut:
        amount, unit = format_bytes(line.cut)
        text += f" {active().ellipsis} {amount} {unit}B more, not shown"
    return ShownLine(text, line.stamp, line.note)
