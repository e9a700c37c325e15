"""The order of the sets, and when rows may move."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from stsview.model.views import SetView
from stsview.objects.meta import Key

HOLD_SECONDS = 3.0
"""How long rows keep their places after a key or click, so that nothing moves while the user acts."""

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


@dataclass(frozen=True, slots=True)
class Sort:
    column: str = "why"
    reverse: bool = False

    def clicked(self, column: str) -> Sort:
        """The sort after a click on a column, reversed if it is the sort column already."""
        return Sort(column, not self.reverse) if column == self.column else Sort(column)


def sort_key(view: SetView, sort: Sort) -> Any:
    """The sort key of a set, without the tie-breaker."""
    return SORTS[sort.column](view)


def sorted_keys(views: Iterable[SetView], sort: Sort) -> list[Key]:
    """Keys in the order of `sort`; ties are worst first, whatever the direction."""
    ties = sorted(views, key=worst_first, reverse=sort.reverse and SORTS[sort.column] is worst_first)
    if SORTS[sort.column] is worst_first:
        return [view.key for view in ties]
    return [view.key for view in sorted(ties, key=SORTS[sort.column], reverse=sort.reverse)]


def kept_in_place(shown: Sequence[Key], wanted: Sequence[Key]) -> list[Key]:
    """The keys of `wanted`: visible ones in their present order, new ones below them."""
    there = set(wanted)
    stay = [key for key in shown if key in there]
    known = set(stay)
    return stay + [key for key in wanted if key not in known]


class StableOrder:
    """The order of rows, held for `HOLD_SECONDS` after the last key or click.

    Times are seconds of a monotonic clock.
    """

    def __init__(self) -> None:
        self.keys: list[Key] = []
        self._held_until = float("-inf")

    def hold(self, now: float) -> None:
        """Hold the rows in place, because the table is in use."""
        self._held_until = now + HOLD_SECONDS

    def release(self) -> None:
        """End the hold, because the next change is requested (filter, sort)."""
        self._held_until = float("-inf")

    def is_held(self, now: float) -> bool:
        return now < self._held_until

    def update(self, wanted: Sequence[Key], now: float) -> bool:
        """Adopt the wanted order as far as the hold allows; returns whether any row moved."""
        after = kept_in_place(self.keys, wanted) if self.is_held(now) else list(wanted)
        moved = after != self.keys
        self.keys = after
        return moved
