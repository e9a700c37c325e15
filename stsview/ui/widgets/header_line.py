"""The first line of every screen: which cluster, which part of it, and whether the picture is live."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

from stsview.live.snapshot import PictureHealth, Scope
from stsview.ui.ages import clock_time
from stsview.ui.glyphs import active
from stsview.ui.presentation.picture import health_words
from stsview.ui.presentation.words import widest_that_fits
from stsview.ui.roles import Role, Span, Spans
from stsview.ui.text import crop_spans, spans_width
from stsview.ui.widgets.span_lines import SpanLines

_GAP: Span = ("   ", Role.DIM)
_WAY_CELLS = 24
"""What the left side is left with, if need be at the cost of the right."""


class HeaderLine(SpanLines):
    """Brand, context, and the way here at the left; the health of the picture and the cluster's time at the right."""

    DEFAULT_CSS = "HeaderLine { dock: top; height: 1; }"

    def __init__(self, zone: tzinfo | None = None) -> None:
        super().__init__()
        self._zone = zone
        self._way: Spans = ()
        self._health: tuple[Spans, ...] = ()
        self._time = ""

    def tell(self, scope: Scope, path: Sequence[str], health: PictureHealth, now: datetime) -> None:
        """`path` leads from the cluster to what is shown, the last step being that itself; empty on the fleet."""
        way: list[Span] = [(" stsview ", Role.BADGE), ("  ", Role.DIM), (scope.context, Role.STRONG)]
        if path:
            for step in path[:-1]:
                way += [(f"  {active().crumb}  ", Role.DIM), (step, Role.DIM)]
            way += [(f"  {active().crumb}  ", Role.DIM), (path[-1], Role.STRONG)]
        else:
            way.append((f"  {scope.words}", Role.DIM))
        self._way, self._health, self._time = tuple(way), health_words(health, now), clock_time(now, self._zone)
        # The parts as they are told stand in for the line: what is drawn of them depends on the width.
        self.show([self._way, *self._health, ((self._time, Role.DIM),)])

    def lines_for(self, width: int) -> Sequence[Spans]:
        if not self._health:
            return ()
        way = spans_width(self._way)
        room = width - 1 - min(way, _WAY_CELLS) - spans_width((_GAP,))
        right = (*widest_that_fits(self._health, max(room, width - 1 - way - 3)),)
        clock: Spans = (_GAP, (self._time, Role.DIM))
        if spans_width(right) + spans_width(clock) + way + 4 <= width:
            right = (*right, *clock)
        left = crop_spans(self._way, max(0, width - spans_width(right) - 4))
        gap = width - spans_width(left) - spans_width(right) - 1
        return ((*left, (" " * max(0, gap), Role.DIM), *right, (" ", Role.DIM)),)
