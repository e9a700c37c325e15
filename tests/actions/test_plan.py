"""How two plans for one intent differ."""

from __future__ import annotations

from stsview.actions.intents import Scale
from stsview.actions.plan import Plan, Precondition, differences
from stsview.objects.meta import Key
from tests.support.ui.fake_actions import plan_of

SCALE = Scale(Key("data", "kafka"), "uid", 3, 6)


def plan(*preconditions: tuple[str, str, str]) -> Plan:
    return plan_of(SCALE, preconditions=tuple(Precondition(*one) for one in preconditions))


def test_equal_preconditions_do_not_differ() -> None:
    first = plan(("set-uid", "the uid of the set", "1"))
    assert differences(first, plan(("set-uid", "the uid of the set", "1"))) == ()


def test_each_changed_precondition_is_one_sentence_with_its_label() -> None:
    before = plan(("set-uid", "the uid of the set", "1"), ("replicas", "replicas", "3"), ("node", "its node", "n1"))
    after = plan(("set-uid", "the uid of the set", "2"), ("replicas", "replicas", "3"), ("claims", "its claims", "c"))
    assert differences(before, after) == (
        "the uid of the set was 1, is 2",
        "its node was n1, is nothing",
        "its claims was nothing, is c",
    )


def test_a_precondition_is_looked_up_by_its_id() -> None:
    assert plan(("set-uid", "the uid of the set", "1")).precondition("set-uid") == "1"
