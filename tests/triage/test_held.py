"""A set that does not go on is never without a finding."""

from __future__ import annotations

from stsview.model.finding import Level
from stsview.triage.held import held_up
from tests.model.build import around, pod, stateful_set, terminating
from tests.triage.judge import found


def test_what_the_controller_waits_for_is_a_finding_where_no_rule_knows_more() -> None:
    objects = around(stateful_set(2), [pod(0), terminating(1, asked=0)])
    (finding,) = found(held_up, objects, 300)
    assert finding.level is Level.ERROR
    assert finding.headline.startswith("web-1 stuck Terminating: ")
    assert finding.ordinals == (1,)
    assert finding.object.name == "web-1"


def test_a_set_that_goes_on_is_none() -> None:
    assert found(held_up, around(stateful_set(2), [pod(0), pod(1)])) == ()
    assert found(held_up, around(stateful_set(2), [pod(0), terminating(1, asked=0)]), 10) == ()
