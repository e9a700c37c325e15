"""Commands of the screens and the actions whose plans they open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from stsview.model.action_id import ActionId
from stsview.model.states import ClaimStatus, Health, PodKind
from stsview.model.views import ClaimView, PodState, SetView
from stsview.ui.changes.command_actions import ACTIONS_BY_COMMAND
from stsview.ui.findings.findings_screen import FindingsScreen
from stsview.ui.fleet.fleet_screen import FleetScreen
from stsview.ui.inspect.revisions_screen import RevisionsScreen
from stsview.ui.kit.commands.commands import Command, CommandsMixin
from stsview.ui.nodes.nodes_screen import NodesScreen
from stsview.ui.set.set_screen import SetScreen
from tests.support.ui.driver import driving
from tests.support.ui.fake_actions import FakeActions
from tests.support.ui.fake_live import FakeSource
from tests.support.ui.fleets import fleet_of, ordinal_of, set_of

SCREENS = (FleetScreen, SetScreen, FindingsScreen, RevisionsScreen, NodesScreen)

SHOWS_RUNNING_ACTIONS = "actions"

STUCK = PodState("stuck Terminating", Health.DEGRADED, kind=PodKind.STUCK_TERMINATING)


def declared_commands(screen: type[CommandsMixin]) -> list[Command]:
    return [command for base in screen.__mro__ for command in base.__dict__.get("OWN_COMMANDS", ())]


def change_commands() -> dict[str, Command]:
    declared = (command for screen in SCREENS for command in declared_commands(screen))
    return {command.id: command for command in declared if command.group == "Change"}


def test_every_command_that_changes_something_opens_known_actions() -> None:
    assert set(change_commands()) - {SHOWS_RUNNING_ACTIONS} == set(ACTIONS_BY_COMMAND)


def test_every_action_has_a_command() -> None:
    assert {action for actions in ACTIONS_BY_COMMAND.values() for action in actions} == set(ActionId)


@pytest.mark.parametrize("action", ActionId)
def test_a_command_with_the_id_of_an_action_opens_that_action(action: ActionId) -> None:
    if action in ACTIONS_BY_COMMAND:
        assert action in ACTIONS_BY_COMMAND[action]


def rolling(updated: int, **rollout: Any) -> SetView:
    """Four pods, of which the highest `updated` run the update revision."""
    rows = tuple(ordinal_of("kafka", ordinal, at_update=ordinal >= 4 - updated) for ordinal in range(4))
    view = set_of("data", "kafka", rows)
    update = "kafka-new" if updated else "kafka-old"
    changes = {"current": "kafka-old", "update": update, "active": 0 < updated < 4, **rollout}
    return replace(view, rollout=replace(view.rollout, **changes))


def with_stuck_pod() -> SetView:
    return set_of("data", "kafka", (ordinal_of("kafka", 0, STUCK), ordinal_of("kafka", 1)))


def blocked() -> SetView:
    """The rollout waits for kafka-0, which crash-loops on the old revision."""
    crash = PodState("CrashLoopBackOff", Health.DEGRADED)
    view = rolling(0, update="kafka-new", active=True)
    first = replace(ordinal_of("kafka", 0, crash, at_update=False), comes_back_on="kafka-new")
    return replace(view, ordinals=(first, *view.ordinals[1:]))


def with_storage() -> SetView:
    claim = ClaimView("data", "data-kafka-0", ClaimStatus.BOUND, Health.READY, size=10 * 2**30)
    view = rolling(4)
    return replace(view, ordinals=tuple(replace(row, claims=(claim,)) for row in view.ordinals))


CASES: dict[ActionId, tuple[SetView, Sequence[Sequence[str]]]] = {
    ActionId.SCALE: (rolling(4), [("s", "3", "enter"), (":scale", "3", "enter"), (":scale 3",)]),
    ActionId.DELETE_POD: (rolling(4), [("ctrl+d",), ("ctrl+k",), (":delete 2",)]),
    ActionId.FORCE_DELETE: (with_stuck_pod(), [("g", "ctrl+k"), ("g", ":kill")]),
    ActionId.RECONCILE: (rolling(4), [(":reconcile",), (":nudge",)]),
    ActionId.RESTART: (rolling(4), [("r", "enter"), (":restart", "enter")]),
    ActionId.ORDERED_RESTART: (rolling(4), [("r", "space", "enter"), (":restart ordered", "enter")]),
    ActionId.UNDO: (rolling(4), [(":undo",)]),
    ActionId.UNBLOCK: (blocked(), [(":unblock",), (":free",)]),
    ActionId.CANARY_START: (rolling(0), [("P", "tab", "space", "space", "enter")]),
    ActionId.CANARY_NEXT: (
        rolling(2, partition=2, held=True),
        [(":canary next",), (":canary finish",), ("P", "enter")],
    ),
    ActionId.CANARY_ABORT: (rolling(2, partition=2, held=True), [(":canary abort",), (":canary back-out",)]),
    ActionId.PAUSE: (rolling(1), [(":pause",), ("P",)]),
    ActionId.GROW: (with_storage(), [("plus", *"20Gi", "enter"), (":grow 20Gi",)]),
    ActionId.RESUME: (rolling(2, partition=2, held=True, paused_from=0), [(":resume",), ("P",)]),
    ActionId.RECREATE: (rolling(4), [(":recreate serviceName=new",), (":recreate", "n", "e", "w", "enter")]),
    ActionId.RESUME_RECREATE: (replace(rolling(4), uid="", gone=True), [(":recreate",)]),
}


OF_NODES = {ActionId.CORDON, ActionId.UNCORDON}
"""Covered by the tests of the screen of the nodes."""


def test_every_action_is_covered_by_a_case() -> None:
    assert set(CASES) == set(ActionId) - OF_NODES


@pytest.mark.parametrize("action", CASES)
async def test_its_plan_can_be_opened_from_the_screen_of_a_set(action: ActionId) -> None:
    """By each of these keys; what begins with `:` is a command to type."""
    view, ways = CASES[action]
    action_service = FakeActions()
    async with driving(FakeSource(fleet_of(view)), action_service=action_service, size=(80, 24)) as driver:
        await driver.open("kafka")
        for keys in ways:
            action_service.asked.clear()
            for key in keys:
                await (driver.run_command(key[1:]) if key.startswith(":") else driver.press(key))
            await driver.sees("WHAT HAPPENS")
            assert [intent.action for intent in action_service.asked] == [action], keys
            # The plan, and the form that it came from.
            while not isinstance(driver.app.screen, SetScreen):
                await driver.press("escape")
