"""Rules about PVC resizes."""

from __future__ import annotations

from typing import Any

import pytest

from stsview.model.cache.set_objects import SetObjects
from stsview.model.finding import Certainty, Danger, Level
from stsview.objects.pod import Pod
from stsview.triage.rules.storage.resizing import file_system_resize_pending, resize_stuck
from tests.support.model.build import around, at, condition, event, pod, stateful_set, terminating
from tests.support.triage.claims import claimed
from tests.support.triage.judge import found


def growing(
    *conditions: Any, member: Pod | None = None, size: str = "10Gi", events: Any = (), **status: Any
) -> SetObjects:
    held = claimed(
        size="10Gi", status={"conditions": conditions, "capacity": {"storage": size}, **status}, requested="20Gi"
    )
    return around(stateful_set(1), [member or pod(0)], claims=[held], events=events)


REFUSED = event("data-web-0", "VolumeResizeFailed", "quota exceeded", kind="PersistentVolumeClaim", first=10, last=100)


@pytest.mark.parametrize(
    ("objects", "why", "since", "certainty"),
    [
        (growing(condition("ControllerResizeError", "True", 40, "", "no quota")), ": no quota", 40, Certainty.CERTAIN),
        (growing(condition("NodeResizeError", "True", 40)), "", 40, Certainty.CERTAIN),
        (
            growing(allocated_resource_statuses={"storage": "ControllerResizeInfeasible"}),
            ": ControllerResizeInfeasible",
            None,
            Certainty.CERTAIN,
        ),
        (growing(events=(REFUSED,)), ": quota exceeded", 10, Certainty.LIKELY),
        (growing(), ": the driver does not respond", 30, Certainty.CERTAIN),
        (growing(condition("Resizing", "True", 50)), ": the driver does not respond", 50, Certainty.CERTAIN),
    ],
)
def test_a_resize_that_fails(objects: SetObjects, why: str, since: float | None, certainty: Certainty) -> None:
    (finding,) = found(resize_stuck, objects, 660, first_seen=30)
    assert finding.headline == f"web-0: resize of PVC data-web-0 from 10Gi to 20Gi is stuck{why}"
    assert (finding.level, finding.certainty) == (Level.WARNING, certainty)
    assert finding.since == (None if since is None else at(since))
    assert [remedy.danger for remedy in finding.remedies] == [Danger.READ_ONLY, Danger.REVERSIBLE, Danger.REVERSIBLE]
    assert finding.remedies[-1].command == (
        "kubectl -n default patch pvc data-web-0 --type=merge"
        ' -p \'{"spec":{"resources":{"requests":{"storage":"10Gi"}}}}\''
    )


@pytest.mark.parametrize(
    ("objects", "now"),
    [
        (growing(), 600),
        (growing(condition("Resizing", "True", 100)), 660),
        (growing(condition("FileSystemResizePending", "True", 0)), 660),
        (growing(condition("Resizing", "True", 200), events=(REFUSED,)), 660),
        (growing(events=(REFUSED,)), 100),
        (growing(condition("ControllerResizeError", "True", 40), size="20Gi"), 660),
    ],
)
def test_a_resize_in_progress(objects: SetObjects, now: float) -> None:
    assert found(resize_stuck, objects, now, first_seen=30) == ()


def pending(member: Pod | None = None) -> SetObjects:
    return growing(condition("FileSystemResizePending", "True", 50), member=member)


def test_a_file_system_that_waits_for_a_restart() -> None:
    (finding,) = found(file_system_resize_pending, pending(), 660)
    assert finding.headline == "web-0: file system of PVC data-web-0 grows only when the pod restarts"
    assert finding.since == at(50)
    (step,) = finding.remedies
    assert (step.danger, step.action, step.command) == (
        Danger.DISRUPTIVE,
        "delete-pod",
        "kubectl -n default delete pod web-0",
    )


@pytest.mark.parametrize(
    ("objects", "now"),
    [(pending(), 600), (pending(terminating(0, asked=640)), 660), (pending(pod(0, phase="Pending")), 660)],
)
def test_a_file_system_that_may_still_grow(objects: SetObjects, now: float) -> None:
    assert found(file_system_resize_pending, objects, now) == ()
