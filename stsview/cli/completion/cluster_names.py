"""Names of contexts, and of objects of a cluster.

They are read with the kubeconfig, credentials and impersonation that the command itself would use, and kept without
anything else of the objects. What cannot be read has no names.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from stsview.cli.completion.remembered import remembered
from stsview.cli.completion.selection import Selection


class Found(NamedTuple):
    """Objects by namespace and name."""

    names: list[tuple[str, str]]
    one_namespace: bool
    """Whether all that was read is one namespace, so that a name alone is unambiguous."""


def contexts(selection: Selection) -> list[tuple[str, str]]:
    """Names of contexts; the current one has a description."""
    return [(name, text) for name, text in remembered("contexts", selection.key, lambda: _contexts(selection)) or ()]


def namespaces(selection: Selection) -> list[str]:
    return [str(name) for name in _remembered_names("namespaces", selection.within())]


def nodes(selection: Selection) -> list[str]:
    return [str(name) for name in _remembered_names("nodes", selection.within())]


def sets(selection: Selection) -> Found:
    return _found(_remembered_names("sets", selection))


def pods(selection: Selection) -> Found:
    """Pods of StatefulSets."""
    return _found(_remembered_names("pods", selection))


def revisions(selection: Selection, set_name: str) -> list[tuple[str, str]]:
    """Numbers of the revisions of a set, the newest first, with their names."""
    return [(str(number), text) for number, text in _remembered_names("revisions", selection, set_name)]


def _found(answer: Any) -> Found:
    one, names = answer or (False, [])
    return Found([(namespace, name) for namespace, name in names], one)


def _remembered_names(kind: str, selection: Selection, set_name: str = "") -> Any:
    return remembered(kind, [*selection.key, set_name], lambda: _read(kind, selection, set_name)) or ()


def _contexts(selection: Selection) -> list[tuple[str, str]]:
    from stsview.cli.completion.read_names import read_contexts

    return read_contexts(selection)


def _read(kind: str, selection: Selection, set_name: str) -> Any:
    # In a process of its own: the one that the shell waits for imports nothing of a client.
    from stsview.cli.completion.read_names import read_names

    return read_names(kind, selection, set_name)
