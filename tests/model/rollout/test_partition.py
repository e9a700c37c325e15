"""Which ordinals a partition reaches."""

from __future__ import annotations

import pytest

from stsview.model.rollout.partition import index_of, partition_of, partition_reaches, reaches, reaches_no_pod
from stsview.objects.statefulset import UpdateStrategy
from tests.support.model.build import look, pod, rolling, row, stateful_set


@pytest.mark.parametrize(
    ("ordinal", "start", "partition", "reached"),
    [(0, 0, 0, True), (1, 0, 2, False), (2, 0, 2, True), (7, 5, 2, True), (6, 5, 2, False), (2, 5, 2, False)],
)
def test_a_partition_counts_from_the_first_ordinal(ordinal: int, start: int, partition: int, reached: bool) -> None:
    assert reaches(ordinal, start, partition) is reached
    assert reaches(ordinal, start, index_of(ordinal, start))
    assert not reaches(ordinal, start, index_of(ordinal, start) + 1)


def test_a_view_is_judged_by_its_own_start_and_partition() -> None:
    view = look(stateful_set(3, start=4, strategy=rolling(partition=1)), [pod(4), pod(5), pod(6)])
    assert [partition_reaches(row(view, ordinal), view) for ordinal in (4, 5, 6)] == [False, True, True]


@pytest.mark.parametrize(
    ("strategy", "partition"),
    [
        (rolling(partition=3), 3),
        (rolling(partition=-1), 0),
        (UpdateStrategy(type="RollingUpdate", rolling_update=None), 0),
        (UpdateStrategy(type="OnDelete", rolling_update=rolling(partition=3).rolling_update), 0),
    ],
)
def test_only_a_rolling_update_has_a_partition(strategy: UpdateStrategy, partition: int) -> None:
    assert partition_of(stateful_set(2, strategy=strategy)) == partition


def test_a_partition_from_the_number_of_replicas_on_reaches_no_pod() -> None:
    assert [reaches_no_pod(partition, 2) for partition in (0, 1, 2, 3)] == [False, False, True, True]
