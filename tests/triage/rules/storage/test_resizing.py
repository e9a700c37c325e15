"""Rules about PVC resizes."""

from __future__ import annotations

from typing import Any

import pytest

from stsview.model.action_id import ActionId
from stsview.model.cache.set_objects import SetObjects
from stsview.model.finding import Certainty, Danger, Growth, Level
from stsview.objects.pod import Pod
from stsview.triage.rules.storage.resizing import file_system_resize_pending, resize_stuck
from tests.support.model.build import around, at, condition, event, pod, stateful_set, terminating
from tests.support.triage.claims import claimed
from tests.support.triage.judge import found


def growing(
    *conditions: Any,
    member: Pod | None = None,
    size: str = "10Gi",
    wanted: str = "20Gi",
    events: Any = (),
    volume: str = "",
    **status: Any,
) -> SetObjects:
    held = claimed(
        size="10Gi",
        status={"conditions": conditions, "capacity": {"storage": size}, **status},
        requested=wanted,
        volume_name=volume,
    )
    return around(stateful_set(1), [member or pod(0)], claims=[held], events=events)


def failed(first: float, last: float, times: int = 1, about: str = "data-web-0", text: str = "no quota") -> Any:
    kind = "Pod" if about == "web-0" else "PersistentVolumeClaim"
    return event(about, "VolumeResizeFailed", text, kind=kind, first=first, last=last, times=times)


REFUSED = failed(10, 100)

LOWER = "lower the request"
SCALE = "scale the StatefulSet"


@pytest.mark.parametrize(
    ("objects", "why", "since", "certainty"),
    [
        (growing(condition("ControllerResizeError", "True", 40, "", "no quota")), ": no quota", 40, Certainty.CERTAIN),
        (
            growing(condition("ControllerResizeError", "True", 600, "", "no quota"), events=(failed(20, 600, 9),)),
            ": no quota",
            20,
            Certainty.CERTAIN,
        ),
        (
            growing(allocated_resource_statuses={"storage": "ControllerResizeInfeasible"}),
            ": ControllerResizeInfeasible",
            None,
            Certainty.CERTAIN,
        ),
        (growing(events=(REFUSED,)), ": no quota", 10, Certainty.LIKELY),
        (growing(condition("Resizing", "True", 650), events=(failed(40, 500, 3),)), ": no quota", 40, Certainty.LIKELY),
        (growing(), ": the driver does not respond", 30, Certainty.CERTAIN),
        (growing(condition("Resizing", "True", 20)), ": the driver does not respond", 20, Certainty.CERTAIN),
    ],
)
def test_a_volume_that_is_not_expanded(
    objects: SetObjects, why: str, since: float | None, certainty: Certainty
) -> None:
    (finding,) = found(resize_stuck, objects, 660, first_seen=30)
    assert finding.headline == f"web-0: resize of PVC data-web-0 from 10Gi to 20Gi is stuck{why}"
    assert (finding.level, finding.certainty, finding.so) == (Level.WARNING, certainty, "")
    assert finding.since == (None if since is None else at(since))
    assert [remedy.danger for remedy in finding.remedies] == [Danger.READ_ONLY, Danger.REVERSIBLE, Danger.REVERSIBLE]
    assert finding.remedies[-1].command == (
        "kubectl -n default patch pvc data-web-0 --type=merge"
        ' -p \'{"spec":{"resources":{"requests":{"storage":"11Gi"}}}}\''
    ), "the API server accepts no lower request than more than the capacity"


FILE_SYSTEM = condition("FileSystemResizePending", "True", 35)

OFFLINE = condition("NodeResizeError", "True", 60, "", "rpc error: code = FailedPrecondition desc = in use")


@pytest.mark.parametrize(
    ("objects", "why", "blocks"),
    [
        (growing(FILE_SYSTEM, condition("NodeResizeError", "True", 40, "", "bad blocks")), ": bad blocks", True),
        (
            growing(
                FILE_SYSTEM,
                condition("NodeResizeError", "True", 40, "", "too large"),
                allocated_resource_statuses={"storage": "NodeResizeInfeasible"},
            ),
            ": too large",
            False,
        ),
        (
            growing(
                FILE_SYSTEM,
                events=(failed(40, 650, 3, "web-0", 'failed for volume "pv-1"'),),
                allocated_resource_statuses={"storage": "NodeResizeInProgress"},
                volume="pv-1",
            ),
            ': failed for volume "pv-1"',
            True,
        ),
        (
            growing(FILE_SYSTEM, allocated_resource_statuses={"storage": "NodeResizeInProgress"}),
            ": the node does not finish its file system",
            True,
        ),
    ],
)
def test_a_file_system_that_fails(objects: SetObjects, why: str, blocks: bool) -> None:
    """A lower request does not help it, and a new pod may not start."""
    (finding,) = found(resize_stuck, objects, 660, first_seen=30)
    assert finding.headline.endswith(f" is stuck{why}")
    assert bool(finding.so) == blocks
    assert not any(LOWER in remedy.text for remedy in finding.remedies)
    assert found(file_system_resize_pending, objects, 660, first_seen=30) == ()


