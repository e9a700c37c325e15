"""A one-line input that is safe for pasted text from a cluster."""

from __future__ import annotations

from textual import events
from textual.widgets import Input

from stsview.text.terminal_text import safe

_HELP_KEY = "question_mark"


class LineInput(Input):
    """An Input whose text is always safe to draw; its cursor does not blink.

    Textual's Input draws its value unchanged.
    """

    def __init__(
        self,
        value: str = "",
        *,
        placeholder: str = "",
        help_key: bool = False,
        id: str | None = None,  # noqa: A002 - Textual's name for it
    ) -> None:
        """`value` is the initial text. `help_key`: no answer contains `?`, which opens the help instead."""
        self._help_key = help_key
        super().__init__(value, placeholder=placeholder, compact=True, select_on_focus=False, id=id)
        self.cursor_blink = False

    def check_consume_key(self, key: str, character: str | None) -> bool:
        return not (self._help_key and key == _HELP_KEY) and super().check_consume_key(key, character)

    async def _on_key(self, event: events.Key) -> None:
        """Edit this field also where a later key has moved the focus already: bindings are looked up where it is."""
        if self._help_key and event.key == _HELP_KEY:
            event.stop()
            event.prevent_default()
            await self.run_action("app.help")
            return
        if self.screen.focused is self:
            return
        for binding in self._bindings.key_to_bindings.get(event.key, ()):
            event.stop()
            await self.run_action(binding.action)

    def validate_value(self, value: str) -> str:
        """Make a new value safe; Textual calls this before it draws the value."""
        return safe(value)
