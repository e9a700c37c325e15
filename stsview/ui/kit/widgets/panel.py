"""A frame with a life of its own: its colour is the worst that is inside."""

from __future__ import annotations

from textual.content import Content

from stsview.model.states import Health
from stsview.text.terminal_text import crop
from stsview.ui.kit.widgets.span_lines import SpanLines

_LONGEST = 200
"""Cells of a title; wider than most terminals."""


class Panel(SpanLines):
    """Lines in a frame with a title; `panel` and `-<tone>` are its classes in the style sheets."""

    def __init__(
        self,
        *,
        id: str | None = None,  # noqa: A002 - Textual's name for it
    ) -> None:
        super().__init__(id=id, classes="panel")
        self._health: Health | None = None
        self._title = ""
        self._beside = ""

    @property
    def title(self) -> str:
        return self._title

    def set_subtitle(self, words: str) -> None:
        """What is said in the frame's lower edge, about what is not shown."""
        if words != self._beside:
            self._beside = words
            self.border_subtitle = Content(words)

    def set_frame(self, title: str, health: Health) -> None:
        """What stands in the frame, and what it is coloured by; a title from the cluster does no harm."""
        if title != self._title:
            self._title = title
            # A plain string would be parsed as markup.
            self.border_title = Content(crop(title, _LONGEST))
        if health is not self._health:
            if self._health is not None:
                self.remove_class(f"-{self._health.value}")
            self._health = health
            self.add_class(f"-{health.value}")
