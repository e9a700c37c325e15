"""A widget of text lines with roles, each cropped to its width."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from stsview.text.terminal_text import crop_spans, spans_width
from stsview.ui.kit.look.roles import Spans, paint


class SpanLines(Widget):
    """Shows the lines it was last given, laid out by `lines_for`.

    Repaints only when they change.
    """

    DEFAULT_CSS = "SpanLines { height: auto; text-wrap: nowrap; }"

    def __init__(
        self,
        lines: Sequence[Spans] = (),
        *,
        id: str | None = None,  # noqa: A002 - Textual's name for it
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._lines: tuple[Spans, ...] = tuple(lines)

    @property
    def lines(self) -> tuple[Spans, ...]:
        """The lines before they are cropped and made safe."""
        return self._lines

    def show(self, lines: Sequence[Spans]) -> None:
        """Replace the lines."""
        new = tuple(lines)
        if new == self._lines:
            return
        other_height = self.styles.is_auto_height and len(new) != len(self._lines)
        self._lines = new
        # A layout of the screen costs more than the rest of a key.
        self.refresh(layout=other_height or self.styles.is_auto_width)

    def lines_for(self, width: int) -> Sequence[Spans]:
        """The lines laid out for `width` cells; what does not fit is cropped later."""
        return self._lines

    def get_content_width(self, container: Size, viewport: Size) -> int:
        # Called only for a width by content, where `lines_for` would crop to the current width.
        return max((spans_width(line, container.width) for line in self._lines), default=0)

    def render(self) -> Content:
        width = self.content_size.width
        return Content("\n").join(paint(self, crop_spans(line, width)) for line in self.lines_for(width))
