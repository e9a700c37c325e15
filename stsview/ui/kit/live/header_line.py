"""The first line of every screen: which cluster, which part of it, and whether the picture is live."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

from textual import events
from textual.message import Message

from stsview.live.snapshot import PictureHealth, Scope
from stsview.text.ages import clock_time
from stsview.ui.kit.live.header_layout import HeaderSegment, header_line, segment_at, way
from stsview.ui.kit.live.health_text import health_words
from stsview.ui.kit.look.roles import Role, Spans
from stsview.ui.kit.widgets.span_lines import SpanLines


class HeaderLine(SpanLines):
    """Brand, context, and the way here at the left; the health of the picture and the cluster's time at the right."""

    ALLOW_SELECT = False

    DEFAULT_CSS = "HeaderLine { dock: top; height: 1; }"

    class Clicked(Message):
        """Somebody clicked on a piece of the way."""

        def __init__(self, about: str) -> None:
            super().__init__()
            self.about = about
            """CONTEXT, SCOPE or UP of `stsview.ui.kit.live.header_layout`."""

    def __init__(self, zone: tzinfo | None = None) -> None:
        super().__init__()
        self._zone = zone
        self._way: tuple[HeaderSegment, ...] = ()
        self._health: tuple[Spans, ...] = ()
        self._time = ""

    def update(self, scope: Scope, path: Sequence[str], health: PictureHealth, now: datetime) -> None:
        """`path` leads from the cluster to what is shown, the last step being that itself; empty on the fleet."""
        self._way, self._health, self._time = way(scope, path), health_words(health, now), clock_time(now, self._zone)
        # The parts as they are told stand in for the line: what is drawn of them depends on the width.
        self.show([tuple(piece.span for piece in self._way), *self._health, ((self._time, Role.DIM),)])

    def lines_for(self, width: int) -> Sequence[Spans]:
        return (header_line(self._way, self._health, self._time, width),) if self._health else ()

    def on_click(self, event: events.Click) -> None:
        about = segment_at(self._way, event.x)
        if about:
            event.stop()
            self.post_message(self.Clicked(about))
