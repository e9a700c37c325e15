"""Each ActionId has an intent, and an action that takes it."""

from __future__ import annotations

import pytest

from stsview.actions import intents
from stsview.actions.action import Action
from stsview.actions.intents import Intent
from stsview.actions.registry import ACTIONS, action_by_id
from stsview.model.action_id import FORMER_IDS, ActionId

# Not `Intent.__subclasses__()`: a dataclass with slots is made of a first class, which may still be there.
INTENTS = [
    one for one in vars(intents).values() if isinstance(one, type) and issubclass(one, Intent) and one is not Intent
]


@pytest.mark.parametrize("action_id", ActionId)
def test_each_id_has_an_intent_and_the_action_that_takes_it(action_id: ActionId) -> None:
    (intent_type,) = [one for one in INTENTS if one.action is action_id]
    action = action_by_id(action_id)
    assert isinstance(action, Action)
    assert action.intent_type is intent_type


def test_each_action_is_registered_once() -> None:
    assert sorted(action.id for action in ACTIONS) == sorted(ActionId)


def test_each_intent_names_an_action_of_its_own() -> None:
    assert len(INTENTS) == len(ActionId)


def test_no_former_id_is_in_use() -> None:
    assert not set(FORMER_IDS) & set(ActionId)
