"""Where each setting of the file is, for `stsview config`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from pathlib import Path
from typing import Any

from msgspec import Struct, structs

from stsview.config.faults import joined
from stsview.config.reading import BadConfiguration, parsed
from stsview.config.schema import Configuration

_MOST_LINES = 2000
"""Up to which line settings are looked for; those below have no line."""


class Origin(Enum):
    """Where a setting comes from."""

    DEFAULT = "default"
    FILE = "file"
    OPTION = "option"
    ENVIRONMENT = "environment"


class Setting(Struct, frozen=True):
    """One setting in effect."""

    key: str
    """As the file has it: `contexts."prod".protected`."""
    value: Any
    """What TOML can write: a text, number, truth value, date, list, or table."""
    origin: Origin = Origin.DEFAULT
    by: str = ""
    """The file, the option, or the variable of the environment."""
    line: int = 0
    """The line of the file; 0 if it is not known."""

    @property
    def where(self) -> str:
        """`default`, `config.toml:7`, `--theme`, `$STSVIEW_CONFIG`."""
        match self.origin:
            case Origin.DEFAULT:
                return "default"
            case Origin.ENVIRONMENT:
                return f"${self.by}"
            case Origin.OPTION:
                return self.by
        name = Path(self.by).name
        return f"{name}:{self.line}" if self.line else name


def settings_of(configuration: Configuration, path: Path, content: bytes) -> list[Setting]:
    """The settings of a file, and the defaults of those that it does not have.

    Of contexts and rules only those that the file has.
    """
    lines = _lines(content)
    found: list[Setting] = []
    for key, value in _leaves(configuration, ""):
        if key in lines:
            found.append(Setting(key, value, Origin.FILE, str(path), lines[key]))
        elif not key.startswith(_ONLY_GIVEN):
            found.append(Setting(key, value))
    return found


_ONLY_GIVEN = ("contexts.", "rules.")


def _leaves(value: Any, key: str) -> Iterator[tuple[str, Any]]:
    """The settings of a struct or table, in their order. A list is one setting, also one of tables."""
    if isinstance(value, Struct):
        for field in structs.fields(value):
            yield from _leaves(getattr(value, field.name), joined(key, field.name))
    elif isinstance(value, Mapping):
        for name, member in value.items():
            yield from _leaves(member, joined(key, name))
    elif isinstance(value, tuple):
        yield key, [_table(member) if isinstance(member, Struct) else member for member in value]
    else:
        yield key, value


def _table(entry: Struct) -> dict[str, Any]:
    given = {field.name: getattr(entry, field.name) for field in structs.fields(entry)}
    return {name: value for name, value in given.items() if value is not None}


def _lines(content: bytes) -> dict[str, int]:
    """The line on which each setting of a file begins.

    tomllib keeps no positions: a setting begins after the last line up to which the file is valid without it.
    """
    lines = content.splitlines(keepends=True)
    found: dict[str, int] = {}
    begins = 1
    for number in range(1, min(len(lines), _MOST_LINES) + 1):
        try:
            part = parsed(b"".join(lines[:number]))
        except BadConfiguration:
            continue
        for key in _keys(part, ""):
            found.setdefault(key, begins)
        begins = number + 1
    for key in _keys(parsed(content), ""):
        found.setdefault(key, 0)
    return found


def _keys(value: Any, key: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _keys(member, joined(key, name))
    else:
        yield key


def written_value(value: Any) -> str:
    """A value as TOML has it, on one line."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return _text(value)
        case list():
            return f"[{', '.join(map(written_value, value))}]"
        case dict():
            return "{ " + ", ".join(f"{joined('', name)} = {written_value(one)}" for name, one in value.items()) + " }"
        case _:
            return str(value)


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in escaped) + '"'
