"""A checkbox for a fact that the user attests."""

from __future__ import annotations

from typing import ClassVar

from textual import events

from stsview.ui.kit.commands.commands import Command, CommandsMixin
from stsview.ui.kit.look.roles import Role
from stsview.ui.kit.look.wrapping import wrap_spans
from stsview.ui.kit.widgets.span_lines import SpanLines


class AttestationCheckbox(CommandsMixin, SpanLines, can_focus=True):
    """`[ ] I have made sure …`"""

    OWN_COMMANDS: ClassVar = (Command("tick", ("space",), "toggle", "Toggle checkbox", footer=95, palette=False),)

    def __init__(self, about: str, words: str) -> None:
        super().__init__(classes="tick")
        self.about = about
        """Id of the attested fact."""
        self.ticked = False
        self.words = words
        """The sentence, as given."""
        self._width = 0
        self._draw()

    def fit(self, width: int) -> int:
        """Wrap the sentence to `width` cells and return the number of lines.

        It is never cropped: what is attested must be readable to its end.
        """
        self._width = width
        self._draw()
        return len(self.lines)

    def action_tick(self) -> None:
        self.ticked = not self.ticked
        self._draw()

    def on_key(self, event: events.Key) -> None:
        # At once: a binding would run once the key has bubbled to the app, when the focus may have moved on.
        if event.key == "space":
            event.stop()
            self.action_tick()

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.focus()
        self.action_tick()

    def _draw(self) -> None:
        box = "[x]" if self.ticked else "[ ]"
        words = (self.words, Role.BRIGHT if self.ticked else Role.TEXT)
        lines = wrap_spans((words,), self._width - len(box) - 1) if self._width else [(words,)]
        self.show([((f"{' ' * len(box) if at else box} ", Role.KEY), *line) for at, line in enumerate(lines)])
