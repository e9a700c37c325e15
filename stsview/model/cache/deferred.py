"""Collections that are read when they are first used."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cached_property
from typing import TypeVar

T = TypeVar("T")


class DeferredMapping(Mapping[str, T]):
    """What `read` returns, read at the first use: objects that are rarely needed are not decoded for nothing."""

    def __init__(self, read: Callable[[], Mapping[str, T]]) -> None:
        self._read = read

    @cached_property
    def _found(self) -> Mapping[str, T]:
        return self._read()

    def __getitem__(self, name: str) -> T:
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


class DeferredCollection(Collection[T]):
    """As `DeferredMapping`."""

    def __init__(self, read: Callable[[], Collection[T]]) -> None:
        self._read = read

    @cached_property
    def _found(self) -> Collection[T]:
        return self._read()

    def __contains__(self, one: object) -> bool:
        return one in self._found

    def __iter__(self) -> Iterator[T]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)
