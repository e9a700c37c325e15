"""The line of counts: sets by severity, with a filter on click."""

from __future__ import annotations

from textual import events
from textual.message import Message

from stsview.model.views import Fleet
from stsview.text.numbers import count
from stsview.text.terminal_text import spans_width
from stsview.ui.fleet.counts import counts
from stsview.ui.kit.look.roles import Role, Span, Spans
from stsview.ui.kit.widgets.span_lines import SpanLines

_WIDE_GAP, _NARROW_GAP = 4, 2

_NOT_TO_CLICK = "rules"
"""In the place of a word to filter by."""


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

    def update(self, fleet: Fleet | None, filtered: str, disabled_rules: int = 0) -> None:
        """Show the counts of `fleet`, with the filtered one highlighted, and how many rules are disabled.

        None: not read yet.
        """
        known = () if fleet is None else counts(fleet, filtered)
        lines: list[Spans] = [(*one.spans, (one.word, Role.DIM)) for one in known]
        if lines and disabled_rules:
            lines.append(((f"{count(disabled_rules, 'rule')} disabled", Role.WARNING), (_NOT_TO_CLICK, Role.DIM)))
        self.show(lines)

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
            if word != _NOT_TO_CLICK:
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
