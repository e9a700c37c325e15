"""Keys of the whole program: which are in sight, how one goes back and quits, and what a key says that cannot act."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from stsview.live.snapshot import Link, PictureHealth, Scope
from stsview.model.action_id import ActionId
from stsview.model.finding import Danger, Evidence, Finding, Level, Ref, Remedy
from stsview.model.views import SetView
from stsview.ui.fleet.fleet_screen import FleetScreen
from stsview.ui.set.set_screen import SetScreen
from tests.support.ui.driver import Driver, driving
from tests.support.ui.fake_actions import FakeActions
from tests.support.ui.fake_live import FakeSource
from tests.support.ui.fleets import NOW, fleet_of, healthy, kafka
from tests.support.ui.stage import wait_for


def broken() -> SetView:
    """A set with a pod of every use: findings, fixes, a rollout."""
    finding = Finding(
        "pod-never-started",
        Level.ERROR,
        Ref("Pod", "data", "kafka-3", "u"),
        "kafka-3: held up",
        NOW,
        (Evidence("Pod kafka-3", "status.phase", "Running"),),
        remedies=(Remedy("wake it", Danger.REVERSIBLE, ActionId.RECONCILE, "kubectl …"),),
        ordinals=(3,),
    )
    return replace(kafka(), findings=(finding,))


SCREENS = {
    "fleet": ("t u e l enter s ?", "t u e l enter s r f ?", "t u e l enter s r f / p : ?"),
    "findings": ("w t u e l esc ?", "w t u e l enter / esc ?", "w t u e l enter x / p : d y esc ?"),
    "set": ("t u e l s r esc ?", "t u e l s r ^d ^k esc ?", "t u e l s r ^d ^k x / p tab esc ?"),
    "logs": ("f u e x esc ?", "f u e x / p : esc ?", "f u e x / p : d y w t esc ?"),
    "yaml": ("u e l / esc ?", "u e l x / p o r esc ?", "u e l x / p o r : d w esc ?"),
    "describe": ("u e l / esc ?", "u e l x / p o r esc ?", "u e l x / p o r : y w esc ?"),
    "events": ("w u l / esc ?", "w u l / p : esc ?", "w u l / p : d y esc ?"),
    "revisions": ("e l s r esc ?", "e l s r p : esc ?", "e l s r p : P d y esc ?"),
}
"""The screens about kafka, in an order in which the set stays open once it is; their keys at 60, 80 and 120 cells."""


async def show(driver: Driver, screen: str) -> None:
    """Go to a screen from the fleet or, but for the fleet and its findings, from the set."""
    if isinstance(driver.app.screen, FleetScreen):
        await driver.stand_on("kafka")
    if screen == "findings":
        await driver.press("f")
    elif screen != "fleet":
        if isinstance(driver.app.screen, FleetScreen):
            await driver.open("kafka")
        await driver.press(
            *{"set": "", "logs": "l", "yaml": "y", "describe": "d", "events": "e", "revisions": "u"}[screen]
        )
    await driver.settle()


def keys_of(line: str) -> list[str]:
    """The keys of a key bar, without their labels."""
    return [entry.split()[0] for entry in line.strip().split("  ") if entry]


async def test_keys_for_an_incident_are_in_sight() -> None:
    async with driving(FakeSource(fleet_of(broken())), size=(80, 24), action_service=FakeActions()) as driver:
        for screen, (at_60, at_80, at_120) in SCREENS.items():
            await show(driver, screen)
            for cells, wanted in ((80, at_80), (120, at_120), (60, at_60), (100, at_80), (200, at_120)):
                await driver.pilot.resize_terminal(cells, 24)
                await driver.settle()
                shown = keys_of(driver.lines[-1])
                # In this order, with what matters less only after them.
                assert [key for key in shown if key in wanted.split()] == wanted.split(), (screen, driver.lines[-1])
                least = max(shown.index(key) for key in wanted.split() if key not in ("esc", "?"))
                assert not [key for key in shown[:least] if key in ("N", "C", "q", "c")], driver.lines[-1]
                # What Enter does is said wherever Enter is.
                assert "enter" not in shown or "enter open" in driver.lines[-1]
            if screen not in ("fleet", "set"):
                await driver.press("escape")


@pytest.mark.parametrize("key", ["q", "escape"])
async def test_q_and_esc_go_back_from_a_view(key: str) -> None:
    async with driving(FakeSource(fleet_of(broken()))) as driver:
        for screen in SCREENS:
            await show(driver, screen)
            assert isinstance(driver.app.screen, FleetScreen | SetScreen) == (screen in ("fleet", "set"))
            if screen not in ("fleet", "set"):
                await driver.press(key)
                await wait_for(
                    driver.pilot, lambda: isinstance(driver.app.screen, FleetScreen | SetScreen), f"{screen} is closed"
                )
                assert isinstance(driver.app.screen, FleetScreen) == (screen == "findings")
        assert driver.app.is_running


async def test_q_asks_on_a_set_before_it_quits() -> None:
    async with driving() as driver:
        await driver.open("kafka")
        await driver.press("ctrl+c")
        await driver.sees("q quits on the fleet, :q on any screen")
        assert "ctrl+q" not in driver.text
        await driver.press("q")
        await driver.sees("q again to quit, esc to go back")
        assert driver.app.is_running
        await driver.press("q")
    assert driver.app.return_code == 0


async def test_a_key_that_cannot_act_says_why() -> None:
    source = FakeSource(fleet_of(broken()), scope=Scope("prod", read_only="read-only mode (--read-only)"))
    async with driving(source, action_service=FakeActions(), size=(140, 40)) as driver:
        words = "read-only mode (--read-only)"
        await driver.press("s")
        await driver.sees(f"scale: {words[:24]}")
        await driver.open("kafka")
        await driver.press("ctrl+d")
        await driver.sees(f"delete: {words[:24]}")
        for typed in ("restart", "kill"):
            await driver.run_command(typed)
            await driver.sees(f":{typed}: {words[:24]}")


async def test_a_key_that_needs_live_data_says_what_it_is() -> None:
    source = FakeSource(fleet_of(broken()), scope=Scope("prod"))
    async with driving(source, action_service=FakeActions(), size=(140, 40)) as driver:
        await driver.open("kafka")
        for health, words in (
            (Link.DISCONNECTED, "disconnected: no changes until data is live"),
            (Link.SILENT, "prod does not respond: no changes until data is live"),
            (Link.POLLED, "data is polled: no changes until data is live"),
        ):
            source.set_health(PictureHealth(health, NOW))
            await driver.settle()
            await driver.press("ctrl+d")
            await driver.sees(f"delete: {words[:24]}")
            await driver.run_command("restart")
            await driver.sees(f":restart: {words[:24]}")


async def test_keys_and_commands_say_what_they_lack() -> None:
    async with driving(
        FakeSource(fleet_of(healthy("mq", "nats", 3))), action_service=FakeActions(), size=(140, 50)
    ) as driver:
        await driver.press("t")
        await driver.sees("no finding here proposes a step")
        await driver.press("a")
        await driver.sees("no action has run yet")
        for typed, words in (
            ("pause", ":pause: no rollout in progress on mq/nats"),
            ("unblock", ":unblock: no pod blocks the rollout of mq/nats"),
            ("canary next", ":canary: no canary in progress on mq/nats"),
            ("scale 3", ":scale: nats already has 3 replicas"),
            ("scale x", 'not "x"'),
            ("pause now", ":pause: no rollout in progress on mq/nats"),
            ("findings now", ":findings takes no argument"),
            ("kill", ":kill is available on the screen of a set"),
            ("sort", "type the column, :sort namespace"),
            ("sort ready", "READY▲"),
        ):
            await driver.run_command(typed)
            await driver.sees(words)
            await driver.press("escape")


async def test_help_opens_everywhere() -> None:
    async with driving(FakeSource(fleet_of(broken())), action_service=FakeActions(), size=(140, 58)) as driver:
        for keys, words in (
            ((), "Filter the sets"),
            (("f",), "Explain this finding and its rule"),
            (("s", "f1"), "Close without a plan"),
            (("s",), "Close without a plan"),
            (("t", "f1"), "Close without a change"),
            (("colon", "f1"), "Complete the typed text"),
            (("enter", "ctrl+d"), "Explain the finding behind this plan"),
            # A plan has its own F1: the finding behind it.
            (("ctrl+d", "f1"), "MEANING"),
        ):
            await driver.press(*keys)
            await driver.press(*(() if "f1" in keys else ("question_mark",)))
            await driver.sees(words)
            await driver.press("escape", *(("escape",) if keys and words != "MEANING" else ()))
            await driver.settle()


async def test_a_typed_namespace_must_exist() -> None:
    async with driving(size=(140, 36)) as driver:
        for typed, words in (
            ("ns dtaa", ":ns: namespace dtaa does not exist; did you mean data?"),
            ("ns data", ""),
            ("ns all", ""),
        ):
            await driver.run_command(typed)
            await driver.sees(words)
        await wait_for(driver.pilot, lambda: driver.source.selected_namespaces == [("data",), ()], "both were selected")
        driver.source.unlisted = "you may not list namespaces"
        await driver.run_command("ns nosuch")
        await driver.sees("not known whether nosuch exists")
        await wait_for(driver.pilot, lambda: driver.source.selected_namespaces[-1] == ("nosuch",), "it is allowed")


async def test_a_set_is_opened_by_name() -> None:
    async with driving(size=(140, 36)) as driver:
        for typed, words in (("sts kafak", "no StatefulSet kafak; did you mean kafka?"), ("", "")):
            await driver.run_command(typed or "sts kafka")
            await driver.sees(words)
            await driver.press(*(("escape",) if typed else ()))
        await wait_for(driver.pilot, lambda: isinstance(driver.app.screen, SetScreen), "the set is open")
        await driver.run_command("sts")
        await wait_for(driver.pilot, lambda: isinstance(driver.app.screen, FleetScreen), "the fleet")


async def test_names_of_kinds_lead_to_the_objects_of_the_selected_set() -> None:
    async with driving(FakeSource(fleet_of(broken())), action_service=FakeActions()) as driver:
        for typed, words in (
            ("pvc", "PVC  data-kafka-3"),
            ("svc", "Service  kafka-hs"),
            ("node", "node  w-1"),
            ("po", "─ Findings  1"),
            ("pods", "─ Findings  1"),
            ("pv", "volume  pvc-"),
            ("po", "─ Findings  1"),
            ("ev", "events of kafka"),
            ("sts", "1 set"),
            ("pulse", 'unknown command "pulse"; did you mean'),
        ):
            await driver.run_command(typed)
            await driver.sees(words)
        assert isinstance(driver.app.screen_stack[-2], FleetScreen)
