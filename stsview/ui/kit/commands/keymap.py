"""The keys that the configuration gives to commands, instead of those that they declare.

One map holds for the process, as glyphs do: the text of a hint needs it as much as a binding does. It holds on screens
and for what is on them. Dialogs keep their keys, so that nothing is confirmed by a key with another meaning.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias

from stsview.ui.kit.commands.keys import key_name

Keymap: TypeAlias = Mapping[str, tuple[str, ...]]
"""Keys, in Textual's notation, by id of a command."""

_active: Keymap = MappingProxyType({})


def use_keymap(keymap: Keymap) -> None:
    """Use these keys from now on. Screens and tables that exist already keep theirs."""
    global _active  # noqa: PLW0603 - see above
    _active = keymap


def active_keymap() -> Keymap:
    return _active


def keys_of(id_: str, declared: Sequence[str]) -> Sequence[str]:
    """The keys that a command has now, given those that it declares."""
    return _active.get(id_, declared)


def hint(id_: str, declared: str) -> str:
    """The key to name in a text, given how it names the declared one; `:nodes` where the command has no key."""
    keys = _active.get(id_)
    if keys is None:
        return declared
    return key_name(keys[0]) if keys else f":{id_.replace('_', '-')}"
