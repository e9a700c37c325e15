"""The paper on which objects are described: headings, facts, tables, for a width."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo

from stsview.text.ages import age, since_when
from stsview.text.terminal_text import crop, crop_spans, spans_width, width
from stsview.ui.kit.look.roles import Role, Span, Spans, plain
from stsview.ui.kit.look.wrapping import wrap_spans

_LABEL_CELLS = 14
_GAP = 2
_INDENT = 2

_COLUMN_CELLS = 52
"""Of a fact with its label, where several stand side by side."""

_WIDEST_CELL = 44
"""Of a column of a table that is not its last."""

_LEAST_LAST = 24
"""Cells that the last column of a table needs to stand beside the others."""

_LONGEST = 4000
"""Characters of one text that are looked at; messages know no bounds."""

Fact = tuple[str, Spans]
"""A label and what it says; one that says nothing is left out."""


def words(text: str, role: Role = Role.TEXT) -> Spans:
    return ((text[:_LONGEST], role),) if text else ()


class DescribeWriter:
    def __init__(self, cells: int, now: datetime, zone: tzinfo | None = None) -> None:
        self.lines: list[Spans] = []
        self.now = now
        self._cells = max(20, cells)
        self._zone = zone

    def heading(self, text: str, more: Spans = ()) -> None:
        """Begin a part; `more` stands behind its title."""
        if self.lines:
            self.lines.append(())
        self.lines.append(((text.upper(), Role.HEADING), *(((" " * _GAP, Role.DIM), *more) if more else ())))

    def facts(self, facts: Iterable[Fact], indent: int = 0) -> None:
        """Short facts side by side as far as there is room; one that is longer takes the lines that it needs."""
        columns = max(1, (self._cells - indent) // _COLUMN_CELLS)
        room = (self._cells - indent) // columns
        row: list[Span] = []
        at = 0
        for label, said in facts:
            if not plain(said).strip():
                continue
            cells = spans_width(said, room)
            if cells > room - _LABEL_CELLS - _GAP:
                self._end_row(row, indent)
                row, at = [], 0
                self._fact(label, said, indent)
                continue
            row += [*self._label(label), *said]
            at += 1
            if at == columns:
                self._end_row(row, indent)
                row, at = [], 0
            else:
                row.append((" " * (room - _LABEL_CELLS - cells), Role.DIM))
        self._end_row(row, indent)

    def fact(self, label: str, said: Spans, indent: int = 0) -> None:
        """One fact in the lines that it needs."""
        if plain(said).strip():
            self._fact(label, said, indent)

    def facts_below(self, label: str, lines: Sequence[Spans], indent: int = 0) -> None:
        """Several lines under one label."""
        for number, said in enumerate(line for line in lines if line):
            self._fact("" if number else label, said, indent)

    def text(self, said: Spans, indent: int = 0) -> None:
        """A sentence, wrapped."""
        for line in wrap_spans(said, self._cells - indent):
            self.lines.append(((" " * indent, Role.DIM), *line))

    def table(self, rows: Sequence[Sequence[Spans]], indent: int = _INDENT) -> None:
        """Columns that align; the last of them is wrapped, below the others where they leave it too little room."""
        columns = max((len(row) for row in rows), default=0)
        if not columns:
            return
        widths = [
            min(_WIDEST_CELL, max((spans_width(row[at], _WIDEST_CELL) for row in rows if at < len(row)), default=0))
            for at in range(columns - 1)
        ]
        shown = [cells for cells in widths if cells]
        before = indent + sum(shown) + _GAP * len(shown)
        room = self._cells - before
        for row in rows:
            line: list[Span] = [(" " * indent, Role.DIM)]
            for cells, cell in zip(widths, row, strict=False):
                if cells:
                    line += [*_fit(cell, cells), (" " * _GAP, Role.DIM)]
            last = row[columns - 1] if len(row) == columns else ()
            if room >= _LEAST_LAST:
                wrapped = wrap_spans(last, room) if last else [()]
                self.lines.append((*line, *wrapped[0]))
                self.lines += [((" " * before, Role.DIM), *rest) for rest in wrapped[1:]]
            else:
                self.lines.append(tuple(line))
                deeper = indent + 2 * _INDENT
                if last:
                    self.lines += [((" " * deeper, Role.DIM), *rest) for rest in wrap_spans(last, self._cells - deeper)]

    def since(self, instant: datetime | None, *, ago: bool = True) -> Spans:
        """`12m ago`, with the time of day behind it."""
        if instant is None:
            return ()
        lasting = f"{age(instant, self.now)}{' ago' if ago else ''}"
        return ((lasting, Role.TEXT), (f"  {since_when(instant, self.now, self._zone)}", Role.DIM))

    def age(self, instant: datetime | None) -> Spans:
        return words(age(instant, self.now), Role.DIM)

    def _label(self, label: str) -> Spans:
        return ((crop(label, _LABEL_CELLS - 1).ljust(_LABEL_CELLS), Role.DIM),)

    def _end_row(self, row: list[Span], indent: int) -> None:
        if row:
            self.lines.append(((" " * indent, Role.DIM), *row))

    def _fact(self, label: str, said: Spans, indent: int) -> None:
        for number, line in enumerate(wrap_spans(said, self._cells - indent - _LABEL_CELLS)):
            self.lines.append(((" " * indent, Role.DIM), *self._label("" if number else label), *line))


def _fit(cell: Spans, cells: int) -> Spans:
    cropped = crop_spans(cell, cells)
    padding = cells - sum(width(text) for text, _ in cropped)
    return (*cropped, (" " * padding, Role.DIM)) if padding else tuple(cropped)
