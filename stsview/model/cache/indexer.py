"""Objects of one kind by name, with indices: client-go's Indexer without locks."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Generic, TypeVar

from stsview.objects.kinds import KubernetesObject
from stsview.objects.meta import Key

T = TypeVar("T", bound=KubernetesObject)

IndexFunction = Callable[[T], Iterable[Hashable]]


class Indexer(Generic[T]):
    """Holds at most one object per key. Not thread-safe."""

    def __init__(self, **index_functions: IndexFunction[T]) -> None:
        self._objects: dict[Key, T] = {}
        self._functions = index_functions
        self._indices: dict[str, dict[Hashable, dict[Key, T]]] = {name: {} for name in index_functions}

    def get(self, key: Key) -> T | None:
        return self._objects.get(key)

    def keys(self, namespace: str = "") -> list[Key]:
        """Keys of all objects, or of those in one namespace."""
        return [key for key in self._objects if not namespace or key.namespace == namespace]

    def by(self, index: str, value: Hashable) -> Mapping[Key, T]:
        """The objects for which the index function yields `value`.

        Valid only until the next change.
        """
        return self._indices[index].get(value, {})

    def put(self, new: T) -> None:
        """Hold `new` in place of the object that had its key before."""
        key = new.metadata.key
        old = self._objects.get(key)
        if old is not None:
            self._unindex(key, old)
        self._objects[key] = new
        for name, function in self._functions.items():
            for value in function(new):
                self._indices[name].setdefault(value, {})[key] = new

    def remove(self, key: Key) -> None:
        """Drop the object of that key, if there is one."""
        old = self._objects.pop(key, None)
        if old is not None:
            self._unindex(key, old)

    def _unindex(self, key: Key, old: T) -> None:
        for name, function in self._functions.items():
            index = self._indices[name]
            for value in function(old):
                group = index.get(value)
                if group is not None:
                    group.pop(key, None)
                    if not group:
                        del index[value]
