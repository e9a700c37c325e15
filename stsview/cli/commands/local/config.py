"""`stsview config`: the settings in effect, and the configuration file."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from stsview.cli.output.document import API_VERSION, to_json
from stsview.cli.support.errors import fail
from stsview.cli.support.resolve import known_rules, resolve_namespaces
from stsview.config.example import example
from stsview.config.faults import written
from stsview.config.keys import key_written, keymap_of, known_commands
from stsview.config.origins import Origin, Setting, settings_of, written_value
from stsview.config.reading import VARIABLE, BadConfiguration, parsed_as, read
from stsview.config.schema import Configuration
from stsview.live.errors import CannotStart
from stsview.text.terminal_text import safe

_VARIABLES = (VARIABLE, "KUBECONFIG", "STSVIEW_AUDIT", "STSVIEW_ASCII", "NO_COLOR")
"""Variables of the environment that are settings; those of proxies may hold passwords."""

_WIDEST = 60
"""Cells up to which origins stand below each other."""


def run(arguments: argparse.Namespace) -> int:
    """Print what was asked for; returns 0, or 2 where the file is invalid."""
    if arguments.example:
        sys.stdout.write(example())
        return 0
    try:
        if arguments.check is not None:
            print(safe(_check(arguments.check or arguments.config or "")))
            return 0
        path, content = read(arguments.config)
        configuration = parsed_as(path, content, known_rules)
        if arguments.keys:
            return _print_keys(configuration)
        settings = [_overridden(one, arguments) for one in settings_of(configuration, path, content)]
        scope = _of_context(arguments, configuration, settings)
    except (BadConfiguration, CannotStart) as error:
        return fail(str(error))
    environment = [
        Setting(name, os.environ[name], Origin.ENVIRONMENT, name) for name in _VARIABLES if name in os.environ
    ]
    if arguments.output == "json":
        sys.stdout.write(to_json(_document(path, settings, scope, environment)) + "\n")
        return 0
    for line in _lines(path, settings, scope, environment, arguments):
        print(safe(line))
    return 0


def _print_keys(configuration: Configuration) -> int:
    keymap = keymap_of(configuration)
    rows = []
    for command in known_commands():
        keys = keymap.get(command.id, command.keys)
        usual = "" if keys == command.keys else f"  (usually {_written(command.keys) or 'no key'})"
        rows.append((command.id, _written(keys), command.help + usual))
    # A command that several screens declare has its new keys on all of them.
    rows = list(dict.fromkeys(rows))
    for row in rows:
        print(f"{row[0]:{max(len(one[0]) for one in rows)}}  {row[1]:{max(len(one[1]) for one in rows)}}  {row[2]}")
    return 0


def _written(keys: Iterable[str]) -> str:
    return " ".join(map(key_written, keys))


def _check(named: str) -> str:
    """What to say of a valid file. Raises `BadConfiguration`."""
    if named == "-":
        parsed_as(Path("standard input"), sys.stdin.buffer.read(), known_rules)
        return "standard input: valid"
    path, content = read(named)
    parsed_as(path, content, known_rules)
    return f"{path}: valid" if path.exists() else f"{path}: no such file, the defaults hold"


def _overridden(setting: Setting, arguments: argparse.Namespace) -> Setting:
    """The setting as an option has it, where one does."""
    options = {"theme": arguments.theme, "cluster_domain": arguments.cluster_domain}
    value = options.get(setting.key)
    return Setting(setting.key, value, Origin.OPTION, f"--{setting.key.replace('_', '-')}") if value else setting


def _of_context(arguments: argparse.Namespace, configuration: Configuration, settings: list[Setting]) -> list[Setting]:
    """What holds in the context that the command line names; nothing where it names none.

    Raises `CannotStart` for invalid names of namespaces.
    """
    named = resolve_namespaces(arguments)
    context = arguments.context
    if not context:
        return []
    by_key = {one.key: one for one in settings}
    found: dict[str, Setting] = {}
    for entry, _ in configuration.of_context(context):
        for field in ("namespaces", "read_only", "protected", "cluster_domain", "role_label"):
            given = by_key.get(f"contexts.{written(entry)}.{field}")
            # One entry is enough to forbid; of the others the first one holds.
            if given is not None and given.value:
                found.setdefault(field, Setting(field, given.value, given.origin, given.by, given.line))
    if named is not None:
        option = "-A" if arguments.all_namespaces else "-n"
        found["namespaces"] = Setting("namespaces", list(named), Origin.OPTION, option)
    if arguments.read_only:
        found["read_only"] = Setting("read_only", True, Origin.OPTION, "--read-only")
    if arguments.cluster_domain:
        found.pop("cluster_domain", None)
    usual = {"namespaces": Setting("namespaces", []), "read_only": Setting("read_only", False)}
    usual |= {"protected": Setting("protected", False)}
    usual |= {key: by_key[key] for key in ("cluster_domain", "role_label")}
    return [found.get(field, setting) for field, setting in usual.items()]


def _lines(
    path: Path,
    settings: list[Setting],
    scope: list[Setting],
    environment: list[Setting],
    arguments: argparse.Namespace,
) -> Iterator[str]:
    """A valid configuration file, in which comments say where each setting comes from."""
    by = "--config" if arguments.config else f"${VARIABLE}" if os.environ.get(VARIABLE) else "default"
    yield f"# {path} ({by}{'' if path.exists() else ', does not exist'})"
    yield from _aligned([(_statement(one), one.where) for one in settings])
    if scope:
        yield ""
        yield f"# In the context {arguments.context}:"
        yield from _aligned([(f"#   {one.key} = {written_value(one.value)}", one.where) for one in scope])
    if environment:
        yield ""
        yield "# From the environment:"
        yield from (f"#   {one.key}={one.value}" for one in environment)


def _statement(setting: Setting) -> str:
    if setting.key == "theme" and not setting.value:
        return "# theme: one that suits the terminal"
    return f"{setting.key} = {written_value(setting.value)}"


def _aligned(pairs: list[tuple[str, str]]) -> Iterator[str]:
    column = max((len(text) for text, _ in pairs if len(text) <= _WIDEST), default=0)
    for text, origin in pairs:
        yield f"{text.ljust(column)}  # {origin}"


def _document(path: Path, settings: list[Setting], scope: list[Setting], environment: list[Setting]) -> dict[str, Any]:
    return {
        "apiVersion": API_VERSION,
        "kind": "Configuration",
        "file": str(path),
        "exists": path.exists(),
        "settings": [_plain(one) for one in settings],
        "context": [_plain(one) for one in scope],
        "environment": [_plain(one) for one in environment],
    }


def _plain(setting: Setting) -> dict[str, Any]:
    line = {"line": setting.line} if setting.line else {}
    return {
        "key": setting.key,
        "value": msgspec.to_builtins(setting.value),
        "origin": setting.origin.value,
        "by": setting.by,
        **line,
    }
