"""Rule about StatefulSets stuck deleting."""

from __future__ import annotations

import pytest

from stsview.model.finding import Danger, Level
from stsview.objects.kinds import PODS
from stsview.objects.statefulset import StatefulSet
from stsview.triage.rules.controller.deletion import set_not_deleted
from tests.support.model.build import (
    around,
    at,
    claim,
    crashing,
    node,
    owned_by,
    pod,
    stateful_set,
    terminating,
    without,
)
from tests.support.triage.judge import found, judged

FOREGROUND = ("foregroundDeletion",)


def deleted(*finalizers: str) -> StatefulSet:
    return stateful_set(2, deletion_timestamp=at(0), finalizers=finalizers)


def test_a_deleted_set_waits_for_owned_objects() -> None:
    kept = claim("data-web-0", owner_references=owned_by())
    objects = around(deleted(*FOREGROUND), [terminating(0, asked=0)], claims=[kept, claim("data-web-1")])
    (finding,) = found(set_not_deleted, objects, 700)
    assert finding.headline == (
        "StatefulSet stuck deleting: foregroundDeletion waits for Pod web-0 and PersistentVolumeClaim data-web-0"
    )
    assert (finding.level, finding.since, finding.ordinals) == (Level.ERROR, at(0), (0,))
    assert finding.next == "fix the pods that are stuck Terminating: the StatefulSet is deleted after them"
    dangers = [one.danger for one in finding.remedies]
    assert (dangers, dangers[-1]) == (sorted(dangers), Danger.LOSS)
    assert '"op": "test"' in finding.remedies[-1].command


def test_other_findings_are_below_a_stuck_deletion() -> None:
    objects = around(deleted(*FOREGROUND), [crashing(0), terminating(1, asked=0)], nodes={"node-1": node()})
    view = judged(objects, 700)
    (head,) = view.findings
    assert (head.rule, view.why.headline) == ("set-not-deleted", head.headline)
    assert "containers-not-stopped" in [below.rule for below in head.below]


@pytest.mark.parametrize(
    ("finalizers", "held"),
    [
        (("example.com/backup", *FOREGROUND), "finalizer example.com/backup not removed"),
        (FOREGROUND, "finalizer foregroundDeletion not removed"),
        (("orphan",), "finalizer orphan not removed"),
        ((), "no finalizer or owned object blocks it"),
    ],
)
def test_what_blocks_the_deletion_of_an_empty_set(finalizers: tuple[str, ...], held: str) -> None:
    (finding,) = found(set_not_deleted, around(deleted(*finalizers)), 700)
    assert finding.headline == f"StatefulSet stuck deleting: {held}"


def test_unreadable_objects_are_not_reported_as_blockers() -> None:
    (finding,) = found(set_not_deleted, around(deleted(*FOREGROUND), [pod(0)], coverage=without(PODS)), 700)
    assert "Pod" not in finding.headline


def test_a_deletion_in_progress_is_no_problem() -> None:
    going = [terminating(0, asked=0), terminating(1, asked=0)]
    assert judged(around(deleted(*FOREGROUND), going), 20).findings == ()
    assert judged(around(deleted(*FOREGROUND), []), 300).findings == ()
    assert found(set_not_deleted, around(stateful_set(2, finalizers=FOREGROUND), [pod(0), pod(1)]), 7_000) == ()
