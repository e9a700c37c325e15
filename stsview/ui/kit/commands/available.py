"""The commands of a screen, and which of them are available now: for key bar, help and palette."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec.structs import replace
from textual.actions import parse
from textual.dom import DOMNode
from textual.keys import KEY_NAME_REPLACEMENTS, key_to_character
from textual.screen import Screen
from textual.widget import Widget

from stsview.model.states import Health
from stsview.ui.kit.commands.commands import Command, CommandsMixin, Unavailable
from stsview.ui.kit.commands.ranks import Rank
from stsview.ui.kit.toast import toast

_UNICODE_NAMES = {
    key: name.upper().replace("_", " ").replace("HYPHEN MINUS", "HYPHEN-MINUS")
    for name, key in KEY_NAME_REPLACEMENTS.items()
}
"""Unicode names of the keys that Textual names differently."""


class KnownCommand(msgspec.Struct, frozen=True):
    """A command of the screen, and the node that runs it."""

    node: DOMNode
    command: Command
    keys: tuple[str, ...] = ()
    """The keys that reach it: without those that the focused widget or an earlier command consumes."""
    reason: str = ""
    """Why it is not available now; empty if it is."""

    async def run(self, *arguments: object) -> None:
        """Run the command with these arguments for its action, or say why it is not available any more."""
        if isinstance(availability := self.command.availability(self.node), Unavailable):
            explain(replace(self, reason=availability.reason))
            return
        _, name, declared = parse(self.command.action_name)
        await self.node.app.run_action(("", name, (*declared, *arguments)), default_namespace=self.node)


def explain(found: KnownCommand, name: str = "") -> None:
    """Show why a command is not available; `name` as it was typed, such as `:pause`."""
    toast(found.node, f"{name or found.command.label}: {found.reason}", health=Health.WARNING)


def known_commands(screen: Screen[Any]) -> list[KnownCommand]:
    """The commands of the screen, each with the keys that reach it, or the reason why it is not available.

    In order: those of the focused widget, of its ancestors, of the screen and of the app. A modal screen hides those of
    the app.
    """
    keys: dict[tuple[int, str], list[str]] = {}
    for key, active in screen.active_bindings.items():
        if active.enabled and active.binding.id and not _is_text_input(screen.focused, active.node, key):
            keys.setdefault((id(active.node), active.binding.id), []).append(key)
    known: list[KnownCommand] = []
    for node in _nodes(screen):
        for command in node.commands() if isinstance(node, CommandsMixin) else ():
            availability = command.availability(node)
            if isinstance(availability, Unavailable):
                known.append(KnownCommand(node, command, reason=availability.reason))
            elif availability:
                reaching = _in_declared_order(command, keys.get((id(node), command.id), []))
                known.append(KnownCommand(node, command, reaching))
    return known


def available_commands(screen: Screen[Any]) -> list[KnownCommand]:
    """Those of `known_commands` that can run now."""
    return [known for known in known_commands(screen) if not known.reason]


def help_over_dialog(screen: Screen[Any]) -> list[KnownCommand]:
    """The help of the app, which it opens over dialogs too, with the key that neither the dialog nor its text needs."""
    app = screen.app
    if not screen.is_modal or not isinstance(app, CommandsMixin):
        return []
    taken = {key for key, active in screen.active_bindings.items() if active.enabled}
    found = next((command for command in app.commands() if command.footer == Rank.HELP), None)
    keys = () if found is None else tuple(key for key in found.keys if key not in taken)
    focused = screen.focused
    free = tuple(key for key in keys if focused is None or not focused.check_consume_key(key, _character(key)))
    return [KnownCommand(app, found, free)] if found is not None and free else []


def places() -> dict[str, str]:
    """Where commands are available, by the names to type, of all classes that tell their place."""
    return {
        name: cls.PLACE for cls in _mixed(CommandsMixin) if cls.PLACE for one in cls.OWN_COMMANDS for name in one.names
    }


def _mixed(base: type[CommandsMixin]) -> Iterator[type[CommandsMixin]]:
    for cls in base.__subclasses__():
        yield cls
        yield from _mixed(cls)


def unavailable_for(screen: Screen[Any], key: str) -> KnownCommand | None:
    """The command of this key that is not available now, with its reason; None if another command runs on the key."""
    found: KnownCommand | None = None
    for node in _nodes(screen):
        for command in node.commands() if isinstance(node, CommandsMixin) else ():
            if key not in command.keys:
                continue
            availability = command.availability(node)
            if availability:
                return None
            if isinstance(availability, Unavailable) and found is None:
                found = KnownCommand(node, command, reason=availability.reason)
    return found


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
