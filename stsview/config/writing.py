"""Writing settings into the configuration file, which keeps the comments and the layout of its owner."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

from stsview.config.faults import Rules
from stsview.config.reading import BadConfiguration, parsed_as
from stsview.config.schema import Configuration

Changes: TypeAlias = Mapping[str, Mapping[str, Any]]
"""New values by key, by table; the table of the keys at the top is empty. None removes the key."""


def keep(path: Path, changes: Changes, rules: Rules | None = None) -> None:
    """Change settings in the file `path`, which is created if it does not exist.

    The file is replaced at once, or not at all; of a symbolic link the file that it points to. Raises
    `BadConfiguration`, with one line that says why nothing was written.
    """
    try:
        # A link is kept: configurations often live in a repository of their own.
        real = path.resolve()
        before = real.read_bytes() if real.exists() else b""
        old = parsed_as(path, before, rules)
        expected = _expected(old, changes)
        # Below the heading is the best place; a line that only looks like one may be part of a text.
        for below_heading in (True, False):
            after = _changed(before.decode(), changes, below_heading=below_heading).encode()
            if _is(after, expected, path):
                break
        else:
            raise BadConfiguration(f"{path}: cannot be written without other changes; write the settings by hand")
        if after != before:
            _replace(real, after)
    except (OSError, ValueError) as error:
        raise BadConfiguration(f"{path}: cannot be written: {getattr(error, 'strerror', None) or error}") from None


def _is(content: bytes, expected: Configuration, path: Path) -> bool:
    try:
        return parsed_as(path, content) == expected
    except BadConfiguration:
        return False


def _expected(old: Configuration, changes: Changes) -> Configuration:
    values: dict[str, Any] = {}
    for table, keys in changes.items():
        usual = Configuration() if not table else getattr(Configuration(), table)
        given = {
            key: getattr(usual, key) if value is None else tuple(value) if isinstance(value, list) else value
            for key, value in keys.items()
        }
        values |= given if not table else {table: msgspec.structs.replace(getattr(old, table), **given)}
    return msgspec.structs.replace(old, **values)


def _changed(text: str, changes: Changes, *, below_heading: bool) -> str:
    """The text with the changes; `below_heading`: new keys of a table come first in it."""
    # Not before something is written: it takes a tenth of a second to import.
    import tomlkit
    from tomlkit.items import Table

    document = tomlkit.parse(text)
    inserted: dict[str, list[str]] = {}
    for name, keys in changes.items():
        table: Any = document.get(name) if name else document
        for key, value in keys.items():
            if table is not None and key in table:
                if value is None:
                    table.remove(key)
                else:
                    table[key] = _like(table[key], value)
            elif value is None:
                continue
            elif table is None:
                if document.body:
                    document.add(tomlkit.nl())
                table = tomlkit.table()
                table.add(key, value)
                document.add(name, table)
            elif below_heading and type(table) is Table and _heading(name).search(text):
                # At the end it would come behind comments about the next table.
                line = tomlkit.document()
                line.add(key, value)
                inserted.setdefault(name, []).append(line.as_string())
            else:
                table[key] = value
    written = document.as_string()
    for name, lines in inserted.items():
        heading = _heading(name).search(written)
        if heading is not None:
            written = "".join((written[: heading.end()].rstrip(), "\n", *lines, written[heading.end() :]))
    if "\r\n" in text:
        written = written.replace("\r\n", "\n").replace("\n", "\r\n")
    return written


def _heading(name: str) -> re.Pattern[str]:
    """The line `[name]`, also with a comment."""
    return re.compile(rf"^[ \t]*\[[ \t]*\"?{re.escape(name)}\"?[ \t]*\][ \t]*(#[^\n]*)?\n?", re.MULTILINE)


def _like(old: Any, value: Any) -> Any:
    """The value, laid out as the old one: a list on several lines keeps the comments behind its values."""
    import tomlkit

    before = old.as_string() if hasattr(old, "as_string") else ""
    if not isinstance(value, list) or "\n" not in before:
        return value
    comments = dict(re.findall(r'"([^"\n]*)"[ \t]*,?[ \t]*#[ \t]*([^\n]*)', before))
    indent = match[1] if (match := re.search(r"\n([ \t]*)\S", before)) else "    "
    array = tomlkit.array()
    for alone in re.findall(r"^[ \t]*#[ \t]*([^\r\n]*)", before, re.MULTILINE):
        array.add_line(indent=indent, comment=alone, add_comma=False)
    for member in value:
        array.add_line(member, indent=indent, comment=(comments.get(member) or "").strip() or None)
    array.add_line(indent="", add_comma=False)
    return array


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileNotFoundError):
            if not os.access(path, os.W_OK) and path.exists():
                raise PermissionError(13, "it is read-only")
            temporary.chmod(path.stat().st_mode & 0o777)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
