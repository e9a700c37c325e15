"""For each value of an index, the names of the objects that have it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from typing import Generic, TypeVar, cast

N = TypeVar("N", bound=Hashable)

_FEW = 8
"""Names in a tuple at most. A dict of a single name takes four times the memory of a tuple, but adding to a tuple costs
more with each name in it."""


class Postings(Generic[N]):
    """Names by value, each name once, in the order in which they were added. Most values have a single name.

    A name must not be a plain tuple or a dict.
    """

    __slots__ = ("_names",)

    def __init__(self) -> None:
        self._names: dict[Hashable, N | tuple[N, ...] | dict[N, None]] = {}

    def __bool__(self) -> bool:
        return bool(self._names)

    def __iter__(self) -> Iterator[Hashable]:
        return iter(self._names)

    def of(self, value: Hashable) -> Iterable[N]:
        """The names under a value; valid until the next change."""
        held = self._names.get(value)
        if held is None:
            return ()
        if type(held) is tuple or type(held) is dict:
            return cast("Iterable[N]", held)
        return (cast("N", held),)

    def add(self, value: Hashable, name: N) -> None:
        held = self._names.get(value)
        if held is None:
            self._names[value] = name
        elif type(held) is dict:
            held[name] = None
        elif type(held) is not tuple:
            if held != name:
                self._names[value] = (cast("N", held), name)
        elif name not in held:
            more = (*held, name)
            self._names[value] = more if len(more) <= _FEW else dict.fromkeys(more)

    def discard(self, value: Hashable, name: N) -> None:
        held = self._names.get(value)
        if type(held) is dict:
            held.pop(name, None)
            if not held:
                del self._names[value]
        elif type(held) is tuple:
            left = tuple(one for one in held if one != name)
            self._names[value] = left if len(left) > 1 else left[0]
        elif held == name:
            del self._names[value]
