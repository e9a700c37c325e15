"""Whether the focus is in a text input, where letters are text and not keys."""

from __future__ import annotations

from typing import Any

from textual.app import App
from textual.dom import DOMNode


def not_typing(node: DOMNode) -> bool:
    """Guard of a command with `Command.priority`: False in text inputs and dialogs.

    The app handles a priority key before it reads the next one, so that text typed right after it goes where the
    command puts the focus.
    """
    app: App[Any] = node.app
    focused = app.screen.focused
    return not app.screen.is_modal and not (focused is not None and focused.check_consume_key("a", "a"))
