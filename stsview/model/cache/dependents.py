"""Which sets the view of depends on an object."""

from __future__ import annotations

import sys
from collections.abc import Hashable, Iterable, Sequence

from stsview.model.cache.postings import Postings
from stsview.objects.meta import Key


class Dependents:
    """What each set looked up when its objects were last collected, whether it was found or not.

    In contrast to an index of the objects in between (the pods on a node), it has one entry per set. It is exact: a
    change of those objects affects the set too, so that its objects are collected again.
    """

    def __init__(self) -> None:
        self._sets: Postings[Key] = Postings()
        self._looked_up: dict[Key, tuple[Hashable, ...]] = {}

    def of(self, value: Hashable) -> Iterable[Key]:
        """The sets that looked `value` up; valid until the next change."""
        return self._sets.of(value)

    def looked_up(self, key: Key) -> Sequence[Hashable]:
        """What a set looked up, as `record` was called."""
        return self._looked_up.get(key, ())

    def record(self, key: Key, values: Sequence[Hashable]) -> None:
        """Replace what a set looked up; each value once."""
        former = self._looked_up.get(key)
        if former is None:
            if not values:
                return
            former = ()
        now = tuple(sys.intern(value) if isinstance(value, str) else value for value in values) if values else ()
        if now == former:
            return
        for value in former:
            if value not in now:
                self._sets.discard(value, key)
        for value in now:
            self._sets.add(value, key)
        if now:
            self._looked_up[key] = now
        else:
            del self._looked_up[key]
