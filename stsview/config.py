"""The configuration file.

A new key is one line in one of the structs, with a description of its valid values, which completes the error message
for an invalid one; README.md lists the keys.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta, Struct

from stsview.command_template import command_words
from stsview.nearest import did_you_mean
from stsview.program_name import program_name

VARIABLE = "STSVIEW_CONFIG"
"""Environment variable that names a file other than the default one."""

MOST_NAMESPACES = 50
"""Limit of namespaces watched one by one: each needs a connection for every kind that is watched in it."""

T = TypeVar("T")

_MOST_LINES = 1000
"""Up to which line a fault is searched for."""

_LABEL = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
_DOMAIN = rf"{_LABEL}(\.{_LABEL})*"

_Namespace = Annotated[
    str, Meta(pattern=rf"^{_LABEL}\Z", description="the name of a namespace: lower-case letters, digits and '-'")
]
_Members = Annotated[int, Meta(ge=1, description="a number of members ≥ 1")]


class ContextConfiguration(Struct, frozen=True, forbid_unknown_fields=True):
    """Settings of one context of the kubeconfig."""

    namespaces: Annotated[
        tuple[_Namespace, ...],
        Meta(
            max_length=MOST_NAMESPACES,
            description=f'a list of up to {MOST_NAMESPACES} names, as in ["data", "infra"]',
        ),
    ] = ()
    """The namespaces to watch unless the command line names others; empty: that of the context."""
    read_only: Annotated[bool, Meta(description="true or false")] = False
    """Whether changes in this context are refused."""
    protected: Annotated[bool, Meta(description="true or false")] = False
    """Whether a change in this context requires its name to be typed, in addition to any other confirmation."""


class AcknowledgedFindings(Struct, frozen=True, forbid_unknown_fields=True):
    """Findings that are known and harmless."""

    rule: Annotated[str, Meta(pattern=r"^[a-z0-9-]+\Z", description='a rule id in quotes, as in "service-missing"')]
    reason: Annotated[str, Meta(min_length=1, max_length=500, description="a text in quotes that says why")]
    set: Annotated[
        str,
        Meta(
            pattern=r"^[^/\s]+(/[^/\s]+)?\Z",
            description='a namespace or "namespace/name", where * matches any characters',
        ),
    ] = "*"
    context: Annotated[str, Meta(min_length=1, description="the name of a context, where * matches any characters")] = (
        "*"
    )
    until: Annotated[date | None, Meta(description="a date without quotes, as in 2027-01-31")] = None
    """The last day, in UTC, on which it holds."""


class Configuration(Struct, frozen=True, forbid_unknown_fields=True):
    cluster_domain: Annotated[
        str, Meta(pattern=rf"^{_DOMAIN}\Z", description='a DNS domain in quotes, as in "cluster.local"')
    ] = "cluster.local"
    role_label: Annotated[
        str, Meta(max_length=317, description='the key of a pod label in quotes, as in "example.com/role"')
    ] = ""
    """The pod label with a member's role, before the built-in ones; empty: only those."""
    theme: Annotated[
        str,
        Meta(
            pattern=r"^(dark|light|high-contrast|colour-blind)\Z",
            description='"dark", "light", "high-contrast" or "colour-blind"',
        ),
    ] = ""
    """The theme of the dashboard unless the command line names one; empty: one that suits the terminal."""
    contexts: Annotated[
        dict[str, ContextConfiguration], Meta(description='one table for each context, as in [contexts."prod"]')
    ] = {}
    quorum: Annotated[
        dict[Annotated[str, Meta(pattern=r"^[^/\s]+/[^/\s]+\Z", description='a set as "namespace/name"')], _Members],
        Meta(description='a table of numbers, as in "data/kafka" = 2'),
    ] = {}
    """By `namespace/name` of a set: how many of its members must be available."""
    acknowledge: Annotated[
        tuple[AcknowledgedFindings, ...],
        Meta(max_length=1000, description="entries of up to 1000 tables, each with the heading [[acknowledge]]"),
    ] = ()

    filters: Annotated[
        dict[
            Annotated[
                str,
                Meta(pattern=r"^[A-Za-z0-9_.-]+\Z", description="letters, digits, '-', '_' and '.'"),
            ],
            Annotated[
                str, Meta(min_length=1, max_length=500, description='a filter in quotes, as in "ns:data !is:healthy"')
            ],
        ],
        Meta(description='a table of filters, as in mine = "ns:data !is:healthy"'),
    ] = {}
    """By name: what can be typed after `/`."""

    exec: Annotated[
        dict[
            Annotated[
                str,
                Meta(
                    pattern=r"^[^/\s]+/[^/\s]+\Z",
                    description='a set as "namespace/name", where * matches any characters',
                ),
            ],
            Annotated[
                dict[
                    Annotated[str, Meta(pattern=r"^\S(.{0,58}\S)?\Z", description="a name of up to 60 characters")],
                    Annotated[
                        str,
                        Meta(
                            min_length=1,
                            max_length=2000,
                            description='a command line in quotes, as in "kafka-topics --list"',
                        ),
                    ],
                ],
                Meta(description='a table of command lines, as in topics = "kafka-topics --list"'),
            ],
        ],
        Meta(description='one table for each set, as in [exec."data/kafka"]'),
    ] = {}
    """By set and name: command lines to run in a pod of the set."""

    def namespaces(self, context: str) -> tuple[str, ...]:
        """The namespaces to watch in a context; empty if the file names none."""
        return self.contexts[context].namespaces if context in self.contexts else ()


