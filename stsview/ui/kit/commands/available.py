"""Which commands can be reached from a screen now: what the legend, the help and the palette are made of."""

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
"""Of the keys that Textual calls otherwise than Unicode does."""


@dataclass(frozen=True, slots=True)
class AvailableCommand:
    """A command that is offered now, and the node that would run it."""

    node: DOMNode
    command: Command
    keys: tuple[str, ...]
    """Those of its keys that reach it: one that the focused widget takes, or another command before it, is missing."""

    async def run(self, argument: str | None = None) -> None:
        """Run it, if its guard still lets it; with `argument` as its only parameter, if there is one."""
        action = self.command.action_name if argument is None else ("", self.command.action_name, (argument,))
        await self.node.app.run_action(action, default_namespace=self.node)


def available_commands(screen: Screen[Any]) -> list[AvailableCommand]:
    """The commands of the focused widget, of what holds it, of the screen and of the app, in this order, that are
    offered now, each with the keys that reach it. A modal screen hides those of the app."""
    keys: dict[tuple[int, str], list[str]] = {}
    for key, active in screen.active_bindings.items():
        if active.enabled and active.binding.id and not _typed_into(screen.focused, active.node, key):
            keys.setdefault((id(active.node), active.binding.id), []).append(key)
    return [
        AvailableCommand(node, command, _as_declared(command, keys.get((id(node), command.id), [])))
        for node in _nodes(screen)
        if isinstance(node, CommandsMixin)
        for command in node.commands()
        if command.guard is None or command.guard(node)
    ]


def _as_declared(command: Command, keys: list[str]) -> tuple[str, ...]:
    """The first key of a command is the one to show; Textual lists them in an order of its own."""
    return tuple(sorted(keys, key=lambda key: command.keys.index(key) if key in command.keys else len(command.keys)))


def _typed_into(focused: Widget | None, node: DOMNode, key: str) -> bool:
    """Whether the focused widget takes the key as text. Textual looks at that too, but does not know the character of
    every key (`slash`: 8.2.8)."""
    return focused is not None and focused is not node and focused.check_consume_key(key, _character(key))


def _character(key: str) -> str | None:
    """The character that a key types; None for those that type none, such as `enter`."""
    name = _UNICODE_NAMES.get(key)
    return key_to_character(key) if name is None else unicodedata.lookup(name)


def _nodes(screen: Screen[Any]) -> Iterator[DOMNode]:
    start: DOMNode = screen if screen.focused is None else screen.focused
    for node in start.ancestors_with_self:
        yield node
        if node.is_modal:
            return
