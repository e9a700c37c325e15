"""The order of the sets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from stsview.model.views import SetView
from stsview.objects.meta import Key
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


def sort_key(view: SetView, sort: Sort) -> Any:
    """The sort key of a set, without the tie-breaker."""
    return SORTS[sort.column](view)


def sorted_keys(views: Iterable[SetView], sort: Sort) -> list[Key]:
    """Keys in the order of `sort`; ties are worst first, whatever the direction."""
    ties = sorted(views, key=worst_first, reverse=sort.reverse and SORTS[sort.column] is worst_first)
    if SORTS[sort.column] is worst_first:
        return [view.key for view in ties]
    return [view.key for view in sorted(ties, key=SORTS[sort.column], reverse=sort.reverse)]
