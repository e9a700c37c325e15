"""A scroll container that reports its width, for content wrapped to it."""

from __future__ import annotations

from textual.containers import VerticalScroll
from textual.message import Message


class MeasuredScroll(VerticalScroll):
    """A scroll container that posts `Measured` when its width changes.

    It is laid out, and posts for the first time, only if its height is not 0 without content.
    """

    DEFAULT_CSS = "MeasuredScroll { scrollbar-gutter: stable; scrollbar-size-vertical: 1; }"

    class Measured(Message):
        """The width is known or has changed."""

    def on_resize(self) -> None:
        self.post_message(self.Measured())

    @property
    def cells(self) -> int:
        """Width of a line, one cell off the scrollbar; 0 before layout."""
        return max(0, self.scrollable_content_region.width - 1)
