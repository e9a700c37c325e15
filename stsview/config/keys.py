"""Keys of commands: how they are written, and which of them would stand in each other's way.

`commands.json` has the commands with their usual keys by screen, made by `python -m stsview.ui.command_table`, so that
a configuration is checked without importing the screens.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import msgspec

from stsview.config.schema import Configuration
from stsview.nearest import did_you_mean
from stsview.program_name import program_name

_ALIASES = {
    "bksp": "backspace",
    "del": "delete",
    "esc": "escape",
    "ins": "insert",
    "pgdn": "pagedown",
    "pgup": "pageup",
    "return": "enter",
    "solidus": "slash",
    "reverse_solidus": "backslash",
    "commercial_at": "at",
    "hyphen_minus": "minus",
    "plus_sign": "plus",
    "low_line": "underscore",
    "↑": "up",
    "↓": "down",
    "←": "left",
    "→": "right",
}
"""Other names of keys: as the screens show them, and as Unicode has them where Textual has a shorter name."""

_NAMED = frozenset(
    (
        "backspace",
        "delete",
        "down",
        "end",
        "enter",
        "escape",
        "home",
        "insert",
        "left",
        "pagedown",
        "pageup",
        "right",
        "space",
        "tab",
        "up",
        *(f"f{number}" for number in range(1, 13)),
    )
)

_TAKEN = {
    "ctrl+c": "it says how to quit",
    "ctrl+q": "it quits stsview",
    "ctrl+h": "terminals send it for backspace",
    "ctrl+i": "terminals send it for tab",
    "ctrl+j": "terminals send it for enter",
    "ctrl+m": "terminals send it for enter",
}
"""Keys that no command can have, and why."""

_NEEDED = frozenset({"back", "help", "leave", "palette"})
"""Commands that cannot be left without a key: the ways to everything else, and out."""


class KnownCommand(msgspec.Struct, frozen=True):
    """A command as it is declared in one place."""

    id: str
    keys: tuple[str, ...]
    help: str


class _Table(msgspec.Struct, frozen=True):
    owners: dict[str, tuple[KnownCommand, ...]]
    screens: dict[str, tuple[str, ...]]
    """The owners of the commands of each screen."""


@cache
def _table() -> _Table:
    return msgspec.json.decode(Path(__file__).with_name("commands.json").read_bytes(), type=_Table)


def known_commands() -> Iterator[KnownCommand]:
    """All commands that can have other keys, each once for each set of usual keys."""
    seen: set[tuple[str, tuple[str, ...]]] = set()
    for command in (command for owned in _table().owners.values() for command in owned):
        if (command.id, command.keys) not in seen:
            seen.add((command.id, command.keys))
            yield command


def keymap_of(configuration: Configuration) -> Mapping[str, tuple[str, ...]]:
    """The keys, as Textual names them, by id of a command. Those of a configuration that was read are all valid."""
    if not configuration.keys:
        return {}
    ids = _ids()
    return {ids[_folded(id_)]: tuple(map(key_named, _listed(keys))) for id_, keys in configuration.keys.items()}


@cache
def _ids() -> Mapping[str, str]:
    """The ids of all commands; `-` and `_` are the same in a configuration, as commands are typed with `-`."""
    return {_folded(command.id): command.id for owned in _table().owners.values() for command in owned}


def _folded(id_: str) -> str:
    return id_.replace("-", "_")


def _listed(keys: str | tuple[str, ...]) -> tuple[str, ...]:
    return (keys,) if isinstance(keys, str) else keys


def key_named(text: str) -> str:
    """The key of `m`, `/`, `ctrl+e`, `^e`, `esc` or `slash` as Textual names it. Raises ValueError if there is none."""
    written = re.sub(r"^\^(?=.)", "ctrl+", text.strip() or text)
    *modifiers, last = written.split("+") if len(written) > 1 else [written]
    key = _single(last) if len(last) == 1 else _ALIASES.get(last.lower(), last.lower())
    if not modifiers and (len(key) == 1 or key in _NAMED or key in _characters()):
        return key
    if modifiers == ["ctrl"] and re.fullmatch("[A-Za-z]", last):
        key = f"ctrl+{last.lower()}"
        if why := _TAKEN.get(key):
            raise ValueError(f'"{text}" cannot be given to a command: {why}')
        return key
    if key in _NAMED and modifiers in (["ctrl"], ["shift"], ["ctrl", "shift"]):
        return "+".join((*modifiers, key))
    raise ValueError(f'"{text}" is no key: write one as in "m", "/", "ctrl+e", "f5", "space" or "shift+up"')


def _single(sign: str) -> str:
    """A character as Textual names its key (`textual.keys`, 8.2.8)."""
    if sign in _ALIASES:
        return _ALIASES[sign]
    if sign.isalnum() or not sign.isprintable():
        return sign
    name = unicodedata.name(sign, "").lower().replace("-", "_").replace(" ", "_")
    return _ALIASES.get(name, name)


@cache
def _characters() -> Mapping[str, str]:
    """The characters of the keys that are named in words."""
    signs = (chr(code) for code in range(33, 127))
    return {_single(sign): sign for sign in signs if not sign.isalnum()}


def key_written(key: str) -> str:
    """A key of Textual as a configuration writes it: `/` for `slash`."""
    return _characters().get(key, key)


def key_fault(keys: Mapping[str, str | tuple[str, ...]]) -> str:
    """What is wrong with the keys of a configuration, and what to do; empty if nothing is."""
    table = _table()
    ids = _ids()
    given: dict[str, tuple[str, ...]] = {}
    for written, value in keys.items():
        id_ = ids.get(_folded(written), "")
        if not id_:
            near = did_you_mean(_folded(written), ids) or f"; {program_name()} config --keys lists the commands"
            return f"keys.{written}: there is no command {written}{near}"
        try:
            given[id_] = tuple(map(key_named, _listed(value)))
        except ValueError as error:
            return f"keys.{written}: {error}"
        if id_ in _NEEDED and not given[id_]:
            return f"keys.{written}: this command needs a key"
    # Two commands may change their keys with each other.
    for written, value in keys.items():
        for screen, owners in table.screens.items():
            commands = [command for owner in owners for command in table.owners[owner]]
            if clash := _clash(commands, given, ids[_folded(written)]):
                key, other = clash
                shown = next(one for one in _listed(value) if key_named(one) == key)
                return f'keys.{written}: on {screen}, "{shown}" is the key of {other}: give one of them another key'
    return ""


def _clash(commands: Sequence[KnownCommand], given: Mapping[str, tuple[str, ...]], id_: str) -> tuple[str, str] | None:
    """A key of the command that another of the same screen has too, which does not share one with it by default.

    Those that do are never available together.
    """
    own = [command for command in commands if command.id == id_]
    for command in own:
        for other in commands:
            if other.id == id_ or not set(command.keys).isdisjoint(other.keys):
                continue
            for key in given[id_]:
                if key in given.get(other.id, other.keys):
                    return key, other.id
    return None
