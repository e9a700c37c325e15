"""The progress of a rollout, and who changed the template."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from statistics import median

from stsview.model.ordinals.rows import Row
from stsview.model.rollout.partition import partition_of, reaches
from stsview.model.rollout.saved_partition import CANARY_PARTITION, PAUSED_PARTITION, former_partition
from stsview.model.views import RolloutView, Strategy
from stsview.objects.meta import ManagedFieldsEntry
from stsview.objects.statefulset import ControllerRevision, StatefulSet

_PERCENT = re.compile(r"([0-9]{1,9})%")


def rollout_of(stateful: StatefulSet, expected: Sequence[Row], revisions: Sequence[ControllerRevision]) -> RolloutView:
    """The rollout, judged by the revision label of each pod.

    The set's current and update revision are not enough: after a rollback they are equal while a pod of the bad
    revision still exists, and with a partition or OnDelete they differ for ever (completeRollingUpdate in
    pkg/controller/statefulset/stateful_set_control.go).
    """
    status = stateful.status
    partition = partition_of(stateful)
    rolling = stateful.spec.update_strategy.type == Strategy.ROLLING_UPDATE
    reached = [row for row in expected if reaches(row.ordinal, stateful.first_ordinal, partition)]
    kept = [row for row in expected if not reaches(row.ordinal, stateful.first_ordinal, partition)]
    outdated = any(row.outdated for row in expected)
    between = rolling and status.current_revision != status.update_revision
    unfinished = any(not (row.at_update and row.available) for row in reached)
    changed = last_template_change(stateful, revisions)
    active = outdated or (between and unfinished)
    since = changed.time if changed else None
    return RolloutView(
        strategy=stateful.spec.update_strategy.type,
        partition=min(partition, stateful.spec.replicas),
        current=status.current_revision,
        update=status.update_revision,
        active=active,
        held=rolling and partition > 0 and not unfinished and any(row.outdated for row in kept),
        updated=sum(1 for row in expected if row.at_update and row.available),
        expected=stateful.spec.replicas,
        manager=changed.manager if changed else "",
        since=since,
        pace=_pace(reached, since) if active else None,
        left=sum(1 for row in reached if not (row.at_update and row.available)) if active and rolling else 0,
        history=tuple(revision.metadata.name for revision in sorted(revisions, key=_by_creation)),
        observed=stateful.metadata.generation <= status.observed_generation,
        paused_from=_before(stateful, PAUSED_PARTITION),
        canary_from=_before(stateful, CANARY_PARTITION),
    )


def _pace(reached: Sequence[Row], since: datetime | None) -> float | None:
    """Median seconds from one ordinal to the next.

    The first one counts from the change of the template.
    """
    if since is None:
        return None
    done = sorted(
        row.available_at
        for row in reached
        if row.at_update and row.available and row.available_at is not None and row.available_at > since
    )
    return median((end - start).total_seconds() for start, end in pairwise([since, *done])) if done else None


def _before(stateful: StatefulSet, annotation: str) -> int | None:
    former = former_partition(stateful.metadata.annotations, annotation)
    return former.partition if former is not None else None


def max_unavailable_of(stateful: StatefulSet) -> int | None:
    """How many pods an update may replace at once.

    None where the server does not know the field (KEP-961).

    The controller rounds percentages down, to no less than one (getStatefulSetMaxUnavailable).
    """
    strategy = stateful.spec.update_strategy
    if strategy.rolling_update is None or strategy.rolling_update.max_unavailable is None:
        return None
    value = strategy.rolling_update.max_unavailable
    if isinstance(value, int):
        return max(1, value)
    percent = _PERCENT.fullmatch(value)
    return max(1, stateful.spec.replicas * int(percent[1]) // 100) if percent else 1


def last_template_change(
    stateful: StatefulSet, revisions: Sequence[ControllerRevision] = ()
) -> ManagedFieldsEntry | None:
    """The field manager that last wrote the pod template.

    Its time is that of its last write to any field it owns.

    None when that is unknown: a change that only removes fields, as a rollback may, leaves no trace. A revision that is
    newer than the last trace but no longer the update revision shows that there was such a change.
    """
    writers = template_writers(stateful)
    # Times are whole seconds; of equal ones the later entry is newer, since the server sorts by time.
    last = max(reversed(writers), key=lambda entry: entry.time.timestamp() if entry.time else 0.0, default=None)
    if last is None or last.time is None:
        return None
    left_behind = (r.metadata for r in revisions if r.metadata.name != stateful.status.update_revision)
    if any(meta.creation_timestamp is not None and meta.creation_timestamp > last.time for meta in left_behind):
        return None
    return last


def template_writers(stateful: StatefulSet) -> list[ManagedFieldsEntry]:
    """The field managers that own part of the pod template, with their last writes."""
    return [
        entry
        for entry in stateful.metadata.managed_fields
        if not entry.subresource
        and entry.time is not None
        and entry.fields_v1 is not None
        and entry.fields_v1.spec is not None
        and entry.fields_v1.spec.template is not None
    ]


def _by_creation(revision: ControllerRevision) -> tuple[float, str]:
    created = revision.metadata.creation_timestamp
    return created.timestamp() if created else 0.0, revision.metadata.name
