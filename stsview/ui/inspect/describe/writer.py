"""Writer of describe sheets: headings, fields, and tables, laid out for a width."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo

from stsview.text.ages import age, time_or_date
from stsview.text.terminal_text import crop, crop_spans, spans_width, width
from stsview.ui.kit.look.roles import Role, Span, Spans, plain
from stsview.ui.kit.look.wrapping import wrap_spans

_LABEL_CELLS = 14
_GAP = 2
_INDENT = 2

_COLUMN_CELLS = 52
"""Width of a field with its label, where several share a line."""

_MAX_CELL = 44
"""Width of a table column other than the last."""

_MIN_LAST = 24
"""Width that the last column of a table needs to share a line with the others."""

_MAX_TEXT = 4000
"""Characters kept of one text: messages may be of any length."""

Field = tuple[str, Spans]
"""Label and value; a field without a value is left out."""


def styled(text: str, role: Role = Role.TEXT) -> Spans:
    """The text in a role; nothing for empty text."""
    return ((text[:_MAX_TEXT], role),) if text else ()


class DescribeWriter:
    """Collects the `lines` of a describe sheet of `cells` width."""

    def __init__(self, cells: int, now: datetime, zone: tzinfo | None = None) -> None:
        self.lines: list[Spans] = []
        self.now = now
        self._cells = max(20, cells)
        self._zone = zone

    def heading(self, text: str, more: Spans = ()) -> None:
        """Start a section; `more` follows its title."""
        if self.lines:
            self.lines.append(())
        self.lines.append(((text.upper(), Role.HEADING), *(((" " * _GAP, Role.DIM), *more) if more else ())))

    def fields(self, fields: Iterable[Field], indent: int = 0) -> None:
        """Short fields side by side where there is room; a longer one on lines of its own."""
        columns = max(1, (self._cells - indent) // _COLUMN_CELLS)
        room = (self._cells - indent) // columns
        row: list[Span] = []
        used = 0
        for label, value in fields:
            if not plain(value).strip():
                continue
            cells = spans_width(value, room)
            if cells > room - _LABEL_CELLS - _GAP:
                self._end_row(row, indent)
                row, used = [], 0
                self._write_field(label, value, indent)
                continue
            row += [*self._label(label), *value]
            used += 1
            if used == columns:
                self._end_row(row, indent)
                row, used = [], 0
            else:
                row.append((" " * (room - _LABEL_CELLS - cells), Role.DIM))
        self._end_row(row, indent)

    def field(self, label: str, value: Spans, indent: int = 0) -> None:
        """One field, wrapped."""
        if plain(value).strip():
            self._write_field(label, value, indent)

    def field_lines(self, label: str, lines: Sequence[Spans], indent: int = 0) -> None:
        """Several lines under one label."""
        for number, value in enumerate(line for line in lines if line):
            self._write_field("" if number else label, value, indent)

    def text(self, value: Spans, indent: int = 0) -> None:
        """Text, wrapped."""
        for line in wrap_spans(value, self._cells - indent):
            self.lines.append(((" " * indent, Role.DIM), *line))

    def table(self, rows: Sequence[Sequence[Spans]], indent: int = _INDENT) -> None:
        """Aligned columns.

        The last one is wrapped, on lines of its own where the others leave too little room.
        """
        columns = max((len(row) for row in rows), default=0)
        if not columns:
            return
        widths = [
            min(_MAX_CELL, max((spans_width(row[at], _MAX_CELL) for row in rows if at < len(row)), default=0))
            for at in range(columns - 1)
        ]
        visible = [cells for cells in widths if cells]
        before = indent + sum(visible) + _GAP * len(visible)
        room = self._cells - before
        for row in rows:
            line: list[Span] = [(" " * indent, Role.DIM)]
            for cells, cell in zip(widths, row, strict=False):
                if cells:
                    line += [*_fit(cell, cells), (" " * _GAP, Role.DIM)]
            last = row[columns - 1] if len(row) == columns else ()
            if room >= _MIN_LAST:
                wrapped = wrap_spans(last, room) if last else [()]
                self.lines.append((*line, *wrapped[0]))
                self.lines += [((" " * before, Role.DIM), *rest) for rest in wrapped[1:]]
            else:
                self.lines.append(tuple(line))
                deeper = indent + 2 * _INDENT
                if last:
                    self.lines += [((" " * deeper, Role.DIM), *rest) for rest in wrap_spans(last, self._cells - deeper)]

    def since(self, instant: datetime | None, *, ago: bool = True) -> Spans:
        """Age and time: `12m ago  18:10:03`."""
        if instant is None:
            return ()
        text = f"{age(instant, self.now)}{' ago' if ago else ''}"
        return ((text, Role.TEXT), (f"  {time_or_date(instant, self.now, self._zone)}", Role.DIM))

    def age(self, instant: datetime | None) -> Spans:
        return styled(age(instant, self.now), Role.DIM)

    def _label(self, label: str) -> Spans:
        return ((crop(label, _LABEL_CELLS - 1).ljust(_LABEL_CELLS), Role.DIM),)

    def _end_row(self, row: list[Span], indent: int) -> None:
        if row:
            self.lines.append(((" " * indent, Role.DIM), *row))

    def _write_field(self, label: str, value: Spans, indent: int) -> None:
        for number, line in enumerate(wrap_spans(value, self._cells - indent - _LABEL_CELLS)):
            self.lines.append(((" " * indent, Role.DIM), *self._label("" if number else label), *line))


def _fit(cell: Spans, cells: int) -> Spans:
    cropped = crop_spans(cell, cells)
    padding = cells - sum(width(text) for text, _ in cropped)
    return (*cropped, (" " * padding, Role.DIM)) if padding else tuple(cropped)
