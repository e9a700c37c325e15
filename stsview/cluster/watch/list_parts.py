"""A list on its way from the reflector to its listener: large ones are passed on in parts."""

from __future__ import annotations

from collections.abc import Callable

from stsview.objects.kinds import Kind, KubernetesObject
from stsview.objects.meta import Key
from stsview.objects.stream_messages import Applied, Batch, Deleted

PART = 500
"""Objects held back at most: while a part is applied, which takes tens of milliseconds, no key is answered; and a large
list that is held back whole needs its memory twice."""


class ListParts:
    """Collects the objects of one list, and passes them on to `on_batch`.

    Objects beyond `PART` are passed on before the list is complete: as changes, since each of them is newer than what
    the listener has. Only the last batch, which `complete` passes on, tells that all others no longer exist.
    """

    def __init__(self, kind: Kind, namespace: str, on_batch: Callable[[Batch], None]) -> None:
        self._kind = kind
        self._namespace = namespace
        self._on_batch = on_batch
        self._held: dict[Key, KubernetesObject] = {}
        self._passed: set[Key] = set()

    def __len__(self) -> int:
        return len(self._held) + len(self._passed)

    def add(self, found: KubernetesObject) -> None:
        key = found.metadata.key
        self._passed.discard(key)
        self._held[key] = found
        if len(self._held) >= PART:
            self._pass_on()

    def delete(self, last: KubernetesObject) -> None:
        """The object was deleted while the list was being read."""
        key = last.metadata.key
        self._held.pop(key, None)
        if key in self._passed:
            self._passed.discard(key)
            self._on_batch(Batch(self._kind, (Deleted(last),), namespace=self._namespace))

    def complete(self) -> None:
        """The list is complete."""
        changes = tuple(map(Applied, self._held.values()))
        listed = frozenset(self._passed)
        self._on_batch(Batch(self._kind, changes, replace=True, namespace=self._namespace, listed=listed))

    def _pass_on(self) -> None:
        changes = tuple(map(Applied, self._held.values()))
        self._passed.update(self._held)
        self._held.clear()
        self._on_batch(Batch(self._kind, changes, namespace=self._namespace))
