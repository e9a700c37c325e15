"""Restart form and follow-up, by keyboard and mouse on a small terminal."""

from __future__ import annotations

from pathlib import Path

from msgspec import structs
from msgspec.structs import replace

from stsview.actions.intents import Order, OrderedRestart, RemovalMethod, Restart
from stsview.actions.operations.ordered_restart.journal import Unfinished
from stsview.actions.progress import Progress, Step
from stsview.model.views import Strategy
from stsview.objects.meta import Key
from stsview.ui.changes.forms.restart_form import RestartScreen
from stsview.ui.kit.widgets.radio_row import RadioRow
from stsview.ui.set.set_screen import SetScreen
from tests.support.ui.driver import driving
from tests.support.ui.fake_actions import FakeActions
from tests.support.ui.fake_live import FakeSource
from tests.support.ui.fleets import NOW, fleet_of, vault
from tests.support.ui.stage import wait_for
from tests.ui.changes.test_running_text import JOURNAL

VAULT = Key("infra", "vault")


async def test_with_on_delete_the_form_updates_the_pods_that_wait() -> None:
    action_service, view = FakeActions(), vault()
    rollout = structs.replace(view.rollout, strategy=Strategy.ON_DELETE)
    rows = tuple(structs.replace(row, at_update=row.ordinal == 1) for row in view.ordinals)
    waiting = structs.replace(view, rollout=rollout, ordinals=rows)
    async with driving(FakeSource(fleet_of(waiting)), action_service=action_service, size=(80, 24)) as driver:
        await driver.open("vault")
        await driver.press("r", "enter")
        await driver.sees("WHAT HAPPENS")
    (intent,) = action_service.asked
    assert intent == OrderedRestart(VAULT, view.uid, view.rollout.update, only=(2, 0), other_revision=True)


async def test_arrows_move_between_rows_and_between_the_options_of_the_only_row() -> None:
    async with driving(FakeSource(fleet_of(vault())), action_service=FakeActions(), size=(80, 24)) as driver:
        await driver.open("vault")
        await driver.press("r")
        await driver.sees("(●) rolling, as kubectl does")
        await driver.press("down")
        await driver.sees("(●) in order, one at a time")
        # However fast they are typed, each key is for the field that had the focus then.
        await driver.burst("down", "right", "down", *"12", "backspace", "tab", *"role")
        await driver.sees("(●) lowest first")
        await driver.sees("Last         role")
        assert "Ordinals     1 " in driver.text


async def test_an_invalid_answer_is_reported_at_its_field_and_answers_are_kept_until_the_action_starts() -> None:
    action_service, view = FakeActions(), structs.replace(vault(), role_label="role")
    async with driving(FakeSource(fleet_of(view)), action_service=action_service, size=(80, 24)) as driver:
        await driver.open("vault")
        await driver.press("r")
        await driver.sees("(●) rolling, as kubectl does")
        assert "Ordinals" not in driver.text
        # Down moves to the next field as Tab does, Left selects the last order, however fast they are pressed.
        await driver.burst("space", "down", "left", "enter")
        await driver.sees("(●) in order, one at a time")
        assert "role=active" in driver.text
        await driver.sees("▲ list the ordinals in order: 2,0,1")
        for typed, problem in (("x", "range: x"), ("7", "no ordinal 7, only 0-2")):
            await driver.type(typed)
            await driver.press("enter")
            await driver.sees(problem)
            await driver.press(*["backspace"] * len(typed))
            await driver.sees_no(problem)
        await driver.type("2,0")
        await driver.press("tab", "end")
        await driver.type(" x")
        await driver.press("enter")
        await driver.sees("▲ write the label as role=leader or role")
        await driver.press("backspace", "backspace", "tab", "space", "tab")
        await driver.type("x")
        await driver.press("enter")
        await driver.sees("▲ not a duration: 'x' (write 15s, 2m")
        await driver.press("backspace")
        await driver.type("2m")
        await driver.press("tab")
        await driver.type("nc $POD")
        assert "enter show plan" in driver.lines[-1]
        await driver.press("enter")
        await driver.sees("WHAT HAPPENS")
        intent = OrderedRestart(
            VAULT,
            view.uid,
            view.rollout.update,
            Order.LISTED,
            (2, 0),
            "role=active",
            RemovalMethod.DELETION,
            120,
            "nc $POD",
        )
        assert action_service.asked == [intent]
        await driver.press("escape")
        await driver.sees("nc $POD")
        await driver.press("tab", "space", "enter")
        await driver.sees("WHAT HAPPENS")
        assert action_service.asked[1:] == [replace(intent, other_revision=True)]

        await driver.press("y")
        await driver.sees("p pause")
        run = action_service.runs[0]
        steps = tuple(Step(f"vault-{number} is back", number < 40, NOW) for number in range(41))
        run.tell(Progress(steps, part=(40, 41)))
        await driver.sees("40 of 41")
        await driver.sees("◐ waiting until vault-40 is back")
        assert "vault-0 is back" not in driver.text
        await driver.press("p")
        await driver.sees("pausing after the current step")
        assert run.paused
        run.tell(Progress(steps, part=(40, 41), paused=True, words="vault-40 is as it was"))
        await driver.sees("▲ paused: no new step starts")
        await driver.sees("vault-40 is as it was")
        await driver.press("p")
        await driver.sees("p pause")
        assert not run.paused
        await driver.press("escape")
        await wait_for(driver.pilot, lambda: isinstance(driver.app.screen, SetScreen), "the form is gone")
        assert "a: show" in driver.lines[1]
        await driver.press("q")
        await driver.sees("continues it later")
        await driver.press("a")
        await driver.sees("waiting until vault-40 is back")
        await driver.press("ctrl+s")
        await driver.sees("to continue: r on the set")


