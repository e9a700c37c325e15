"""One line that a person types, or pastes: also text that came out of a cluster."""

from __future__ import annotations

from textual.widgets import Input

from stsview.text.terminal_text import safe


class LineInput(Input):
    """Textual's Input draws what it holds as it is; this one holds only what is safe to draw. Its cursor does not
    blink."""

    def __init__(
        self,
        value: str = "",
        *,
        placeholder: str = "",
        id: str | None = None,  # noqa: A002 - Textual's name for it
    ) -> None:
        """`value` is what stands there first."""
        super().__init__(value, placeholder=placeholder, compact=True, select_on_focus=False, id=id)
        self.cursor_blink = False

    def validate_value(self, value: str) -> str:
        """Textual asks this before anything of a new value is drawn."""
        return safe(value)
