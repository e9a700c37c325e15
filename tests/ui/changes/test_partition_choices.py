"""Canary, pause and resume as offered in every state of a rollout."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from stsview.model.states import Health, PodKind
from stsview.model.views import PodState, SetView
from stsview.ui.changes.partition_choices import PartitionChoice, max_canary_pods, partition_choices
from tests.support.ui.fleets import ordinal_of, set_of

TERMINATING = PodState("Terminating", Health.TERMINATING, kind=PodKind.TERMINATING)


def rollout_of(updated: int, *, replicas: int = 4, terminating: int = -1, **rollout: Any) -> SetView:
    """The highest `updated` ordinals run the update revision; one may be terminating."""
    rows = []
    for ordinal in range(replicas):
        row = ordinal_of("kafka", ordinal, at_update=ordinal >= replicas - updated)
        rows.append(replace(row, state=TERMINATING, available=False) if ordinal == terminating else row)
    view = set_of("data", "kafka", tuple(rows))
    active = 0 < updated < replicas
    rollout_view = replace(view.rollout, current="kafka-old", update="kafka-new", active=active)
    if not active:
        rollout_view = replace(rollout_view, current="kafka-new")
    return replace(view, rollout=replace(rollout_view, **rollout))


START = {PartitionChoice.START}
HELD = {PartitionChoice.NEXT, PartitionChoice.FINISH, PartitionChoice.ABORT}


@pytest.mark.parametrize(
    ("view", "possible"),
    [
        (rollout_of(4), START),
        (rollout_of(4, partition=2), START),
        (rollout_of(4, partition=3), set()),
        (rollout_of(1, replicas=1), set()),
        (rollout_of(4, strategy="OnDelete"), set()),
        (rollout_of(4, observed=False), set()),
        (rollout_of(2, partition=2, held=True), HELD),
        (rollout_of(2, partition=2, held=True, canary_from=0), HELD),
        (rollout_of(1, partition=2), {PartitionChoice.ABORT, PartitionChoice.PAUSE}),
        (rollout_of(1, partition=2, terminating=2), {PartitionChoice.ABORT}),
        (rollout_of(1), {PartitionChoice.PAUSE}),
        (rollout_of(3, terminating=0), set()),
        (rollout_of(2, partition=2, held=True, paused_from=0), {PartitionChoice.RESUME}),
        (
            rollout_of(2, partition=2, held=True, paused_from=1, canary_from=0),
            {PartitionChoice.RESUME, PartitionChoice.ABORT},
        ),
        (rollout_of(4, partition=2, paused_from=0), {PartitionChoice.RESUME}),
        (rollout_of(2, partition=2, held=True, current="kafka-new"), set()),
    ],
)
def test_only_possible_choices_are_offered(view: SetView, possible: set[PartitionChoice]) -> None:
    assert set(partition_choices(view)) == possible


def test_descriptions_name_the_pods() -> None:
    choices = partition_choices(rollout_of(2, partition=2, held=True))
    assert choices[PartitionChoice.NEXT] == "update kafka-1 to new"
    assert choices[PartitionChoice.FINISH] == "update kafka-1 and kafka-0 to new"
    assert partition_choices(rollout_of(1))[PartitionChoice.PAUSE] == "hold the remaining 3 pods"
    assert partition_choices(rollout_of(4, partition=2, paused_from=1))[PartitionChoice.RESUME] == "restore partition 1"
    assert max_canary_pods(rollout_of(4, partition=2)) == 1