def test_an_error_of_an_attempt_that_succeeded_since_is_no_failure() -> None:
    """external-resizer keeps it beside the conditions of the next step."""
    stale = condition("ControllerResizeError", "True", 20, "", "no quota")
    left = growing(stale, FILE_SYSTEM, OFFLINE, allocated_resource_statuses={"storage": "NodeResizeInProgress"})
    assert found(resize_stuck, left, 660, first_seen=30) == ()
    (finding,) = found(file_system_resize_pending, left, 65)
    assert finding.since == at(35)


def test_a_volume_that_is_expanded_only_while_unused() -> None:
    error = condition("ControllerResizeError", "True", 40, "", "rpc error: code = FailedPrecondition desc = in use")
    (finding,) = found(resize_stuck, growing(error), 660)
    assert [SCALE in remedy.text for remedy in finding.remedies] == [False, True]


@pytest.mark.parametrize(
    ("size", "wanted", "less"),
    [("10Gi", "20Gi", "11Gi"), ("1Ti", "2Ti", "1025Gi"), ("1Gi", "2Gi", "1025Mi"), ("10Gi", "10241Mi", "")],
)
def test_the_lower_request_is_close_to_the_present_size(size: str, wanted: str, less: str) -> None:
    error = condition("ControllerResizeError", "True", 40, "", "no quota")
    (finding,) = found(resize_stuck, growing(error, size=size, wanted=wanted), 660)
    offered = [remedy.command for remedy in finding.remedies if LOWER in remedy.text]
    assert [f'"{less}"' in command for command in offered] == ([True] if less else [])


@pytest.mark.parametrize(
    ("objects", "now", "seen"),
    [
        (growing(), 600, 30),
        (growing(condition("Resizing", "True", 100)), 660, 90),
        (growing(condition("FileSystemResizePending", "True", 0)), 660, 30),
        (growing(condition("Resizing", "True", 500), events=(REFUSED,)), 660, 490),
        (growing(events=(REFUSED,)), 100, 30),
        (growing(condition("ControllerResizeError", "True", 40), size="20Gi"), 660, 30),
    ],
)
def test_a_resize_in_progress(objects: SetObjects, now: float, seen: float) -> None:
    assert found(resize_stuck, objects, now, first_seen=seen) == ()


def pending(member: Pod | None = None) -> SetObjects:
    return growing(condition("FileSystemResizePending", "True", 50), member=member)


@pytest.mark.parametrize(
    ("objects", "now"),
    [
        (pending(), 660),
        (growing(FILE_SYSTEM, OFFLINE, allocated_resource_statuses={"storage": "NodeResizeInProgress"}), 65),
    ],
)
def test_a_file_system_that_waits_for_a_restart(objects: SetObjects, now: float) -> None:
    """At once where the driver has said so, else once an online driver would be done."""
    (finding,) = found(file_system_resize_pending, objects, now)
    assert finding.headline == "web-0: file system of PVC data-web-0 grows only when the pod restarts"
    evict, step = finding.remedies
    assert (evict.action, evict.growth) == (ActionId.GROW, Growth("data", "20Gi", (0,)))
    assert (step.danger, step.action, step.command) == (
        Danger.DISRUPTIVE,
        "delete-pod",
        "kubectl -n default delete pod web-0",
    )
    assert found(resize_stuck, objects, now, first_seen=30) == ()


@pytest.mark.parametrize(
    ("objects", "now"),
    [(pending(), 600), (pending(terminating(0, asked=640)), 660), (pending(pod(0, phase="Pending")), 660)],
)
def test_a_file_system_that_may_still_grow(objects: SetObjects, now: float) -> None:
    assert found(file_system_resize_pending, objects, now) == ()
