"""Rules about the StatefulSet controller itself."""

from __future__ import annotations

import pytest

from stsview.model.finding import Certainty, Danger, Level
from stsview.model.views import Severity
from stsview.objects.event import Event, InvolvedObject
from stsview.objects.meta import BasicMeta
from stsview.objects.pod import Pod
from stsview.objects.statefulset import StatefulSet
from stsview.triage.rules.controller.controller import controller_not_acting, controller_stuck
from tests.support.model.build import OLD, around, at, crashing, pod, stateful_set, terminating
from tests.support.triage.judge import found, judged


def test_an_unobserved_generation_is_above_all_other_findings() -> None:
    objects = around(stateful_set(2, generation=2, observed=1), [pod(0), crashing(1)])
    view = judged(objects, 700, first_seen=600)
    (finding,) = view.findings
    assert (finding.rule, finding.level) == ("controller-not-acting", Level.ERROR)
    assert finding.headline == "StatefulSet controller has not observed generation 2"
    assert finding.since == at(600)
    assert [(one.field, one.value) for one in finding.evidence] == [
        ("metadata.generation", "2"),
        ("status.observedGeneration", "1"),
    ]
    assert view.severity is Severity.STUCK
    assert view.why.headline == finding.headline


def test_a_generation_that_was_just_written_has_no_finding() -> None:
    objects = around(stateful_set(2, generation=2, observed=1), [pod(0), pod(1)])
    assert found(controller_not_acting, objects, 610, first_seen=600) == ()


@pytest.mark.parametrize(
    ("stateful", "last", "headline", "since"),
    [
        (stateful_set(2, current=OLD), pod(1, revision=OLD), "web-1: not replaced, although nothing blocks it", 60),
        (stateful_set(1), pod(1), "web-1: not removed, although nothing blocks it", 60),
        (stateful_set(1, policy="Parallel"), crashing(1), "web-1: not removed, although nothing blocks it", 60),
    ],
)
def test_overdue_work_proposes_a_reconcile(stateful: StatefulSet, last: Pod, headline: str, since: float) -> None:
    objects = around(stateful, [pod(0), last])
    (finding,) = found(controller_stuck, objects, 100, first_seen=since)
    assert (finding.headline, finding.level, finding.since) == (headline, Level.ERROR, at(since))
    assert (finding.certainty, finding.ordinals) == (Certainty.CERTAIN, (1,))
    assert [(one.danger, one.action) for one in finding.remedies] == [
        (Danger.READ_ONLY, None),
        (Danger.REVERSIBLE, "reconcile"),
    ]
    assert found(controller_stuck, objects, 80, first_seen=since) == ()
    assert judged(objects, 100, first_seen=since).why.headline == headline


def test_a_rejected_deletion_is_quoted() -> None:
    refused = Event(
        metadata=BasicMeta(name="e"),
        involved_object=InvolvedObject(kind="StatefulSet", name="web"),
        reason="FailedDelete",
        message='delete Pod web-1 in StatefulSet web failed error: admission webhook "guard" denied\nthe request',
    )
    objects = around(stateful_set(1), [pod(0), pod(1)], events=(refused,))
    (finding,) = found(controller_stuck, objects, 100, first_seen=60)
    assert finding.headline == 'web-1: not removed: admission webhook "guard" denied the request'
    assert finding.certainty is Certainty.LIKELY


@pytest.mark.parametrize(
    ("replicas", "pods"),
    [
        (1, [pod(0), terminating(1, asked=90)]),
        (1, [pod(0), crashing(1), crashing(2)]),
        (1, [crashing(0), pod(1)]),
        (2, [pod(0), crashing(1, revision=OLD)]),
    ],
    ids=["going", "wait for each other", "survivor first", "deadlock"],
)
def test_blocked_work_is_not_overdue(replicas: int, pods: list[Pod]) -> None:
    assert found(controller_stuck, around(stateful_set(replicas), pods), 100, first_seen=60) == ()