async def test_an_unfinished_restart_is_offered_first() -> None:
    action_service, view = FakeActions(), structs.replace(vault(), role_label="role")
    action_service.left = Unfinished(Path("journal"), JOURNAL, running=False)
    async with driving(FakeSource(fleet_of(view)), action_service=action_service, size=(80, 24)) as driver:
        await driver.stand_on("vault")
        await driver.press("r")
        await driver.sees("a restart started 4m ago was not finished: 2 of 5 pods done")
        assert "as kubectl does" not in driver.text
        await driver.press("enter")
        await driver.sees("WHAT HAPPENS")
        assert action_service.asked == [action_service.left.intent()]
        await driver.press("escape")
        await driver.sees("(●) continue it")
        picker = driver.app.screen.query(RadioRow).first()
        at = len("(●) continue it   (")
        await driver.pilot.click(picker, offset=(at, 0))
        await driver.sees("(●) start over")
        await driver.sees("(●) rolling, as kubectl does")
        await driver.press("enter")
        await driver.sees("WHAT HAPPENS")
        assert action_service.asked[1:] == [Restart(VAULT, view.uid, view.rollout.update)]
        await driver.press("escape", "escape")

        action_service.left = replace(action_service.left, running=True)
        await driver.press("r")
        await driver.sees("is running, here or in another stsview")
        assert isinstance(driver.app.screen, RestartScreen)
        assert "continue it" not in driver.text


async def test_ended_actions_are_announced_until_seen_and_one_of_several_can_be_chosen() -> None:
    action_service, view = FakeActions(), vault()
    async with driving(FakeSource(fleet_of(view)), action_service=action_service, size=(120, 36)) as driver:
        await driver.stand_on("vault")
        for _ in range(2):
            await driver.press("r", "enter")
            await driver.sees("y confirm")
            await driver.press("y")
            await driver.sees("◐ running")
            await driver.press("escape")
            await driver.sees_no("◐ running")
        assert "1 more   a: show" in driver.lines[1]
        await driver.press("a")
        await driver.sees("Running actions")
        await driver.press("enter")
        await driver.sees("◐ set the replicas")
        await driver.press("escape")
        for run in action_service.runs:
            run.step.set()
        await wait_for(driver.pilot, lambda: not driver.app.running_actions.running, "both are through")
        await driver.second()
        assert "● Scale infra/vault from 6 to 3 · done   a: show" in driver.lines[1]
        for _ in range(2):
            await driver.press("a")
            await driver.sees("● done")
            await driver.press("escape")
            await driver.second()
        assert "a: show" not in driver.lines[1]
