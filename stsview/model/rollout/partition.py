"""Which ordinals the partition of a set lets the controller update.

The controller counts from the first ordinal of the set, `spec.ordinals.start`, not from 0: it walks the replicas by
index, and a pod is created from the current revision while its ordinal is below start plus partition
(pkg/controller/statefulset/stateful_set_control.go, updateStatefulSet; stateful_set_utils.go,
newVersionedStatefulSetPod).
"""

from __future__ import annotations

from stsview.model.views import OrdinalView, SetView, Strategy
from stsview.objects.statefulset import StatefulSet


def partition_of(stateful: StatefulSet) -> int:
    """Offset from the first ordinal below which pods keep the current revision.

    May exceed the replicas.

    It is 0 with OnDelete, and where the strategy has no `rollingUpdate`.
    """
    strategy = stateful.spec.update_strategy
    if strategy.type != Strategy.ROLLING_UPDATE or strategy.rolling_update is None:
        return 0
    return max(0, strategy.rolling_update.partition)


def index_of(ordinal: int, start: int) -> int:
    """Index of an ordinal within its set: the highest partition that reaches it."""
    return ordinal - start


def reaches(ordinal: int, start: int, partition: int) -> bool:
    """Whether a partition reaches an ordinal of a set that begins at `start`."""
    return index_of(ordinal, start) >= partition


def partition_reaches(row: OrdinalView, view: SetView) -> bool:
    """Whether the partition of the set lets the pod of `row` be updated.

    True with OnDelete, which has none.
    """
    return reaches(row.ordinal, view.start, view.rollout.partition)


def reaches_no_pod(partition: int, replicas: int) -> bool:
    """Whether a partition lets no pod of the set be updated.

    A set without replicas has none to update.
    """
    return partition >= replicas
