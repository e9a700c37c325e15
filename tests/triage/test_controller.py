"""The controller itself."""

from __future__ import annotations

from stsview.model.finding import Level
from stsview.model.views import Severity
from stsview.triage.controller import controller_not_acting
from tests.model.build import around, at, crashing, pod, stateful_set
from tests.triage.judge import found, judged


def test_a_generation_that_is_not_observed_in_time_stands_above_all_else() -> None:
    objects = around(stateful_set(2, generation=2, observed=1), [pod(0), crashing(1)])
    view = judged(objects, 700, first_seen=600)
    (finding,) = view.findings
    assert (finding.rule, finding.level) == ("controller-not-acting", Level.ERROR)
    assert finding.headline == "the StatefulSet controller has not observed generation 2"
    assert finding.since == at(600)
    assert [(one.field, one.value) for one in finding.evidence] == [
        ("metadata.generation", "2"),
        ("status.observedGeneration", "1"),
    ]
    assert view.severity is Severity.STUCK
    assert view.why.headline == finding.headline


def test_a_generation_that_was_only_just_written_is_no_finding() -> None:
    objects = around(stateful_set(2, generation=2, observed=1), [pod(0), pod(1)])
    assert found(controller_not_acting, objects, 610, first_seen=600) == ()
