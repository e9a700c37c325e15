"""One row of a pager as a strip."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import msgspec
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from stsview.text.terminal_text import crop_spans, safe, spans_width
from stsview.ui.kit.look.roles import Role, Spans

Mark = tuple[int, int, Style]
"""A style applied from one character to another (exclusive)."""


class RowText(msgspec.Struct, frozen=True):
    """The part of a line in one row."""

    prefix: Spans
    spans: Spans
    """The whole line."""
    start: int
    end: int


def draw_row(
    row: RowText, prefix_cells: int, marks: Sequence[Mark], ground: Style, roles: Mapping[Role, Style]
) -> Strip:
    """A row at its natural width.

    `marks` count characters of the line, and the last of overlapping ones wins.
    """
    segments: list[Segment] = []
    if prefix_cells:
        prefix = crop_spans(row.prefix, prefix_cells)
        segments += [Segment(text, ground + roles[role]) for text, role in prefix]
        segments.append(Segment(" " * (prefix_cells - spans_width(prefix)), ground))
    at = 0
    for text, role in row.spans:
        start, end = max(at, row.start), min(at + len(text), row.end)
        if start < end:
            style = ground + roles[role]
            for first, last, marked in _cut(start, end, marks):
                segments.append(Segment(safe(text[first - at : last - at]), style + marked if marked else style))
        at += len(text)
        if at >= row.end:
            break
    return Strip([segment for segment in segments if segment.text])


def _cut(start: int, end: int, marks: Sequence[Mark]) -> Iterable[tuple[int, int, Style | None]]:
    """The pieces of `start` to `end` between two edges of marks."""
    edges = sorted({start, end, *(edge for mark in marks for edge in mark[:2] if start < edge < end)})
    for first, last in pairwise(edges):
        over = [style for begin, stop, style in marks if begin <= first and last <= stop]
        yield first, last, over[-1] if over else None
