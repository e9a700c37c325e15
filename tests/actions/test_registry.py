"""Each ActionId has an intent, an action that takes it, a command on the command line, and a line in README.md."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from stsview.actions import intents
from stsview.actions.action import Action
from stsview.actions.intents import Intent, NodeIntent, SetIntent
from stsview.actions.registry import ACTIONS, action_by_id
from stsview.cli.arguments.parser import parser
from stsview.cli.commands.actions import ACTION_COMMANDS
from stsview.model.action_id import ActionId

README = Path(__file__).resolve().parents[2] / "README.md"

# Not `Intent.__subclasses__()`: a dataclass with slots is made of a first class, which may still be there.
INTENTS = [
    one
    for one in vars(intents).values()
    if isinstance(one, type) and issubclass(one, Intent) and one not in (Intent, SetIntent, NodeIntent)
]

COMMANDS = {
    ActionId.SCALE: "scale",
    ActionId.DELETE_POD: "delete-pod",
    ActionId.FORCE_DELETE: "force-delete",
    ActionId.RECONCILE: "reconcile",
    ActionId.RESTART: "restart",
    ActionId.ORDERED_RESTART: "restart --ordered",
    ActionId.UNDO: "undo",
    ActionId.UNBLOCK: "unblock",
    ActionId.CANARY_START: "canary start",
    ActionId.CANARY_NEXT: "canary next",
    ActionId.CANARY_ABORT: "canary abort",
    ActionId.PAUSE: "pause",
    ActionId.RESUME: "resume",
    ActionId.GROW: "grow",
    ActionId.RECREATE: "recreate",
    ActionId.RESUME_RECREATE: "recreate --continue",
    ActionId.CORDON: "cordon",
    ActionId.UNCORDON: "uncordon",
}

REQUIRED = {
    ActionId.SCALE: ["--replicas", "3"],
    ActionId.CANARY_START: ["--restart"],
    ActionId.GROW: ["--size", "20Gi"],
    ActionId.RECREATE: ["--set", "serviceName=a"],
}
"""Options without which a command is refused."""


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


@pytest.mark.parametrize("action_id", ActionId)
def test_each_id_has_a_command(action_id: ActionId) -> None:
    command, *words = COMMANDS[action_id].split()
    arguments = parser().parse_args([command, "kafka-0", *words, *REQUIRED.get(action_id, [])])
    assert action_id in ACTION_COMMANDS[arguments.command].actions


@pytest.mark.parametrize("action_id", ActionId)
def test_each_id_has_a_line_in_the_readme(action_id: ActionId) -> None:
    command, *words = COMMANDS[action_id].split()
    lines = re.findall(rf"\bstsview {command} .*", README.read_text())
    assert any(set(words) <= set(re.findall(r"[\w-]+", line)) for line in lines)
