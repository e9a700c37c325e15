"""The progress of a rollout, and who changed the template."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from stsview.model.ordinals.rows import Row
from stsview.model.rollout.partition import partition_of, reaches
from stsview.model.rollout.saved_partition import CANARY_PARTITION, PAUSED_PARTITION, former_partition
from stsview.model.views import RolloutView, Strategy
from stsview.objects.meta import ManagedFieldsEntry
from stsview.objects.statefulset import ControllerRevision, StatefulSet

AT_ONCE = timedelta(seconds=2)
"""How soon after a change of the template its revision is created; times are whole seconds."""

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
    first = stateful.first_ordinal
    reached = [row for row in expected if reaches(row.ordinal, first, partition)] if partition else expected
    kept = [row for row in expected if not reaches(row.ordinal, first, partition)] if partition else ()
    outdated = bool([row for row in expected if row.outdated])
    between = rolling and status.current_revision != status.update_revision
    left = len([row for row in reached if not (row.at_update and row.available)])
    changed = last_template_change(stateful, revisions)
    active = outdated or (between and left > 0)
    since = changed.time if changed else None
    return RolloutView(
        strategy=stateful.spec.update_strategy.type,
        partition=min(partition, stateful.spec.replicas),
        current=status.current_revision,
        update=status.update_revision,
        active=active,
        held=rolling and partition > 0 and not left and any(row.outdated for row in kept),
        updated=len([row for row in expected if row.at_update and row.available]),
        expected=stateful.spec.replicas,
        manager=changed.manager if changed else "",
        since=since,
        pace=_pace(reached, since) if active else None,
        left=left if active and rolling else 0,
        history=tuple(revision.metadata.name for revision in sorted(revisions, key=_by_creation)),
        observed=stateful.metadata.generation <= status.observed_generation,
        paused_from=_before(stateful, PAUSED_PARTITION),
        canary_from=_before(stateful, CANARY_PARTITION),
        max_unavailable=max_unavailable_of(stateful),
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


class TemplateChange(NamedTuple):
    """The last change of the pod template, as far as it is known."""

    manager: str
    """The field manager; empty where several may have made the change."""
    time: datetime | None


def last_template_change(stateful: StatefulSet, revisions: Sequence[ControllerRevision] = ()) -> TemplateChange | None:
    """Who last changed the pod template, and when; None where neither is known.

    The time of a field manager is that of its last write to any field: a manager that changed the template once and
    pauses the rollout today looks like the last one to change it. The update revision tells when the change was made,
    since the controller writes it when it becomes the newest, and so which manager it was.
    """
    writers = template_writers(stateful)
    became = _became_newest(stateful, revisions)
    if became is None:
        return _last_writer(stateful, revisions, writers)
    near = [entry for entry in writers if entry.time is not None and timedelta(0) <= became - entry.time <= AT_ONCE]
    if near:
        last = near[-1]
        return TemplateChange(last.manager, last.time)
    later = [entry for entry in writers if entry.time is not None and entry.time > became]
    if later:
        # It has written something else since; of several it is unknown which one.
        return TemplateChange(later[0].manager if len(later) == 1 else "", became)
    return _last_writer(stateful, revisions, writers)


def _became_newest(stateful: StatefulSet, revisions: Sequence[ControllerRevision]) -> datetime | None:
    """When the template became that of the update revision; None while unknown, and before it is observed."""
    if stateful.metadata.generation > stateful.status.observed_generation:
        return None
    update = stateful.status.update_revision
    return next((revision.written for revision in revisions if revision.metadata.name == update), None)


def _last_writer(
    stateful: StatefulSet, revisions: Sequence[ControllerRevision], writers: Sequence[ManagedFieldsEntry]
) -> TemplateChange | None:
    """The field manager with the last write.

    None when that is unknown: a change that only removes fields, as a rollback may, leaves no trace. A revision that is
    newer than the last trace but no longer the update revision shows that there was such a change.
    """
    # Times are whole seconds; of equal ones the later entry is newer, since the server sorts by time.
    last = max(reversed(writers), key=lambda entry: entry.time.timestamp() if entry.time else 0.0, default=None)
    if last is None or last.time is None:
        return None
    left_behind = (r.metadata for r in revisions if r.metadata.name != stateful.status.update_revision)
    if any(meta.creation_timestamp is not None and meta.creation_timestamp > last.time for meta in left_behind):
        return None
    return TemplateChange(last.manager, None if _owns_more(last) else last.time)


def _owns_more(entry: ManagedFieldsEntry) -> bool:
    """Whether the manager owns more than the template, and so may have written that later."""
    fields = entry.fields_v1
    if fields is None or fields.spec is None:
        return False
    return any(part is not None for part in (fields.metadata, fields.spec.replicas, fields.spec.update_strategy))


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
