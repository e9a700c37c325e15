"""A set that makes no progress always has a finding."""

from __future__ import annotations

import pytest

from stsview.model.cache.set_objects import SetObjects
from stsview.model.finding import Level
from stsview.model.states import Health
from stsview.model.views import Severity
from stsview.triage.rules.controller.unexplained import set_stuck
from tests.support.model.build import NEW, OLD, around, crashing, owned_by, pod, starting, stateful_set, terminating
from tests.support.triage.judge import found, judged


def test_the_controllers_wait_is_a_finding_if_no_rule_explains_it() -> None:
    objects = around(stateful_set(2), [pod(0), terminating(1, asked=0)])
    (finding,) = found(set_stuck, objects, 300)
    assert finding.level is Level.ERROR
    assert finding.headline.startswith("web-1 stuck Terminating: ")
    assert finding.ordinals == (1,)
    assert finding.object.name == "web-1"


def test_a_set_that_makes_progress_has_no_finding() -> None:
    assert found(set_stuck, around(stateful_set(2), [pod(0), pod(1)])) == ()
    assert found(set_stuck, around(stateful_set(2), [pod(0), terminating(1, asked=0)]), 10) == ()


UPDATING = stateful_set(2, policy="Parallel", current=OLD, update=NEW)


@pytest.mark.parametrize(
    ("objects", "broken"),
    [
        (around(stateful_set(2), [crashing(0), pod(1)]), 0),
        (around(stateful_set(2), [pod(0), crashing(1)]), 1),
        (around(stateful_set(2), [starting(0), crashing(1)]), 1),
        (around(UPDATING, [pod(0, revision=OLD), crashing(1, revision=OLD)]), 1),
    ],
    ids=["lowest", "highest", "one that the controller does not wait for", "one that is to be replaced"],
)
def test_a_broken_member_is_found_even_without_a_rule_for_it(objects: SetObjects, broken: int) -> None:
    (finding,) = found(set_stuck, objects)
    assert (finding.level, finding.ordinals) == (Level.ERROR, (broken,))
    assert f"web-{broken}" in finding.headline
    assert "CrashLoopBackOff, exit 1, 3 restarts" in finding.headline
    view = judged(objects)
    assert any(row.state.health is Health.DEGRADED for row in view.ordinals)
    assert (view.severity, view.why.ordinal) == (Severity.STUCK, broken)
    assert "set-stuck" not in {finding.rule for finding in view.findings}


def test_every_stuck_surplus_pod_is_reported() -> None:
    leaving = [terminating(ordinal, asked=0, owners=owned_by()) for ordinal in (1, 2)]
    parallel = around(stateful_set(1, policy="Parallel"), [pod(0), *leaving])
    assert {finding.ordinals for finding in found(set_stuck, parallel, 300)} == {(1,), (2,)}
