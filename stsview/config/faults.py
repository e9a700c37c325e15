"""What is invalid in a configuration, in one line that says what to do."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta, Struct

from stsview.command_template import command_words
from stsview.config.keys import key_fault
from stsview.config.schema import FLEET_REQUIRED, SET_REQUIRED, Configuration, one_of
from stsview.nearest import did_you_mean
from stsview.program_name import program_name

T = TypeVar("T")

Rules = Callable[[], Mapping[str, str]]
"""Returns the ids of the rules, which only a file that names one needs, and why a rule cannot be disabled; empty where
it can."""


def first_fault(content: dict[str, Any], rules: Rules | None) -> str:
    """What is invalid, and what to do; empty where nothing is."""
    if rules is not None and (fault := _rule_fault(content, rules)):
        return fault
    try:
        found = converted(content, Configuration)
    except msgspec.ValidationError:
        return _fault(content, Configuration, "", "")
    for key, commands in found.exec.items():
        for name, line in commands.items():
            try:
                command_words(line)
            except ValueError as error:
                return f"{joined(joined('exec', key), name)}: {error}"
    if found.keys and (fault := key_fault(found.keys)):
        return fault
    return _column_fault("fleet", found.fleet.columns, FLEET_REQUIRED) or _column_fault(
        "set", found.set.columns, SET_REQUIRED
    )


def _rule_fault(content: dict[str, Any], rules: Rules) -> str:
    """A rule that does not exist, or that must not be disabled."""
    entries = content.get("acknowledge")
    for number, entry in enumerate(entries if isinstance(entries, list) else ()):
        named = entry.get("rule") if isinstance(entry, dict) else None
        if isinstance(named, str) and named not in (known := rules()):
            return f"acknowledge[{number}].rule: {_no_rule(named, known)}"
    tables = content.get("rules")
    for named, table in tables.items() if isinstance(tables, dict) else ():
        if named not in (known := rules()):
            return f"{joined('rules', named)}: {_no_rule(named, known)}"
        if known[named] and isinstance(table, dict) and table.get("enabled") is False:
            return f"{joined('rules', named)}.enabled: this rule cannot be disabled: {known[named]}"
    return ""


def _no_rule(named: str, known: Collection[str]) -> str:
    hint = did_you_mean(named, known) or f"; {program_name()} explain lists the rules"
    return f"there is no rule {written(named)}{hint}"


def _column_fault(table: str, columns: Collection[str], required: Collection[str]) -> str:
    twice = next((name for number, name in enumerate(columns) if name in list(columns)[:number]), "")
    if twice:
        return f'{table}.columns names "{twice}" twice: remove one of them'
    missing = [name for name in required if name not in columns]
    if columns and missing:
        return f"{table}.columns must include {one_of(missing)}"
    return ""


def _fault(value: Any, kind: Any, key: str, hint: str, names: Collection[str] = ()) -> str:
    """The error for a value that does not fit its type.

    It names the innermost invalid key as the file has it. `names` are the texts that would fit, where these are few.

    msgspec's own message has `[...]` in place of the keys of tables.
    """
    kind, described, known = _plain(kind)
    hint, names = described or hint, known or names
    if isinstance(value, dict) and isinstance(kind, type) and issubclass(kind, Struct):
        fields = get_type_hints(kind, include_extras=True)
        for name, member in value.items():
            if name not in fields:
                table = f"[[{key.partition('[')[0]}]]" if key.endswith("]") else f"[{key}]"
                valid = f"valid keys of {table}" if key else "valid keys"
                near = did_you_mean(name, fields)
                return f"unknown key {joined(key, name)}; {valid}: {', '.join(fields)}{near}"
            if not _fits(member, fields[name]):
                return _fault(member, fields[name], joined(key, name), hint)
        for field in msgspec.structs.fields(kind):
            if field.required and field.name not in value:
                return f"{key} has no key {field.name}: add {field.name}, {_plain(fields[field.name])[1]}"
    elif isinstance(value, dict) and get_origin(kind) is dict:
        of_names, of_values = get_args(kind)
        for name, member in value.items():
            if not _fits(name, of_names):
                return f"{key}: the name {written(name)} must be {_plain(of_names)[1]}"
            if not _fits(member, of_values):
                return _fault(member, of_values, joined(key, name), hint)
    elif isinstance(value, list) and get_origin(kind) is tuple:
        for number, member in enumerate(value):
            if not _fits(member, get_args(kind)[0]):
                return _fault(member, get_args(kind)[0], f"{key}[{number}]", hint)
    near = did_you_mean(value.removeprefix("-"), names) if isinstance(value, str) else ""
    return f"{key} must be {hint}{near}"


def _plain(kind: Any) -> tuple[Any, str, Collection[str]]:
    """A type without its `Annotated` and without None, and the description and the names in it."""
    described, names = "", ()
    if get_origin(kind) is Annotated:
        kind, *notes = get_args(kind)
        for note in notes:
            if isinstance(note, Meta):
                described, names = note.description or described, (note.extra or {}).get("names", names)
    parts = [part for part in get_args(kind) if part is not type(None)]
    if not isinstance(kind, type) and get_origin(kind) not in (dict, tuple) and parts:
        # A union: the first of its types has the words for all of them.
        inner, words, known = _plain(parts[0])
        return (inner if len(parts) == 1 else kind), described or words, names or known
    return kind, described, names


def _fits(value: Any, kind: Any) -> bool:
    try:
        converted(value, kind)
    except msgspec.ValidationError:
        return False
    return True


def converted(value: Any, kind: type[T]) -> T:
    """Raises `msgspec.ValidationError`, also for a date in quotes."""
    return msgspec.convert(value, kind, strict=True, builtin_types=(date, datetime))


def joined(path: str, name: str) -> str:
    """The path of a key, as the file would have it: `contexts."prod/eu".protected`."""
    return f"{path}.{written(name)}" if path else written(name)


def written(name: str) -> str:
    """A key as TOML has it, in quotes where it needs them."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else f'"{name}"'
