"""The scrolled part of the dialog of an action."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.geometry import Region

from stsview.ui.kit.look.roles import Spans
from stsview.ui.kit.widgets.measured_scroll import MeasuredScroll
from stsview.ui.kit.widgets.span_lines import SpanLines

_MIN_LINES = 3


class ActionBody(MeasuredScroll, can_focus=False, inherit_bindings=False):
    """Lines, which know whether their end has been on the screen; the focus stays with the fields below."""

    def __init__(self) -> None:
        super().__init__(id="action-body")
        self._ended = False
        self._height = 0
        self._current = range(0)
        self._scrolled_to_current = True

    def compose(self) -> ComposeResult:
        yield SpanLines(id="action-lines")

    def on_mount(self) -> None:
        self.watch(self, "scroll_y", self._note_end, init=False)
        self.watch(self, "virtual_size", self._scroll_to_current, init=False)

    @property
    def lines(self) -> Sequence[Spans]:
        return self.query_one(SpanLines).lines

    @property
    def end_was_seen(self) -> bool:
        """Whether the last line has been on the screen since `start_over`."""
        return self._ended

    @property
    def has_more_below(self) -> bool:
        return len(self.lines) > self.scroll_offset.y + self._height

    def start_over(self) -> None:
        """The text is another one, of which only the beginning is in sight."""
        self._ended = False
        self.scroll_home(animate=False)

    def show(self, lines: Sequence[Spans], room: int) -> None:
        """Show the lines in at most `room` lines of the screen."""
        self.query_one(SpanLines).show(lines)
        self._height = max(_MIN_LINES, min(len(lines), room))
        self.styles.height = self._height
        self._note_end()

    def keep_in_sight(self, current: range) -> None:
        """Scroll to these lines once; until they are others, the operator's scroll position is kept."""
        if current != self._current:
            self._current, self._scrolled_to_current = current, False
            self.call_after_refresh(self._scroll_to_current)

    def _note_end(self) -> None:
        self._ended = self._ended or (bool(self.lines) and not self.has_more_below)

    def _scroll_to_current(self) -> None:
        current = self._current
        if not self._scrolled_to_current and self.virtual_size.height >= current.stop:
            self._scrolled_to_current = True
            lines = Region(0, current.start, 1, len(current))
            # The scroll range is known only one refresh after the height of the lines.
            self.call_after_refresh(self.scroll_to_region, lines, animate=False)
