"""The order of the ordinals of a set."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from stsview.model.states import Health
from stsview.model.views import OrdinalView
from stsview.ui.kit.table import Sort

BY_ORDINAL = Sort("ordinal")
"""Expected ordinals ascending, then surplus, orphaned and foreign pods."""

_WORST_FIRST = (
    Health.DEGRADED,
    Health.WARNING,
    Health.TERMINATING,
    Health.MISSING,
    Health.UNKNOWN,
    Health.PROGRESSING,
    Health.NEUTRAL,
    Health.READY,
)

_NEVER = datetime.max.replace(tzinfo=UTC)


def _state(ordinal: OrdinalView) -> tuple[Any, ...]:
    """The worst first, the longest lasting first."""
    return (_WORST_FIRST.index(ordinal.state.health), ordinal.well, ordinal.state.since or _NEVER)


def _claim(ordinal: OrdinalView) -> int:
    return min((_WORST_FIRST.index(claim.health) for claim in ordinal.all_claims), default=len(_WORST_FIRST))


def _since(ordinal: OrdinalView) -> float:
    """The latest change first; those without a time last."""
    return -ordinal.state.since.timestamp() if ordinal.state.since is not None else float("inf")


SORTS: Mapping[str, Callable[[OrdinalView], Any]] = {
    "state": _state,
    "role": lambda ordinal: (not ordinal.role, ordinal.role),
    "revision": lambda ordinal: (not ordinal.outdated, ordinal.revision),
    "node": lambda ordinal: (not ordinal.node, ordinal.node),
    "node_zone": lambda ordinal: (not ordinal.node, ordinal.node_state.zone, ordinal.node),
    "restarts": lambda ordinal: -ordinal.restarts,
    "claim": _claim,
    "size": lambda ordinal: -sum(claim.size or 0 for claim in ordinal.all_claims),
    "since": _since,
}
"""Sort keys by column id; ties keep the order by ordinal."""

DESCENDING = frozenset({"state", "restarts", "size"})
"""Columns whose first sort is descending, as the sort mark shows."""


def sorted_ordinals(ordinals: list[OrdinalView], sort: Sort) -> list[OrdinalView]:
    """The ordinals, given in the order of the view, in the order of `sort`."""
    if sort.column == BY_ORDINAL.column:
        return ordinals[::-1] if sort.reverse else ordinals
    return sorted(ordinals, key=SORTS[sort.column], reverse=sort.reverse)
