"""One kubeconfig file as YAML, and its fields.

The fields are those of k8s.io/client-go/tools/clientcmd/api/v1/types.go.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import yaml

from stsview.cluster.errors import ConfigError, printable_line
from stsview.cluster.yaml_documents import load_document


class Entry(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    """Base of all entries.

    Unknown fields are skipped, as in kubectl. Never printed, as it may hold secrets.
    """

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class Extension(Entry, frozen=True):
    name: str = ""
    extension: Any = None


class Cluster(Entry, frozen=True):
    server: str = ""
    tls_server_name: str = ""
    insecure_skip_tls_verify: bool = False
    certificate_authority: str = ""
    certificate_authority_data: str = ""
    proxy_url: str = ""
    extensions: tuple[Extension, ...] = ()


class Variable(Entry, frozen=True):
    name: str = ""
    value: str = ""


class Exec(Entry, frozen=True, rename="camel"):
    api_version: str = ""
    command: str = ""
    args: tuple[str, ...] = ()
    env: tuple[Variable, ...] = ()
    install_hint: str = ""
    provide_cluster_info: bool = False
    interactive_mode: str = ""


class User(Entry, frozen=True):
    client_certificate: str = ""
    client_certificate_data: str = ""
    client_key: str = ""
    client_key_data: str = ""
    token: str = ""
    token_file: str = msgspec.field(name="tokenFile", default="")
    as_user: str = msgspec.field(name="as", default="")
    as_uid: str = ""
    as_groups: tuple[str, ...] = ()
    as_user_extra: dict[str, tuple[str, ...]] = {}
    username: str = ""
    password: str = ""
    auth_provider: dict[str, Any] | None = None
    exec: Exec | None = None


class Context(Entry, frozen=True):
    cluster: str = ""
    user: str = ""
    namespace: str = ""


class NamedCluster(Entry, frozen=True):
    name: str = ""
    cluster: Cluster = Cluster()


class NamedUser(Entry, frozen=True):
    name: str = ""
    user: User = User()


class NamedContext(Entry, frozen=True):
    name: str = ""
    context: Context = Context()


class Document(Entry, frozen=True):
    kind: str = "Config"
    current_context: str = ""
    clusters: tuple[NamedCluster, ...] = ()
    users: tuple[NamedUser, ...] = ()
    contexts: tuple[NamedContext, ...] = ()


def read_document(path: Path) -> Document:
    """The content of one file; an empty file is an empty configuration.

    Raises FileNotFoundError when there is no such file, and `ConfigError` for every other problem.
    """
    file = printable_line(str(path))
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ConfigError(f"kubeconfig {file} cannot be read: {error.strerror or 'error'}; check the path") from error
    except ValueError as error:
        raise ConfigError(f"kubeconfig {file} is not a text file; check the path") from error
    try:
        content = load_document(text)
    except yaml.MarkedYAMLError as error:
        # Only the position: the parser's own message quotes the file, tokens included.
        mark = error.problem_mark
        where = f" (line {mark.line + 1}, column {mark.column + 1})" if mark is not None else ""
        raise ConfigError(f"kubeconfig {file} is not valid YAML{where}; correct it") from None
    except (yaml.YAMLError, ValueError, TypeError, RecursionError):
        raise ConfigError(f"kubeconfig {file} is not valid YAML; correct it, or choose another file") from None
    try:
        document = msgspec.convert(_without_nulls(content, {}) if content is not None else {}, Document)
    except RecursionError:
        raise ConfigError(f"kubeconfig {file} is not valid: an alias refers to itself; correct it") from None
    except msgspec.ValidationError as error:
        raise ConfigError(f"kubeconfig {file} is not valid: {printable_line(str(error))}; correct it") from None
    if document.kind != "Config":
        raise ConfigError(
            f"{file} is not a kubeconfig: its kind is {printable_line(document.kind, 60)}; choose another file"
        )
    for what, names in (
        ("cluster", (entry.name for entry in document.clusters)),
        ("user", (entry.name for entry in document.users)),
        ("context", (entry.name for entry in document.contexts)),
    ):
        if (name := _first_duplicate(names)) is not None:
            raise ConfigError(f"kubeconfig {file} has two entries for {what} {printable_line(name, 100)!r}; remove one")
    return document


T = TypeVar("T")


def _first_duplicate(names: Iterable[T]) -> T | None:
    seen: set[T] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


def _without_nulls(value: Any, done: dict[int, Any]) -> Any:
    """`value` without null fields, which mean the same as absent ones in kubectl.

    `done` holds what was visited, by id: with aliases a small file can expand without end.
    """
    if not isinstance(value, dict | list):
        return value
    if id(value) not in done:
        if isinstance(value, dict):
            done[id(value)] = {name: _without_nulls(item, done) for name, item in value.items() if item is not None}
        else:
            done[id(value)] = [_without_nulls(item, done) for item in value if item is not None]
    return done[id(value)]
