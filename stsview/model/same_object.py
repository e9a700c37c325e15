"""Results that depend on one object alone, computed once for as long as the object is the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from stsview.objects.node import Node
from stsview.objects.volume import StorageClass

T = TypeVar("T", bound=Node | StorageClass)
R = TypeVar("R")

_ENTRIES = 16_384


class PerObject(Generic[T, R]):
    """A function of one immutable object, which remembers the result for the latest object of each name.

    The same object is recognised by its identity. All pods of a node so share one view of it. There is at most one
    entry for each name, and when there are too many, all are dropped.
    """

    def __init__(self, compute: Callable[[T], R]) -> None:
        self._compute = compute
        self._entries: dict[str, tuple[T, R]] = {}

    def __call__(self, one: T) -> R:
        name = one.metadata.name
        entry = self._entries.get(name)
        if entry is not None and entry[0] is one:
            return entry[1]
        if len(self._entries) >= _ENTRIES:
            self._entries.clear()
        result = self._compute(one)
        self._entries[name] = (one, result)
        return result


A = TypeVar("A")


class OfLatest(Generic[A, R]):
    """A function of one immutable object, which remembers the result for the latest object."""

    def __init__(self, compute: Callable[[A], R]) -> None:
        self._compute = compute
        self._latest: tuple[A, R] | None = None

    def __call__(self, one: A) -> R:
        if self._latest is None or self._latest[0] is not one:
            self._latest = one, self._compute(one)
        return self._latest[1]
