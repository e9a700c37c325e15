"""The order of the sets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import total_ordering
from typing import Any

from stsview.model.views import SetView
from stsview.objects.meta import cluster_of
from stsview.ui.kit.table import Sort

_NEVER = datetime.max.replace(tzinfo=UTC)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


def worst_first(view: SetView) -> tuple[Any, ...]:
    """Sort key: severity, then its age, the oldest first, then namespace and name."""
    return (-view.severity, view.severity_since or _NEVER, view.key)


def _rollout(view: SetView) -> tuple[Any, ...]:
    rollout = view.rollout
    return (not rollout.active, rollout.held, _share(rollout.updated, rollout.expected))


SORTS: Mapping[str, Callable[[SetView], Any]] = {
    "why": worst_first,
    "cluster": lambda view: cluster_of(view.key),
    "namespace": lambda view: view.namespace,
    "name": lambda view: view.name,
    "ordinals": lambda view: -view.replicas,
    "ready": lambda view: (_share(view.ready, view.replicas), view.ready - view.replicas),
    "rollout": _rollout,
    "claims": lambda view: -view.claims_bytes,
}
"""Sort keys by column id. The first click on a column puts on top what its reader looks for."""


DESCENDING = frozenset({"why", "ordinals", "claims"})
"""Columns whose first sort is descending, as the sort mark shows."""

WORST_FIRST = Sort("why")
"""The order of the fleet when it opens."""


@total_ordering
class _Descending:
    """Compares the other way round."""

    __slots__ = ("_key",)

    def __init__(self, key: Any) -> None:
        self._key = key

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Descending) and bool(self._key == other._key)

    def __lt__(self, other: _Descending) -> bool:
        return bool(other._key < self._key)

    __hash__ = None  # type: ignore[assignment]


def place(view: SetView, sort: Sort) -> Any:
    """The sort key of a set, another one for each; ties are worst first, whatever the direction."""
    key, ties = SORTS[sort.column](view), worst_first(view)
    if SORTS[sort.column] is worst_first:
        return _Descending(ties) if sort.reverse else ties
    return _Descending(key) if sort.reverse else key, ties
