"""A list on its way from the reflector to its listener: large ones are passed on in parts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from stsview.objects.kinds import Kind, KubernetesObject
from stsview.objects.stream_messages import Applied, Batch, Deleted

PART = 100
"""Objects held back at most: while a part is applied, which takes a few milliseconds, no key is answered; and a large
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
        self._held: dict[tuple[str, str], Applied] = {}
        """By namespace and name."""
        self._passed: defaultdict[str, set[str]] = defaultdict(set)
        """Names by namespace."""

    def __len__(self) -> int:
        return len(self._held) + sum(map(len, self._passed.values()))

    def add(self, found: Applied) -> None:
        metadata = found.object.metadata
        self._passed[metadata.namespace].discard(metadata.name)
        self._held[metadata.namespace, metadata.name] = found
        if len(self._held) >= PART:
            self._pass_on()

    def delete(self, last: KubernetesObject) -> None:
        """The object was deleted while the list was being read."""
        namespace, name = last.metadata.namespace, last.metadata.name
        self._held.pop((namespace, name), None)
        if name in self._passed[namespace]:
            self._passed[namespace].discard(name)
            self._on_batch(Batch(self._kind, (Deleted(last),), namespace=self._namespace))

    def complete(self) -> None:
        """The list is complete."""
        changes = tuple(self._held.values())
        self._on_batch(Batch(self._kind, changes, replace=True, namespace=self._namespace, listed=dict(self._passed)))

    def _pass_on(self) -> None:
        changes = tuple(self._held.values())
        for namespace, name in self._held:
            self._passed[namespace].add(name)
        self._held.clear()
        self._on_batch(Batch(self._kind, changes, namespace=self._namespace))
