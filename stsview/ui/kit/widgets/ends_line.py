"""A line with two ends."""

from __future__ import annotations

from collections.abc import Sequence

from stsview.text.terminal_text import crop_spans, spans_width
from stsview.ui.kit.look.roles import Role, Spans
from stsview.ui.kit.widgets.span_lines import SpanLines

_GAP = 3

_LEAST_LEFT = 30


class EndsLine(SpanLines):
    """What it is about at the left, what there is to know about it at the right: the latter in the fullest of its
    forms that has room."""

    DEFAULT_CSS = "EndsLine { height: 1; padding: 0 1; }"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        super().__init__(id=id)
        self._left: Spans = ()
        self._right: tuple[Spans, ...] = ()

    def update(self, left: Spans, right: Sequence[Spans] = ()) -> None:
        """`right`: the fullest form first, each shorter than the one before."""
        self._left, self._right = left, tuple(right)
        self.show([left, *self._right])

    def lines_for(self, width: int) -> Sequence[Spans]:
        return (two_ends(self._left, self._right, width),)


def two_ends(left: Spans, right: Sequence[Spans], width: int) -> Spans:
    """Both in `width` cells: the first form of `right` for which `left` need not be cropped, else the last of them, as
    long as `left` keeps enough to be understood."""
    wanted = spans_width(left, width)
    end: Spans = next((form for form in right if wanted + _GAP + spans_width(form) <= width), ())
    if not end and right and width - _GAP - spans_width(right[-1]) >= _LEAST_LEFT:
        end = right[-1]
    shown = tuple(crop_spans(left, max(0, width - spans_width(end) - (_GAP if end else 0))))
    if not end:
        return shown
    return (*shown, (" " * (width - spans_width(shown) - spans_width(end)), Role.DIM), *end)