class BadConfiguration(Exception):
    """The file is invalid; one line with its name, the key and what to do."""


def load(
    named: str | None = None,
    environment: Mapping[str, str] | None = None,
    rules: Callable[[], Collection[str]] | None = None,
) -> Configuration:
    """Read the configuration file.

    That is `named`, else that of $STSVIEW_CONFIG, else the default one if it exists.
    Raises `BadConfiguration`, also if a named file does not exist. `environment` defaults to os.environ. `rules`
    returns the ids that may be acknowledged; None: any.
    """
    chosen = named or (os.environ if environment is None else environment).get(VARIABLE)
    path = Path(chosen).expanduser() if chosen else _default_path()
    try:
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        if not chosen:
            return Configuration()
        raise BadConfiguration(f"{path}: no such file; correct --config or ${VARIABLE}") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "invalid file name"
        raise BadConfiguration(f"{path}: cannot be read: {why}") from None
    try:
        parsed = _parsed(content)
        if fault := _first_fault(parsed, rules):
            raise BadConfiguration(f"{_line_of(fault, content, rules)}{fault}")
        return _converted(parsed, Configuration)
    except BadConfiguration as error:
        raise BadConfiguration(_printable(f"{path}: {error}")) from None


def _default_path() -> Path:
    import platformdirs

    return platformdirs.user_config_path("stsview", appauthor=False) / "config.toml"


def _parsed(content: bytes) -> dict[str, Any]:
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


def _first_fault(content: dict[str, Any], rules: Callable[[], Collection[str]] | None) -> str:
    """What is invalid, and what to do; empty where nothing is."""
    entries = content.get("acknowledge")
    for number, entry in enumerate(entries if rules is not None and isinstance(entries, list) else ()):
        named = entry.get("rule") if isinstance(entry, dict) else None
        if isinstance(named, str) and rules is not None and named not in rules():
            hint = f"{program_name()} explain lists the rules"
            return f"acknowledge[{number}].rule: there is no rule {_written(named)}; {hint}"
    try:
        found = _converted(content, Configuration)
    except msgspec.ValidationError:
        return _fault(content, Configuration, "", "")
    for key, commands in found.exec.items():
        for name, line in commands.items():
            try:
                command_words(line)
            except ValueError as error:
                return f"{_joined(_joined('exec', key), name)}: {error}"
    return ""


def _line_of(fault: str, content: bytes, rules: Callable[[], Collection[str]] | None) -> str:
    """`line 7: `, the line that completes the invalid value; empty where no line does.

    That is the first one up to which the file is valid TOML with the same fault: tomllib keeps no positions.
    """
    lines = content.splitlines(keepends=True)
    for number in range(1, min(len(lines), _MOST_LINES) + 1):
        try:
            part = _parsed(b"".join(lines[:number]))
        except BadConfiguration:
            continue
        if _first_fault(part, rules) == fault:
            return f"line {number}: "
    return ""


def _fault(value: Any, kind: Any, key: str, hint: str) -> str:
    """The error for a value that does not fit its type.

    It names the innermost invalid key as the file has it.

    msgspec's own message has `[...]` in place of the keys of tables.
    """
    kind, described = _plain(kind)
    hint = described or hint
    if isinstance(value, dict) and isinstance(kind, type) and issubclass(kind, Struct):
        fields = get_type_hints(kind, include_extras=True)
        for name, member in value.items():
            if name not in fields:
                table = f"[[{key.partition('[')[0]}]]" if key.endswith("]") else f"[{key}]"
                known = f"valid keys of {table}" if key else "valid keys"
                near = did_you_mean(name, fields)
                return f"unknown key {_joined(key, name)}; {known}: {', '.join(fields)}{near}"
            if not _fits(member, fields[name]):
                return _fault(member, fields[name], _joined(key, name), hint)
        for field in msgspec.structs.fields(kind):
            if field.required and field.name not in value:
                return f"{key} has no key {field.name}: add {field.name}, {_plain(fields[field.name])[1]}"
    elif isinstance(value, dict) and get_origin(kind) is dict:
        of_names, of_values = get_args(kind)
        for name, member in value.items():
            if not _fits(name, of_names):
                return f"{key}: the name {_written(name)} must be {_plain(of_names)[1]}"
            if not _fits(member, of_values):
                return _fault(member, of_values, _joined(key, name), hint)
    elif isinstance(value, list) and get_origin(kind) is tuple:
        for number, member in enumerate(value):
            if not _fits(member, get_args(kind)[0]):
                return _fault(member, get_args(kind)[0], f"{key}[{number}]", hint)
    return f"{key} must be {hint}"


def _plain(kind: Any) -> tuple[Any, str]:
    """A type without its `Annotated`, and the description in it."""
    if get_origin(kind) is not Annotated:
        return kind, ""
    bare, *notes = get_args(kind)
    return bare, next((note.description or "" for note in notes if isinstance(note, Meta)), "")


def _fits(value: Any, kind: Any) -> bool:
    try:
        _converted(value, kind)
    except msgspec.ValidationError:
        return False
    return True


def _converted(value: Any, kind: type[T]) -> T:
    """Raises `msgspec.ValidationError`, also for a date in quotes."""
    return msgspec.convert(value, kind, strict=True, builtin_types=(date, datetime))


def _joined(path: str, name: str) -> str:
    return f"{path}.{_written(name)}" if path else _written(name)


def _written(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else f'"{name}"'


def _printable(text: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in text)
