"""In which order the sets stand, and when they may move."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from stsview.model.views import SetView
from stsview.objects.meta import Key

HOLD_SECONDS = 3.0
"""How long rows keep their places after a key or click, so that nothing moves under a hand."""

_NEVER = datetime.max.replace(tzinfo=UTC)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


def worst_first(view: SetView) -> tuple[Any, ...]:
    """Severity, then how long it has been so, the longest first, then the name."""
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
"""By column id: what to sort by. The first click brings on top what a person looks for with that column."""


DESCENDING = frozenset({"why", "ordinals", "claims"})
"""Columns that begin with the greatest: the header's mark says so."""


@dataclass(frozen=True, slots=True)
class Sort:
    column: str = "why"
    reverse: bool = False

    def clicked(self, column: str) -> Sort:
        """What a click on a column makes of it: sort by that column, or turn its order round."""
        return Sort(column, not self.reverse) if column == self.column else Sort(column)


def sort_key(view: SetView, sort: Sort) -> Any:
    """What decides on the place of a set, ties apart."""
    return SORTS[sort.column](view)


def arranged(views: Iterable[SetView], sort: Sort) -> list[Key]:
    """Keys in the order of `sort`; ties stand worst first, whichever way the column is sorted."""
    ties = sorted(views, key=worst_first, reverse=sort.reverse and SORTS[sort.column] is worst_first)
    if SORTS[sort.column] is worst_first:
        return [view.key for view in ties]
    return [view.key for view in sorted(ties, key=SORTS[sort.column], reverse=sort.reverse)]


def kept_in_place(shown: Sequence[Key], wanted: Sequence[Key]) -> list[Key]:
    """The keys of `wanted`, those already shown in the places where they stand, new ones below them."""
    there = set(wanted)
    stay = [key for key in shown if key in there]
    known = set(stay)
    return stay + [key for key in wanted if key not in known]


class StableOrder:
    """The order on the screen: follows the wanted order, but not within `HOLD_SECONDS` of the last touch.

    Times are seconds of any monotonic clock.
    """

    def __init__(self) -> None:
        self.keys: list[Key] = []
        self._held_until = float("-inf")

    def touch(self, now: float) -> None:
        """Somebody uses the table: keep the rows where they are for a while."""
        self._held_until = now + HOLD_SECONDS

    def release(self) -> None:
        """Forget the hold: what follows was asked for (another filter, another sort)."""
        self._held_until = float("-inf")

    def holding(self, now: float) -> bool:
        return now < self._held_until

    def update(self, wanted: Sequence[Key], now: float) -> bool:
        """Take over the wanted order as far as the hold allows; tells whether anything on the screen moved."""
        after = kept_in_place(self.keys, wanted) if self.holding(now) else list(wanted)
        moved = after != self.keys
        self.keys = after
        return moved
