"""Lines of text with roles, each cropped to the width that there is."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from stsview.text.terminal_text import crop_spans, spans_width
from stsview.ui.kit.look.roles import Spans, paint


class SpanLines(Widget):
    """Shows what it was last given, or what `lines_for` makes of its width; is repainted only when that differs."""

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
        """What is shown, before it is cropped and made safe."""
        return self._lines

    def show(self, lines: Sequence[Spans]) -> None:
        """Show these lines instead."""
        new = tuple(lines)
        if new == self._lines:
            return
        other_size = len(new) != len(self._lines) or self.styles.is_auto_width
        self._lines = new
        self.refresh(layout=other_size)

    def lines_for(self, width: int) -> Sequence[Spans]:
        """The lines as they are to be drawn in `width` cells; at least what does not fit is cropped."""
        return self._lines

    def get_content_width(self, container: Size, viewport: Size) -> int:
        # Asked only where the width goes by the content: what is drawn would be cropped to the width that it has now.
        return max((spans_width(line, container.width) for line in self._lines), default=0)

    def render(self) -> Content:
        width = self.content_size.width
        return Content("\n").join(paint(self, crop_spans(line, width)) for line in self.lines_for(width))
