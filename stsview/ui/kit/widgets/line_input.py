"""A one-line input that is safe for pasted text from a cluster."""

from __future__ import annotations

from textual import events
from textual.widgets import Input

from stsview.text.terminal_text import safe


class LineInput(Input):
    """An Input whose text is always safe to draw; its cursor does not blink.

    Textual's Input draws its value unchanged.
    """

    def __init__(
        self,
        value: str = "",
        *,
        placeholder: str = "",
        id: str | None = None,  # noqa: A002 - Textual's name for it
    ) -> None:
        """`value` is the initial text."""
        super().__init__(value, placeholder=placeholder, compact=True, select_on_focus=False, id=id)
        self.cursor_blink = False

    async def _on_key(self, event: events.Key) -> None:
        """Edit this field also where a later key has moved the focus already: bindings are looked up where it is."""
        if self.screen.focused is self:
            return
        for binding in self._bindings.key_to_bindings.get(event.key, ()):
            event.stop()
            await self.run_action(binding.action)

    def validate_value(self, value: str) -> str:
        """Make a new value safe; Textual calls this before it draws the value."""
        return safe(value)
