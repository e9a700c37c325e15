"""Reading the configuration file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stsview.config.faults import Rules, converted, first_fault
from stsview.config.schema import Configuration

VARIABLE = "STSVIEW_CONFIG"
"""Environment variable that names a file other than the default one."""

_MOST_LINES = 1000
"""Up to which line a fault is searched for."""


class BadConfiguration(Exception):
    """The file is invalid; one line with its name, the key and what to do."""


def load(
    named: str | None = None,
    environment: Mapping[str, str] | None = None,
    rules: Rules | None = None,
) -> Configuration:
    """Read the configuration file.

    That is `named`, else that of $STSVIEW_CONFIG, else the default one if it exists.
    Raises `BadConfiguration`, also if a named file does not exist. `environment` defaults to os.environ. `rules`
    returns the ids that may be named; None: any.
    """
    path, content = read(named, environment)
    return parsed_as(path, content, rules)


def read(named: str | None = None, environment: Mapping[str, str] | None = None) -> tuple[Path, bytes]:
    """The file that `load` reads, and what is in it: nothing, if it is the default one and does not exist.

    Raises `BadConfiguration` if it cannot be read, or is named and does not exist.
    """
    chosen = _chosen(named, environment)
    path = configuration_path(named, environment)
    try:
        return path, path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        if not chosen:
            return path, b""
        raise BadConfiguration(f"{path}: no such file; correct --config or ${VARIABLE}") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "invalid file name"
        raise BadConfiguration(f"{path}: cannot be read: {why}") from None


def configuration_path(named: str | None = None, environment: Mapping[str, str] | None = None) -> Path:
    """The file that `load` reads, whether it exists or not."""
    chosen = _chosen(named, environment)
    return Path(chosen).expanduser() if chosen else default_path()


def _chosen(named: str | None, environment: Mapping[str, str] | None) -> str | None:
    return named or (os.environ if environment is None else environment).get(VARIABLE)


def parsed_as(path: Path, content: bytes, rules: Rules | None = None) -> Configuration:
    """The configuration in `content`, which is that of the file `path`. Raises `BadConfiguration`."""
    if not content:
        return Configuration()
    try:
        found = parsed(content)
        if fault := first_fault(found, rules):
            raise BadConfiguration(f"{_line_of(fault, content, rules)}{fault}")
        return converted(found, Configuration)
    except BadConfiguration as error:
        raise BadConfiguration(_printable(f"{path}: {error}")) from None


def default_path() -> Path:
    """Where the file is unless another is named."""
    import platformdirs

    try:
        return platformdirs.user_config_path("stsview", appauthor=False) / "config.toml"
    except RuntimeError:
        # A user without a home directory, as in containers, whose runtimes take / for it.
        return Path("/.config/stsview/config.toml")


def parsed(content: bytes) -> dict[str, Any]:
    """The tables of a file. Raises `BadConfiguration` for what is no TOML, without the name of the file."""
    # Most operators have no such file.
    import tomllib

    try:
        return tomllib.loads(content.decode())
    except UnicodeDecodeError:
        raise BadConfiguration("not UTF-8; save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise BadConfiguration(f"invalid TOML: {error}; strings need quotes, tables [brackets]") from None
    except RecursionError:
        raise BadConfiguration("nested too deeply") from None


def _line_of(fault: str, content: bytes, rules: Rules | None) -> str:
    """`line 7: `, the line that completes the invalid value; empty where no line does.

    That is the first one up to which the file is valid TOML with the same fault: tomllib keeps no positions.
    """
    lines = content.splitlines(keepends=True)
    for number in range(1, min(len(lines), _MOST_LINES) + 1):
        try:
            part = parsed(b"".join(lines[:number]))
        except BadConfiguration:
            continue
        if first_fault(part, rules) == fault:
            return f"line {number}: "
    return ""


def _printable(text: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in text)
