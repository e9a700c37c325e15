"""Copying, by OSC 52: the terminal takes the text, and says nothing about whether it did."""

from __future__ import annotations

from textual.dom import DOMNode

from stsview.text.terminal_text import safe_lines
from stsview.ui.kit.toast import toast


def copy(node: DOMNode, text: str, what: str) -> None:
    """Offer `text` to the terminal's clipboard and show it in a toast titled with `what` (`name`, `DNS name`).

    What is copied is what can be seen: control characters are replaced by their stand-ins, since a paste into a shell
    would obey them; line ends stay. Terminals that do not know OSC 52, and tmux without `set-clipboard on`, ignore it;
    therefore the toast shows the text, from where it can be copied by hand.
    """
    visible = "\n".join(safe_lines(text))
    node.app.copy_to_clipboard(visible)
    toast(node, visible, title=f"copied {what}")
