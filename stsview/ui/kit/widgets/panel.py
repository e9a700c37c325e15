"""A framed panel, in the colour of the worst health inside it."""

from __future__ import annotations

from textual.content import Content

from stsview.model.states import Health
from stsview.text.terminal_text import crop
from stsview.ui.kit.widgets.span_lines import SpanLines

_LONGEST = 200
"""Cells of a title; wider than most terminals."""


class Panel(SpanLines):
    """Lines in a frame with a title; its style classes are `panel` and `-<health>`."""

    def __init__(
        self,
        *,
        id: str | None = None,  # noqa: A002 - Textual's name for it
    ) -> None:
        super().__init__(id=id, classes="panel")
        self._health: Health | None = None
        self._title = ""
        self._subtitle = ""

    @property
    def title(self) -> str:
        return self._title

    def set_subtitle(self, words: str) -> None:
        """Show text in the lower edge of the frame, about what is hidden."""
        if words != self._subtitle:
            self._subtitle = words
            self.border_subtitle = Content(words)

    def set_frame(self, title: str, health: Health) -> None:
        """Set the title and the colour of the frame; the title may come from the cluster."""
        if title != self._title:
            self._title = title
            # A plain string would be parsed as markup.
            self.border_title = Content(crop(title, _LONGEST))
        if health is not self._health:
            if self._health is not None:
                self.remove_class(f"-{self._health.value}")
            self._health = health
            self.add_class(f"-{health.value}")
