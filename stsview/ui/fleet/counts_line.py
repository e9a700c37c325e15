"""The line of counts: sets by severity, with a filter on click."""

from __future__ import annotations

from textual import events
from textual.message import Message

from stsview.model.views import Fleet
from stsview.text.terminal_text import spans_width
from stsview.ui.fleet.counts import counts
from stsview.ui.kit.look.roles import Role, Span
from stsview.ui.kit.widgets.span_lines import SpanLines

_WIDE_GAP, _NARROW_GAP = 4, 2


class CountsLine(SpanLines):
    """The line of counts under the header of the fleet."""

    DEFAULT_CSS = "CountsLine { height: 1; }"

    class Clicked(Message):
        """A count was clicked, to show only its sets."""

        def __init__(self, word: str) -> None:
            super().__init__()
            self.word = word
            """Word of the filter (`is:…`); empty: all sets."""

    def __init__(self) -> None:
        super().__init__()
        self._places: list[tuple[int, int, str]] = []

    def update(self, fleet: Fleet | None, filtered: str) -> None:
        """Show the counts of `fleet`, with the filtered one highlighted.

        None: not read yet.
        """
        known = () if fleet is None else counts(fleet, filtered)
        self.show([(*count.spans, (count.word, Role.DIM)) for count in known])

    def lines_for(self, width: int) -> list[tuple[Span, ...]]:
        pieces = [(line[:-1], line[-1][0]) for line in self.lines]
        taken = sum(spans_width(spans) for spans, _ in pieces)
        gap = _WIDE_GAP if taken + _WIDE_GAP * len(pieces) <= width else _NARROW_GAP
        line: list[Span] = []
        self._places = []
        x = 0
        for spans, word in pieces:
            if line:
                line.append((" " * gap, Role.DIM))
                x += gap
            cells = spans_width(spans)
            self._places.append((x, x + cells, word))
            line.extend(spans)
            x += cells
        return [tuple(line)]

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None:
            return
        for start, end, word in self._places:
            if start <= offset.x < end:
                event.stop()
                self.post_message(self.Clicked(word))
