"""The commands available on a screen now, for key bar, help and palette."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from textual.dom import DOMNode
from textual.keys import KEY_NAME_REPLACEMENTS, key_to_character
from textual.screen import Screen
from textual.widget import Widget

from stsview.ui.kit.commands.commands import Command, CommandsMixin

_UNICODE_NAMES = {
    key: name.upper().replace("_", " ").replace("HYPHEN MINUS", "HYPHEN-MINUS")
    for name, key in KEY_NAME_REPLACEMENTS.items()
}
"""Unicode names of the keys that Textual names differently."""


@dataclass(frozen=True, slots=True)
class AvailableCommand:
    """A command that is available now, and the node that runs it."""

    node: DOMNode
    command: Command
    keys: tuple[str, ...]
    """The keys that reach it: without those that the focused widget or an earlier command consumes."""

    async def run(self, argument: str | None = None) -> None:
        """Run the command, if its guard still allows it, with `argument` if given."""
        action = self.command.action_name if argument is None else ("", self.command.action_name, (argument,))
        await self.node.app.run_action(action, default_namespace=self.node)


def available_commands(screen: Screen[Any]) -> list[AvailableCommand]:
    """The commands available now, each with the keys that reach it.

    In order: those of the focused widget, of its ancestors, of the screen and of the app. A modal screen hides those of
    the app.
    """
    keys: dict[tuple[int, str], list[str]] = {}
    for key, active in screen.active_bindings.items():
        if active.enabled and active.binding.id and not _is_text_input(screen.focused, active.node, key):
            keys.setdefault((id(active.node), active.binding.id), []).append(key)
    return [
        AvailableCommand(node, command, _in_declared_order(command, keys.get((id(node), command.id), [])))
        for node in _nodes(screen)
        if isinstance(node, CommandsMixin)
        for command in node.commands()
        if command.guard is None or command.guard(node)
    ]


def _in_declared_order(command: Command, keys: list[str]) -> tuple[str, ...]:
    """Restore the declared order, whose first key is the one to show.

    Textual lists keys in its own order.
    """
    return tuple(sorted(keys, key=lambda key: command.keys.index(key) if key in command.keys else len(command.keys)))


def _is_text_input(focused: Widget | None, node: DOMNode, key: str) -> bool:
    """Whether the focused widget consumes the key as text.

    Textual checks this too, but does not know the character of every key (`slash`: 8.2.8).
    """
    return focused is not None and focused is not node and focused.check_consume_key(key, _character(key))


def _character(key: str) -> str | None:
    """The character that a key types; None for keys such as `enter`."""
    name = _UNICODE_NAMES.get(key)
    return key_to_character(key) if name is None else unicodedata.lookup(name)


def _nodes(screen: Screen[Any]) -> Iterator[DOMNode]:
    start: DOMNode = screen if screen.focused is None else screen.focused
    for node in start.ancestors_with_self:
        yield node
        if node.is_modal:
            return
