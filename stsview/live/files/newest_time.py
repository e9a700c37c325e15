"""The newest time in an object: when it was read, at the earliest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from stsview.live.on_demand import Document

_TIMES = frozenset(
    {
        "acquireTime",
        "creationTimestamp",
        "eventTime",
        "finishedAt",
        "firstTimestamp",
        "lastHeartbeatTime",
        "lastObservedTime",
        "lastProbeTime",
        "lastScaleTime",
        "lastTimestamp",
        "lastTransitionTime",
        "lastUpdateTime",
        "renewTime",
        "startTime",
        "startedAt",
        "time",
        "timeAdded",
    }
)
"""Fields that hold when something happened. `deletionTimestamp` is none: it is a deadline, which may be to come."""

_SKIPPED = frozenset({"annotations", "labels", "fieldsV1", "template", "data", "env", "parameters"})
"""What people write themselves, or that has no times."""


def newest_time(documents: Iterable[Document]) -> datetime | None:
    """The newest of all times in these objects; None if there is none."""
    return max((time for document in documents for time in _times(document)), default=None)


def instant(text: Any) -> datetime | None:
    """An RFC 3339 time; None for anything else."""
    if not isinstance(text, str):
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time if time.tzinfo is not None else None


def _times(document: Document) -> Iterator[datetime]:
    # Not by recursion, since a file may be nested deeper than the interpreter allows.
    values: list[Any] = [document]
    while values:
        value = values.pop()
        if isinstance(value, list):
            values.extend(value)
        elif isinstance(value, dict):
            if (requested := _deletion_requested(value)) is not None:
                yield requested
            for name, item in value.items():
                if name not in _TIMES:
                    values.extend(() if name in _SKIPPED else (item,))
                elif (time := instant(item)) is not None:
                    yield time


def _deletion_requested(metadata: dict[str, Any]) -> datetime | None:
    """When the deletion was requested: the deadline less the grace period."""
    deadline = instant(metadata.get("deletionTimestamp"))
    if deadline is None:
        return None
    grace = metadata.get("deletionGracePeriodSeconds")
    return deadline - timedelta(seconds=grace) if isinstance(grace, int) else deadline
