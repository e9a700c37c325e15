"""Objects of one kind by name, with indices: client-go's Indexer without locks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Set
from typing import Any, Generic, TypeVar

from stsview.model.cache.postings import Postings
from stsview.model.packing import Packing
from stsview.objects.kinds import KubernetesObject
from stsview.objects.meta import Key

T = TypeVar("T", bound=KubernetesObject)

IndexFunction = Callable[[T], Iterable[Hashable]]
"""Yields values within the namespace of the object."""


def _as_it_is(held: Any) -> Any:
    return held


class Indexer(Generic[T]):
    """Holds at most one object per key. Not thread-safe.

    With a `packing`, for kinds with as many objects as there are pods or sets, objects are held as bytes: each call
    returns objects of its own.
    """

    def __init__(self, packing: Packing[T] | None = None, **index_functions: IndexFunction[T]) -> None:
        self._packing = packing
        self._unpack: Callable[[T | bytes], T] = packing.unpack if packing is not None else _as_it_is
        self._objects: dict[str, dict[str, T | bytes]] = {}
        """By namespace and name."""
        self._functions = index_functions
        self._indices: dict[str, dict[str, Postings[str]]] = {name: {} for name in index_functions}
        """By index and namespace."""

    def __contains__(self, key: Key) -> bool:
        return key.name in self._objects.get(key.namespace, ())

    def __len__(self) -> int:
        return sum(map(len, self._objects.values()))

    def get(self, key: Key) -> T | None:
        group = self._objects.get(key.namespace)
        held = group.get(key.name) if group is not None else None
        return None if held is None else self._unpack(held)

    def keys(self, namespace: str = "") -> list[Key]:
        """Keys of all objects, or of those in one namespace."""
        namespaces = (namespace,) if namespace else self._objects
        return [Key(one, name) for one in namespaces for name in self._objects.get(one, ())]

    def others(self, namespace: str, *known: Mapping[str, Set[str]]) -> list[Key]:
        """As `keys`, without the objects whose names are in `known`, by namespace."""
        namespaces = (namespace,) if namespace else self._objects
        found: list[Key] = []
        for one in namespaces:
            left: Set[str] = self._objects.get(one, {}).keys()
            for names in known:
                left = left - names.get(one, frozenset())
            found += [Key(one, name) for name in left]
        return found

    def names(self, namespace: str) -> Collection[str]:
        """Names of all objects in one namespace; valid until the next change."""
        return self._objects.get(namespace, ())

    def names_by(self, index: str, namespace: str, value: Hashable) -> Iterable[str]:
        """Names of the objects of a namespace for which the index function yields `value`.

        Valid until the next change.
        """
        postings = self._indices[index].get(namespace)
        return () if postings is None else postings.of(value)

    def keys_by(self, index: str, namespace: str, value: Hashable) -> list[Key]:
        return [Key(namespace, name) for name in self.names_by(index, namespace, value)]

    def indexed_keys(self, index: str, namespace: str = "") -> list[Key]:
        """Each value of an index of names, with its namespace; of one namespace or of all."""
        by_namespace = self._indices[index]
        namespaces = (namespace,) if namespace else by_namespace
        return [Key(one, str(value)) for one in namespaces for value in by_namespace.get(one, ())]

    def by(self, index: str, namespace: str, value: Hashable) -> dict[str, T]:
        """The objects of a namespace for which the index function yields `value`, by name."""
        postings = self._indices[index].get(namespace)
        names = postings.of(value) if postings is not None else ()
        if not names:
            return {}
        held, unpack = self._objects[namespace], self._unpack
        return {name: unpack(held[name]) for name in names}

    def by_any(self, index: str, namespace: str, values: Iterable[Hashable]) -> list[T]:
        """The objects for which the index function yields one of `values`; once for each of them."""
        postings = self._indices[index].get(namespace)
        if postings is None:
            return []
        held, unpack = self._objects[namespace], self._unpack
        return [unpack(held[name]) for value in values for name in postings.of(value)]

    def among(self, names: Iterable[str], namespace: str = "") -> dict[str, T]:
        """Those of the named objects that are held, by name."""
        held = self._objects.get(namespace)
        if held is None:
            return {}
        unpack = self._unpack
        return {name: unpack(held[name]) for name in names if name in held}

    def put(self, new: T) -> T | None:
        """Hold `new` in place of the object that had its key before.

        Returns that one; `new` itself if they are equal.
        """
        name, namespace = new.metadata.name, new.metadata.namespace
        group = self._objects.get(namespace)
        if group is None:
            group = self._objects[namespace] = {}
        held = group.get(name)
        kept = new if self._packing is None else self._packing.pack(new)
        if held is None:
            group[name] = kept
            for index, function in self._functions.items():
                values = function(new)
                if values != ():
                    self._index(index, namespace, name, values)
            return None
        if kept == held:
            return new
        old = self._unpack(held)
        if old == new:
            return new
        group[name] = kept
        for index, function in self._functions.items():
            former, now = tuple(function(old)), tuple(function(new))
            if former != now:
                self._unindex(index, namespace, name, former)
                self._index(index, namespace, name, now)
        return old

    def remove(self, key: Key) -> T | None:
        """Drop the object of that key, and return it; None when there is none."""
        group = self._objects.get(key.namespace)
        held = group.pop(key.name, None) if group is not None else None
        if group is None or held is None:
            return None
        if not group:
            del self._objects[key.namespace]
        old = self._unpack(held)
        for index, function in self._functions.items():
            self._unindex(index, key.namespace, key.name, function(old))
        return old

    def _index(self, index: str, namespace: str, name: str, values: Iterable[Hashable]) -> None:
        by_namespace = self._indices[index]
        postings = by_namespace.get(namespace)
        for value in values:
            if postings is None:
                postings = by_namespace[namespace] = Postings()
            postings.add(value, name)

    def _unindex(self, index: str, namespace: str, name: str, values: Iterable[Hashable]) -> None:
        by_namespace = self._indices[index]
        postings = by_namespace.get(namespace)
        if postings is None:
            return
        for value in values:
            postings.discard(value, name)
        if not postings:
            del by_namespace[namespace]
