"""Rules about scale-downs that do not progress."""

from __future__ import annotations

import pytest

from stsview.model.finding import Danger, Level
from stsview.model.settings import ModelSettings
from stsview.objects.pod import Pod
from stsview.triage.rules.controller.scaling import scale_down_blocked, scale_down_deadlock
from tests.support.model.build import around, at, condition, crashing, pod, running, starting, stateful_set, terminating
from tests.support.triage.judge import found, judged


def lost_ready(ordinal: int, since: float) -> Pod:
    """A pod that was Ready and no longer is."""
    return pod(
        ordinal, ready="False", ready_since=since, reason="ContainersNotReady", containers=[running(ready=False)]
    )


def test_two_unready_surplus_pods_wait_for_each_other() -> None:
    objects = around(stateful_set(2), [pod(0), pod(1), crashing(2, ready_since=20), crashing(3, ready_since=30)])
    (finding,) = found(scale_down_deadlock, objects)
    assert finding.headline == "scale-down stuck: web-3 and web-2 are both NotReady; delete web-3"
    assert (finding.level, finding.object.name, finding.ordinals) == (Level.ERROR, "web-3", (2, 3))
    assert finding.since == at(30)
    assert finding.so == "web-3 and web-2 are not removed until web-3 is deleted"
    assert [(one.text, one.danger, one.action) for one in finding.remedies] == [
        ("delete web-3: it is beyond the replica count and will not be recreated", Danger.DISRUPTIVE, "delete-pod")
    ]
    why = judged(objects).why
    assert (why.headline, why.ordinal) == (finding.headline, 3), "the ordinal to show is the one to delete"


def test_members_that_became_unready_are_a_warning_until_they_count_as_broken() -> None:
    objects = around(stateful_set(1), [pod(0), lost_ready(1, 900), lost_ready(2, 900)])
    settings = ModelSettings(ready_grace=300)
    early, late = (found(scale_down_deadlock, objects, now, settings=settings) for now in (1_000, 1_300))
    assert [one.level for one in (*early, *late)] == [Level.WARNING, Level.ERROR]


@pytest.mark.parametrize(
    ("policy", "held"),
    [
        ("OrderedReady", [pod(0), pod(1), pod(2), crashing(3)]),
        ("OrderedReady", [pod(0), pod(1), crashing(2), pod(3)]),
        ("OrderedReady", [pod(0), pod(1), crashing(2), starting(3, started=50)]),
        ("OrderedReady", [pod(0), pod(1), starting(2, started=50), crashing(3)]),
        ("OrderedReady", [pod(0), pod(1), crashing(2), terminating(3, asked=50)]),
        ("OrderedReady", [pod(0), crashing(1), crashing(2), crashing(3)]),
        ("Parallel", [pod(0), pod(1), crashing(2), crashing(3)]),
    ],
    ids=["highest alone", "lower alone", "highest starts", "lower starts", "going", "survivor first", "parallel"],
)
def test_a_scale_down_that_can_continue_is_no_deadlock(policy: str, held: list[Pod]) -> None:
    assert found(scale_down_deadlock, around(stateful_set(2, policy=policy), held)) == ()


def test_a_broken_remaining_pod_blocks_the_scale_down() -> None:
    objects = around(stateful_set(2), [pod(0), crashing(1), pod(2), pod(3)])
    (finding,) = found(scale_down_blocked, objects)
    assert finding.headline == "scale-down blocked: web-3 and web-2 are not removed until web-1 is Ready"
    assert (finding.level, finding.ordinals) == (Level.WARNING, (1,))
    assert [one.text for one in finding.remedies] == [
        "bring web-1 back: the scale-down then continues",
        "delete web-3: it will not be recreated; then delete the next lower surplus pod",
    ]


@pytest.mark.parametrize(
    ("policy", "held"),
    [
        ("OrderedReady", [pod(0), starting(1, started=50), pod(2)]),
        ("OrderedReady", [pod(0), crashing(1), terminating(2, asked=50)]),
        ("OrderedReady", [pod(0), pod(1), pod(2)]),
        ("OrderedReady", [pod(0), crashing(1)]),
        ("Parallel", [pod(0), crashing(1), pod(2)]),
    ],
)
def test_a_pod_in_progress_blocks_nothing(policy: str, held: list[Pod]) -> None:
    assert found(scale_down_blocked, around(stateful_set(2, policy=policy), held)) == ()


def test_a_set_being_deleted_has_no_scale_down() -> None:
    objects = around(stateful_set(1, deletion_timestamp=at(40)), [pod(0), crashing(1), crashing(2)])
    assert found(scale_down_deadlock, objects) == found(scale_down_blocked, objects) == ()


def test_a_pod_without_a_ready_condition_is_evidence_of_its_absence() -> None:
    bare = pod(2, phase="Pending", node="", conditions=[condition("PodScheduled", "False", 0, "Unschedulable", "no")])
    (finding,) = found(scale_down_deadlock, around(stateful_set(1), [pod(0), crashing(1), bare]))
    assert [one.value for one in finding.evidence] == ["1", "False: ContainersNotReady", "absent"]
