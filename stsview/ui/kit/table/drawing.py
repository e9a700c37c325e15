"""Lines of a table as strips: safe segments of exact width."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec.structs import replace
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from stsview.text.columns import Align, Column, PlacedColumn
from stsview.text.glyphs import active
from stsview.text.terminal_text import crop_spans, width
from stsview.ui.kit.commands.keymap import keys_of
from stsview.ui.kit.look.roles import Role, Spans
from stsview.ui.kit.table.rows import Cell
from stsview.ui.kit.table.sorting import SortMark

EDGE = 1
"""Cells left of the first column, for the cursor bar."""

_SHORTCUT = Style(underline=True)


class HeaderStyles(msgspec.Struct, frozen=True):
    plain: Style
    sorted: Style
    """The column by which the rows are sorted."""
    hovered: Style
    """Applied on top of the other two."""


def draw_row(
    cells: Sequence[Cell],
    placed: Sequence[PlacedColumn],
    room: int,
    ground: Style,
    roles: Mapping[Role, Style],
    bar: Style | None = None,
) -> Strip:
    """A row of exactly `room` cells on `ground`.

    `bar` is the style of the cursor bar (None: no cursor).
    """
    edge = Segment(" " * EDGE, ground) if bar is None else Segment(active().cursor, ground + bar)
    segments = [edge]
    x = 0
    for place in placed:
        segments.append(Segment(" " * (place.x - x), ground))
        styled = ((text, ground + roles[role]) for text, role in cells[place.index])
        segments.extend(_cell(styled, place, ground))
        x = place.x + place.width
    return _strip(segments, room, ground)


def draw_header(
    placed: Sequence[PlacedColumn], room: int, sort: SortMark | None, hovered: str | None, styles: HeaderStyles
) -> Strip:
    """The titles, with the sort mark, and the one under the mouse highlighted.

    The letter that sorts by a column is underlined.
    """
    segments = [Segment(" " * EDGE, styles.plain)]
    x = 0
    for place in placed:
        segments.append(Segment(" " * (place.x - x), styles.plain))
        column = place.column
        last = place is placed[-1]
        style = styles.plain
        title, mark = column.title, ""
        if sort is not None and sort.column == column.id:
            style = styles.sorted
            mark = active().descending if sort.descending else active().ascending
        elif column.align is Align.RIGHT and column.sortable and last:
            mark = " "
        if hovered == column.id:
            style += styles.hovered
        # The mark may stand in the gap; a title that is aligned to the right keeps its place.
        in_gap = mark and not last and (column.align is Align.RIGHT or width(title) >= place.width)
        wide = replace(place, width=place.width + 1) if in_gap else place
        segments.extend(_cell(_title(title + mark, _sort_letter(column), style), wide, styles.plain))
        x = wide.x + wide.width
    return _strip(segments, room, styles.plain)


def _sort_letter(column: Column) -> str:
    """The key that sorts by the column, if that is one letter."""
    if not column.shortcut:
        return ""
    key = next(iter(keys_of(f"sort_{column.id}", (column.shortcut,))), "")
    return key if len(key) == 1 else ""


def _title(title: str, shortcut: str, style: Style) -> list[tuple[str, Style]]:
    before, letter, after = title.partition(shortcut) if shortcut else (title, "", "")
    return [(text, look) for text, look in ((before, style), (letter, style + _SHORTCUT), (after, style)) if text]


def draw_centred(spans: Spans, room: int, ground: Style, roles: Mapping[Role, Style]) -> Strip:
    """A line of a placeholder, centred in `room` cells."""
    segments = [Segment(text, ground + roles[role]) for text, role in crop_spans(spans, room)]
    used = sum(cell_len(segment.text) for segment in segments)
    return _strip([Segment(" " * ((room - used) // 2), ground), *segments], room, ground)


def blank(room: int, ground: Style) -> Strip:
    return Strip.blank(max(0, room), ground)


def _cell(styled: Iterable[tuple[str, Style]], place: PlacedColumn, ground: Style) -> list[Segment]:
    segments = [Segment(text, style) for text, style in crop_spans(styled, place.width)]
    padding = place.width - sum(cell_len(segment.text) for segment in segments)
    if padding:
        blanks = Segment(" " * padding, ground)
        segments = [blanks, *segments] if place.column.align is Align.RIGHT else [*segments, blanks]
    return segments


def _strip(segments: Iterable[Segment], room: int, ground: Style) -> Strip:
    whole = [segment for segment in segments if segment.text]
    return Strip(whole).adjust_cell_length(max(0, room), ground)
