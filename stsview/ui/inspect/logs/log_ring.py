"""Bounded buffer of log lines, prepared for display."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, tzinfo

import msgspec

from stsview.live.logs.log_merge import MergedLine
from stsview.objects.quantity import format_bytes
from stsview.text.glyphs import active
from stsview.text.numbers import count
from stsview.text.terminal_text import fit, width
from stsview.ui.inspect.logs.log_colours import log_spans, timestamp_text
from stsview.ui.kit.look.roles import Role, Span, Spans

MAX_LINES = 50_000
MAX_CHARACTERS = 64 * 1024 * 1024
"""Of all lines together; only logs with long lines reach it."""

MAX_HIDDEN = 5_000
"""Lines that are kept of each pod that is not shown."""

_COMPACT_AT = 8192

_STAMP_CELLS = 13
"""Width of `timestamp_text`, and a space."""

_BAR_CELLS = 3
"""The bar after a name, with a space on either side."""

_COLOUR_SEQUENCES = re.compile(r"\x1b\[[0-9;:]*[mK]")
"""Colour sequences, which are removed; any other escape sequence is shown as text."""

_TAB = 8


class LogRow(msgspec.Struct, frozen=True, gc=False):
    text: str
    stamp: str = ""
    note: bool = False
    source: str = ""
    """The pod; empty for a note about several."""
    late: bool = False
    place: int = 0
    """Its number among all lines, shown or not."""


class LogRing:
    """Log lines as `stsview.ui.kit.pager.Lines`. New lines push the oldest out.

    The lines of some pods may be hidden: of each, the last ones are kept, and put in their places when it is shown
    again.
    """

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
        self._next = 0
        self._hidden: dict[str, deque[LogRow]] = {}
        self._lost: Counter[str] = Counter()
        """Lines of hidden pods that were dropped."""
        self._names: Mapping[str, Span] = {}
        self._name_cells = 0
        self.first = 0
        self.dropped = 0
        """Number of lines that were shown, and dropped since."""
        self.timestamps = False
        """Whether each line starts with its timestamp."""
        self.today: datetime | None = None
        """The present time, to tell today from other days."""

    @property
    def end(self) -> int:
        return self.first + len(self)

    @property
    def room(self) -> int:
        """Number of lines of ordinary length that fit before others are dropped."""
        return 0 if self._characters >= self._max_characters else max(0, self._max_lines - len(self))

    @property
    def prefix_cells(self) -> int:
        stamp = _STAMP_CELLS if self.timestamps else 0
        return stamp + (self._name_cells + _BAR_CELLS if self._names else 0)

    def __len__(self) -> int:
        return len(self._lines) - self._removed

    def name_pods(self, names: Mapping[str, Span]) -> None:
        """Put these names before the lines of pods; none: no names."""
        self._names = names
        self._name_cells = max((width(name) for name, _ in names.values()), default=0)

    def add(self, lines: Iterable[MergedLine]) -> None:
        rows = [_row(line, place) for place, line in enumerate(lines, self._next)]
        self._next += len(rows)
        if self._hidden:
            rows = [row for row in rows if not self._is_hidden(row)]
        self._lines += rows
        self._characters += sum(len(row.text) for row in rows)
        self._drop_oldest()

    def hide(self, pods: Collection[str]) -> None:
        """Hide the lines of these pods, and show those of all others; lines get other numbers."""
        kept = self._lines[self._removed :]
        for pod in [pod for pod in self._hidden if pod not in pods]:
            shown_again = self._hidden.pop(pod)
            if lost := self._lost.pop(pod, 0):
                text = _note_text(f"{count(lost, 'line')} dropped while it was off")
                kept.append(LogRow(text, note=True, source=pod, place=shown_again[0].place if shown_again else 0))
            kept += shown_again
        for pod in pods:
            self._hidden.setdefault(pod, deque(maxlen=MAX_HIDDEN))
        kept.sort(key=lambda row: row.place)
        self._lines = [row for row in kept if not self._is_hidden(row)]
        self._removed = self.first = 0
        self._characters = sum(len(row.text) for row in self._lines)
        self._drop_oldest()

    def _is_hidden(self, row: LogRow) -> bool:
        """Whether its pod is hidden, which keeps the row for later."""
        kept = self._hidden.get(row.source)
        if kept is None:
            return False
        if len(kept) == kept.maxlen:
            self._lost[row.source] += 1
        kept.append(row)
        return True

    def _drop_oldest(self) -> None:
        while len(self) > self._max_lines or (self._characters > self._max_characters and len(self) > 1):
            self._characters -= len(self._lines[self._removed].text)
            self._removed += 1
            self.first += 1
            self.dropped += 1
        if self._removed >= _COMPACT_AT:
            del self._lines[: self._removed]
            self._removed = 0

    def line(self, number: int) -> LogRow:
        return self._lines[number - self.first + self._removed]

    def at_place(self, place: int) -> int:
        """The number of the first line at this place among all lines, or after it."""
        found = bisect_left(self._lines, place, lo=self._removed, key=lambda row: row.place)
        return found - self._removed + self.first

    def since(self, stamp: str) -> int:
        """The number of the first line that was written at this time or later; the end if there is none."""
        wanted = _instant(stamp)
        for number in range(self.first, self.end):
            at = _instant(self.line(number).stamp)
            if at is not None and (wanted is None or at >= wanted):
                return number
        return self.end

    def text(self, number: int) -> str:
        return self.line(number).text

    def spans(self, number: int) -> Spans:
        line = self.line(number)
        return ((line.text, Role.PROGRESSING),) if line.note else log_spans(line.text)

    def prefix(self, number: int, *, continued: bool = False) -> Spans:
        line = self.line(number)
        spans: list[Span] = []
        if self.timestamps:
            stamp = "" if continued else timestamp_text(line.stamp, self.today, self._zone)
            spans.append((f"{stamp:<{_STAMP_CELLS}}" if self._names else stamp, Role.DIM))
        if self._names:
            name, role = self._names.get(line.source, (line.source, Role.DIM))
            glyphs = active()
            spans.append((fit("" if continued else name, self._name_cells, right=True), role))
            spans.append((f" {glyphs.divider_late if line.late else glyphs.divider} ", role))
        return tuple(spans)

    def saved_text(self, number: int) -> str:
        """A line with the name of its pod and its timestamp, where those are shown."""
        line = self.line(number)
        stamp = f"{line.stamp} " if self.timestamps and line.stamp else ""
        return f"{line.source} {stamp}{line.text}" if self._names and line.source else f"{stamp}{line.text}"

    def lines_to_save(self) -> Iterable[str]:
        """The lines for a file."""
        return map(self.saved_text, range(self.first, self.end))


def _row(merged: MergedLine, place: int) -> LogRow:
    line = merged.line
    text = line.text
    if "\x1b" in text:
        text = _COLOUR_SEQUENCES.sub("", text)
    if "\t" in text:
        text = text.expandtabs(_TAB)
    if line.note:
        text = _note_text(text)
    if line.cut:
        amount, unit = format_bytes(line.cut)
        text += f" {active().ellipsis} {amount} {unit}B more, not shown"
    return LogRow(text, line.stamp, line.note, merged.source, merged.late, place)


def _note_text(text: str) -> str:
    return f"{active().arrow_shaft * 2} {text}"


def _instant(stamp: str) -> datetime | None:
    try:
        return datetime.fromisoformat(stamp)
    except ValueError:
        return None
