"""Whether somebody types text at the moment, so that letters are no keys."""

from __future__ import annotations

from typing import Any

from textual.app import App
from textual.dom import DOMNode


def not_typing(node: DOMNode) -> bool:
    """Guard of a command that the app handles itself, before it looks at the next key (`Command.priority`), so that
    what is typed behind it in one go goes where the command puts it. Such a key would else be taken from every input
    and every dialog."""
    app: App[Any] = node.app
    focused = app.screen.focused
    return not app.screen.is_modal and not (focused is not None and focused.check_consume_key("a", "a"))
