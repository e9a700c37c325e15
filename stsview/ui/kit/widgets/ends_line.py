"""A line with a left and a right part."""

from __future__ import annotations

from collections.abc import Sequence

from stsview.text.terminal_text import crop_spans, spans_width
from stsview.ui.kit.look.roles import Role, Spans
from stsview.ui.kit.widgets.span_lines import SpanLines

_GAP = 3

_LEAST_LEFT = 30


class EndsLine(SpanLines):
    """A left part, and the longest form of the right part that fits."""

    DEFAULT_CSS = "EndsLine { height: 1; padding: 0 1; }"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        super().__init__(id=id)
        self._left: Spans = ()
        self._right: tuple[Spans, ...] = ()

    def update(self, left: Spans, right: Sequence[Spans] = ()) -> None:
        """Show both parts; `right` are forms of the right part, the longest first."""
        self._left, self._right = left, tuple(right)
        self.show([left, *self._right])

    def lines_for(self, width: int) -> Sequence[Spans]:
        return (two_ends(self._left, self._right, width),)


def two_ends(left: Spans, right: Sequence[Spans], width: int) -> Spans:
    """Both parts in `width` cells.

    Uses the first form of `right` that leaves `left` whole, else the last form if `left` keeps `_LEAST_LEFT` cells.
    """
    wanted = spans_width(left, width)
    end: Spans = next((form for form in right if wanted + _GAP + spans_width(form) <= width), ())
    if not end and right and width - _GAP - spans_width(right[-1]) >= _LEAST_LEFT:
        end = right[-1]
    shown = tuple(crop_spans(left, max(0, width - spans_width(end) - (_GAP if end else 0))))
    if not end:
        return shown
    return (*shown, (" " * (width - spans_width(shown) - spans_width(end)), Role.DIM), *end)
