"""YAML as text that may come from anyone: dates stay text, and nesting is limited."""

from __future__ import annotations

from typing import Any, ClassVar

import yaml

# libyaml's loader is fifteen times as fast as the one in Python, but not always installed.
_Fast: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Fast):  # type: ignore[misc]
    """Dates stay text: a cluster may be named `2026-01-31`, and Kubernetes writes times as text."""

    yaml_implicit_resolvers: ClassVar = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


_DEEPEST = 100
"""libyaml builds nested nodes by recursion in C, which crashes the process when it is too deep."""


def load_document(text: str) -> Any:
    """The only document of `text`; None for an empty one.

    Raises `yaml.YAMLError`, also for several documents, ValueError, TypeError, and RecursionError.
    """
    _check(text, aliases=True)
    return yaml.load(text, Loader=_Loader)  # noqa: S506 - it is a SafeLoader


def load_documents(text: str) -> list[Any]:
    """All documents of `text`, of which none may have aliases: with them a small text can expand without end.

    Raises as `load_document` does; ValueError for an alias.
    """
    _check(text, aliases=False)
    return list(yaml.load_all(text, Loader=_Loader))


def _check(text: str, *, aliases: bool) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _DEEPEST:
                raise ValueError("nested too deep")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.AliasEvent) and not aliases:
            line = event.start_mark.line + 1 if event.start_mark is not None else 0
            raise ValueError(f"line {line} has an alias, which kubectl never writes")
