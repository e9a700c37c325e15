"""What an operator has written down: the configuration file.

A new key is one line in one of the structs, with a description that says what may stand there: it ends in the error of
whoever writes something else, and README.md lists it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta, Struct

VARIABLE = "STSVIEW_CONFIG"
"""Environment variable that names another file than the usual one."""

MOST_NAMESPACES = 50
"""That are looked at one by one: each takes a connection for every kind that is watched in it."""

_LABEL = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
_DOMAIN = rf"{_LABEL}(\.{_LABEL})*"

_Namespace = Annotated[
    str, Meta(pattern=rf"^{_LABEL}\Z", description="the name of a namespace: lower-case letters, digits and '-'")
]
_Members = Annotated[int, Meta(ge=1, description="a number of members, from 1 on")]


class ContextConfiguration(Struct, frozen=True, forbid_unknown_fields=True):
    """What holds for one context of the kubeconfig."""

    namespaces: Annotated[
        tuple[_Namespace, ...],
        Meta(
            max_length=MOST_NAMESPACES,
            description=f'a list of up to {MOST_NAMESPACES} names, as in ["data", "infra"]',
        ),
    ] = ()
    """What is looked at where the command line names nothing; empty: what the context says."""
    read_only: Annotated[bool, Meta(description="true or false")] = False
    """Nothing is ever changed in this context."""
    protected: Annotated[bool, Meta(description="true or false")] = False
    """Whatever is changed in this context takes its name, typed, besides all else."""


class Configuration(Struct, frozen=True, forbid_unknown_fields=True):
    cluster_domain: Annotated[
        str, Meta(pattern=rf"^{_DOMAIN}\Z", description='a DNS domain in quotes, as in "cluster.local"')
    ] = "cluster.local"
    role_label: Annotated[
        str, Meta(max_length=317, description='the key of a pod label in quotes, as in "example.com/role"')
    ] = ""
    """The pod label that names a member's role, before those that are known anyway; empty: only those."""
    contexts: Annotated[
        dict[str, ContextConfiguration], Meta(description='one table for each context, as in [contexts."prod"]')
    ] = {}
    quorum: Annotated[
        dict[Annotated[str, Meta(pattern=r"^[^/\s]+/[^/\s]+\Z", description='a set as "namespace/name"')], _Members],
        Meta(description='a table of numbers, as in "data/kafka" = 2'),
    ] = {}
    """By `namespace/name` of a set: how many of its members must be up for the whole to work."""

    def namespaces(self, context: str) -> tuple[str, ...]:
        """Those to look at in a context of the kubeconfig; empty where the file says nothing of it."""
        return self.contexts[context].namespaces if context in self.contexts else ()


class BadConfiguration(Exception):
    """The file cannot be used; one clear line with its name, the key at fault and what to do."""


def load(named: str | None = None, environment: Mapping[str, str] | None = None) -> Configuration:
    """The configuration in the file `named`, else in that of $STSVIEW_CONFIG, else in the usual one if there is one.

    Raises `BadConfiguration`; a file that is named but missing is an error too. `environment` is os.environ.
    """
    chosen = named or (os.environ if environment is None else environment).get(VARIABLE)
    path = Path(chosen).expanduser() if chosen else _usual()
    try:
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        if not chosen:
            return Configuration()
        raise BadConfiguration(f"{path}: there is no such file; correct --config or ${VARIABLE}") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "no usable name of a file"
        raise BadConfiguration(f"{path}: cannot be read: {why}") from None
    try:
        return _checked(_parsed(content))
    except BadConfiguration as error:
        raise BadConfiguration(_printable(f"{path}: {error}")) from None


def _usual() -> Path:
    import platformdirs

    return platformdirs.user_config_path("stsview", appauthor=False) / "config.toml"


def _parsed(content: bytes) -> dict[str, Any]:
    # Most people have no such file.
    import tomllib

    try:
        return tomllib.loads(content.decode())
    except UnicodeDecodeError:
        raise BadConfiguration("is not UTF-8; save it as such") from None
    except tomllib.TOMLDecodeError as error:
        raise BadConfiguration(f"is no valid TOML: {error}; strings need quotes, tables stand in [brackets]") from None
    except RecursionError:
        raise BadConfiguration("is nested too deeply") from None


def _checked(content: dict[str, Any]) -> Configuration:
    try:
        return msgspec.convert(content, Configuration, strict=True)
    except msgspec.ValidationError:
        raise BadConfiguration(_fault(content, Configuration, "", "")) from None


def _fault(value: Any, kind: Any, key: str, hint: str) -> str:
    """What is wrong with a value that does not fit its type: the innermost key at fault, as it is written in the file.

    msgspec knows it too, but tells the keys of tables as `[...]`.
    """
    kind, described = _plain(kind)
    hint = described or hint
    if isinstance(value, dict) and isinstance(kind, type) and issubclass(kind, Struct):
        fields = get_type_hints(kind, include_extras=True)
        for name, held in value.items():
            if name not in fields:
                where = f"[{key}] may have" if key else "there are"
                return f"there is no key {_joined(key, name)}; {where}: {', '.join(fields)}"
            if not _fits(held, fields[name]):
                return _fault(held, fields[name], _joined(key, name), hint)
    elif isinstance(value, dict) and get_origin(kind) is dict:
        of_names, of_values = get_args(kind)
        for name, held in value.items():
            if not _fits(name, of_names):
                return f"{key}: the name {_written(name)} must be {_plain(of_names)[1]}"
            if not _fits(held, of_values):
                return _fault(held, of_values, _joined(key, name), hint)
    elif isinstance(value, list) and get_origin(kind) is tuple:
        for number, held in enumerate(value):
            if not _fits(held, get_args(kind)[0]):
                return _fault(held, get_args(kind)[0], f"{key}[{number}]", hint)
    return f"{key} must be {hint}"


def _plain(kind: Any) -> tuple[Any, str]:
    """A type without its `Annotated`, and the description in that."""
    if get_origin(kind) is not Annotated:
        return kind, ""
    bare, *notes = get_args(kind)
    return bare, next((note.description or "" for note in notes if isinstance(note, Meta)), "")


def _fits(value: Any, kind: Any) -> bool:
    try:
        msgspec.convert(value, kind, strict=True)
    except msgspec.ValidationError:
        return False
    return True


def _joined(path: str, name: str) -> str:
    return f"{path}.{_written(name)}" if path else _written(name)


def _written(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else f'"{name}"'


def _printable(text: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in text)
