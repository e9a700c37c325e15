"""What is offered of canaries and pauses, for every standing of a rollout."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from stsview.model.states import Health, PodKind
from stsview.model.views import PodState, SetView
from stsview.ui.changes.partition_choices import PartitionChoice, max_canary_pods, partition_choices
from tests.support.ui.fleets import ordinal_of, set_of

GOING = PodState("Terminating", Health.TERMINATING, kind=PodKind.TERMINATING)


def standing(updated: int, *, replicas: int = 4, going: int = -1, **rollout: Any) -> SetView:
    """The highest `updated` ordinals run the update revision; one may be ending."""
    rows = []
    for ordinal in range(replicas):
        row = ordinal_of("kafka", ordinal, at_update=ordinal >= replicas - updated)
        rows.append(replace(row, state=GOING, available=False) if ordinal == going else row)
    view = set_of("data", "kafka", tuple(rows))
    active = 0 < updated < replicas
    made = replace(view.rollout, current="kafka-old", update="kafka-new", active=active)
    if not active:
        made = replace(made, current="kafka-new")
    return replace(view, rollout=replace(made, **rollout))


START = {PartitionChoice.START}
HELD = {PartitionChoice.NEXT, PartitionChoice.FINISH, PartitionChoice.ABORT}


@pytest.mark.parametrize(
    ("view", "possible"),
    [
        (standing(4), START),
        (standing(4, partition=2), START),
        (standing(4, partition=3), set()),
        (standing(1, replicas=1), set()),
        (standing(4, strategy="OnDelete"), set()),
        (standing(4, observed=False), set()),
        (standing(2, partition=2, held=True), HELD),
        (standing(2, partition=2, held=True, canary_from=0), HELD),
        (standing(1, partition=2), {PartitionChoice.ABORT, PartitionChoice.PAUSE}),
        (standing(1, partition=2, going=2), {PartitionChoice.ABORT}),
        (standing(1), {PartitionChoice.PAUSE}),
        (standing(3, going=0), set()),
        (standing(2, partition=2, held=True, paused_from=0), {PartitionChoice.RESUME}),
        (
            standing(2, partition=2, held=True, paused_from=1, canary_from=0),
            {PartitionChoice.RESUME, PartitionChoice.ABORT},
        ),
        (standing(4, partition=2, paused_from=0), {PartitionChoice.RESUME}),
        (standing(2, partition=2, held=True, current="kafka-new"), set()),
    ],
)
def test_only_what_is_possible_is_offered(view: SetView, possible: set[PartitionChoice]) -> None:
    assert set(partition_choices(view)) == possible


def test_what_it_would_do_is_said_with_names() -> None:
    said = partition_choices(standing(2, partition=2, held=True))
    assert said[PartitionChoice.NEXT] == "update kafka-1 to new"
    assert said[PartitionChoice.FINISH] == "update kafka-1 and kafka-0 to new"
    assert partition_choices(standing(1))[PartitionChoice.PAUSE] == "hold the remaining 3 pods"
    assert partition_choices(standing(4, partition=2, paused_from=1))[PartitionChoice.RESUME] == "restore partition 1"
    assert max_canary_pods(standing(4, partition=2)) == 1
