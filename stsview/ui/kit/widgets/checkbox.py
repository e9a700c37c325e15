"""A sentence that somebody attests; unticked until they do."""

from __future__ import annotations

from typing import ClassVar

from textual import events

from stsview.ui.kit.commands.commands import Command, CommandsMixin
from stsview.ui.kit.look.roles import Role
from stsview.ui.kit.look.wrapping import wrap_spans
from stsview.ui.kit.widgets.span_lines import SpanLines


class AttestationCheckbox(CommandsMixin, SpanLines, can_focus=True):
    """`[ ] I have made sure …`"""

    OWN_COMMANDS: ClassVar = (
        Command("tick", ("space", "enter"), "tick", "Say so, or take it back", footer=95, palette=False),
    )

    def __init__(self, about: str, words: str) -> None:
        super().__init__(classes="tick")
        self.about = about
        """Id of what is attested."""
        self.ticked = False
        self._words = words
        self._width = 0
        self._draw()

    def fit(self, width: int) -> int:
        """Break the sentence into lines of `width` cells: what somebody attests has to be read to its end. Returns how
        many lines there are."""
        self._width = width
        self._draw()
        return len(self.lines)

    def action_tick(self) -> None:
        self.ticked = not self.ticked
        self._draw()

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.focus()
        self.action_tick()

    def _draw(self) -> None:
        box = "[x]" if self.ticked else "[ ]"
        words = (self._words, Role.BRIGHT if self.ticked else Role.TEXT)
        lines = wrap_spans((words,), self._width - len(box) - 1) if self._width else [(words,)]
        self.show([((f"{' ' * len(box) if at else box} ", Role.KEY), *line) for at, line in enumerate(lines)])
