"""The phases of a pod's start, and the pace of a rollout."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import pytest

from stsview.model.derive import derive
from stsview.model.settings import ModelSettings
from stsview.model.timing.sightings import Token
from stsview.model.views import Phase, Stretch
from tests.support.model.build import (
    NEW,
    OLD,
    around,
    at,
    condition,
    crashing,
    look,
    pod,
    row,
    running,
    starting,
    stateful_set,
    terminating,
)

LET = "PodReadyToStartContainers"


def test_an_available_pod_has_all_phases() -> None:
    view = look(
        stateful_set(1, min_ready_seconds=20),
        [pod(0, ready_since=30, conditions=[condition(LET, "True", 10)], containers=[running(since=12)])],
        100,
    )
    assert row(view, 0).phases == (
        Phase(Stretch.PLACING, at(0), at(10)),
        Phase(Stretch.STARTING, at(10), at(30)),
        Phase(Stretch.WARMING_UP, at(30), at(50)),
    )


def test_the_last_phase_of_a_starting_pod_has_no_end() -> None:
    placing = pod(0, ready="False", conditions=[condition(LET, "False", 1)])
    assert row(look(stateful_set(1), [placing]), 0).phases == (Phase(Stretch.PLACING, at(0)),)
    begun = starting(0, started=12)
    assert row(look(stateful_set(1), [begun]), 0).phases[-1] == Phase(Stretch.STARTING, at(12))
    warming = pod(0, ready_since=50, conditions=[condition(LET, "True", 10)])
    view = look(stateful_set(1, min_ready_seconds=30), [warming], 60)
    assert row(view, 0).phases[-1] == Phase(Stretch.WARMING_UP, at(50))


def test_a_terminating_pod_has_only_that_phase() -> None:
    assert row(look(stateful_set(1), [terminating(0, asked=40)]), 0).phases == (Phase(Stretch.ENDING, at(40)),)


def test_the_start_of_a_pod_that_became_ready_again_is_left_out() -> None:
    back = pod(0, ready_since=5000, conditions=[condition(LET, "True", 10)])
    assert row(look(stateful_set(1), [back], 6000), 0).phases == ()


@pytest.mark.parametrize(
    ("lost", "restarts", "phases"),
    [(0, 0, 2), (60, 0, 2), (5000, 0, 0), (5000, 3, 0), (3000, 12, 2)],
    ids=["never Ready", "flapping", "lost later", "crashed later", "crash-looping"],
)
def test_a_pod_that_lost_readiness_is_not_starting(lost: int, restarts: int, phases: int) -> None:
    """A crash loop moves the transition time too: only what its restarts cannot explain shows that it was Ready."""
    container = running(since=12, restarts=restarts)
    down = pod(0, ready="False", ready_since=lost, conditions=[condition(LET, "True", 10)], containers=[container])
    assert len(row(look(stateful_set(1), [down], 9000), 0).phases) == phases


def test_the_start_of_a_pod_whose_sandbox_was_created_again_is_left_out() -> None:
    rebooted = pod(0, ready_since=5030, conditions=[condition(LET, "True", 5000)], containers=[running(since=12)])
    assert row(look(stateful_set(1), [rebooted], 6000), 0).phases == ()


def test_the_first_time_ready_is_kept_when_readiness_is_lost() -> None:
    let = condition(LET, "True", 10)
    seen: Mapping[Token, datetime] = {}
    course = (
        (40, pod(0, ready_since=30, conditions=[let]), at(30)),
        (60, pod(0, ready="False", ready_since=45, conditions=[let]), None),
        (200, pod(0, ready="False", ready_since=120, conditions=[let]), at(30)),
        (300, pod(0, ready_since=280, conditions=[let]), at(30)),
    )
    for now, one, end in course:
        objects = around(stateful_set(1), [one])
        view, seen = derive(objects, seen, at(now), at(now), ModelSettings(), lambda case: ())
        assert row(view, 0).phases == (
            Phase(Stretch.PLACING, at(0), at(10)),
            Phase(Stretch.STARTING, at(10), end),
        )


@pytest.mark.parametrize(("policy", "phases"), [("OrderedReady", 0), ("Parallel", 2)])
def test_a_pod_was_ready_before_a_pod_above_it_was_created(policy: str, phases: int) -> None:
    let = condition(LET, "True", 10)
    flapped = pod(0, ready_since=300, conditions=[let])
    above = pod(1, creation_timestamp=at(60), ready_since=90, conditions=[condition(LET, "True", 70)])
    view = look(stateful_set(2, policy=policy), [flapped, above], 400)
    assert [len(one.phases) for one in view.ordinals] == [phases, 2]


def test_the_last_termination_of_a_container_is_reported() -> None:
    assert row(look(stateful_set(1), [crashing(0)]), 0).died == at(0)
    assert row(look(stateful_set(1), [pod(0)]), 0).died is None


@pytest.mark.parametrize(("ready_at", "pace"), [([], None), ([100], 100), ([100, 160], 80), ([100, 160, 400], 100)])
def test_the_pace_is_the_median_from_one_ordinal_to_the_next(ready_at: list[int], pace: float | None) -> None:
    pods = [pod(3 - number, ready_since=when) for number, when in enumerate(ready_at)]
    pods += [pod(number, revision=OLD) for number in range(4 - len(ready_at))]
    entry = {"manager": "kubectl", "time": at(0)}
    view = look(stateful_set(4, current=OLD, update=NEW, managed_fields=_template_written(**entry)), pods, 500)
    assert view.rollout.pace == pace
    assert view.rollout.left == 4 - len(ready_at)


def _template_written(**entry: object) -> tuple[object, ...]:
    from stsview.objects.meta import FieldsOfSpec, FieldsV1, ManagedFieldsEntry, Present

    fields = FieldsV1(spec=FieldsOfSpec(template=Present()))
    return (ManagedFieldsEntry(fields_v1=fields, **entry),)  # type: ignore[arg-type]
