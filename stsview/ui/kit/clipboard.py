"""Copying to the clipboard by OSC 52, which the terminal does not acknowledge."""

from __future__ import annotations

from textual.dom import DOMNode

from stsview.text.terminal_text import safe_lines
from stsview.ui.kit.toast import toast


def copy(node: DOMNode, text: str, what: str) -> None:
    """Copy `text` to the terminal's clipboard and show it in a toast, titled `what`.

    Control characters are replaced, because a shell would obey them on paste; line ends stay. Terminals without OSC 52,
    and tmux without `set-clipboard on`, ignore the request: the toast shows the text so that it can be selected there.
    """
    visible = "\n".join(safe_lines(text))
    node.app.copy_to_clipboard(visible)
    toast(node, visible, title=f"copied {what}")
