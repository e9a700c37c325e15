"""What is scrolled where lines are broken for the width that there is."""

from __future__ import annotations

from textual.containers import VerticalScroll
from textual.message import Message


class MeasuredScroll(VerticalScroll):
    """Keeps the place of its scrollbar free, so that a line loses no cell to it, and tells when there is another width.
    It is only laid out, and then tells for the first time, where its height is not 0 without its lines."""

    DEFAULT_CSS = "MeasuredScroll { scrollbar-gutter: stable; scrollbar-size-vertical: 1; }"

    class Measured(Message):
        """There is another width to break lines for, or the first one."""

    def on_resize(self) -> None:
        self.post_message(self.Measured())

    @property
    def cells(self) -> int:
        """Width of a line, a cell off the scrollbar; 0 while it is not laid out."""
        return max(0, self.scrollable_content_region.width - 1)
