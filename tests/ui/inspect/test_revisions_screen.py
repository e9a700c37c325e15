"""Revisions screen."""

from __future__ import annotations

from stsview.actions.intents import Undo
from stsview.model.cache.coverage import Coverage, KindCoverage
from stsview.model.rollout.detail import PartHealth, RevisionView, SetDetail
from stsview.objects.meta import Key
from stsview.ui.fleet.fleet_screen import FleetScreen
from stsview.ui.inspect.revisions_screen import RevisionsScreen
from tests.support.ui.driver import driving
from tests.support.ui.fake_actions import FakeActions
from tests.support.ui.fake_live import FakeSource
from tests.support.ui.fleets import ago
from tests.support.ui.stage import wait_for

KAFKA = Key("data", "kafka")
COMPLETE = PartHealth(KindCoverage(Coverage.COMPLETE))
FORBIDDEN = PartHealth(KindCoverage(Coverage.FORBIDDEN, "you may not list controllerrevisions"))


def revision(number: int, hash_: str, image: str, *, manager: str = "", cause: str = "") -> RevisionView:
    template = {"$patch": "replace", "spec": {"containers": [{"image": image, "name": "kafka"}]}}
    return RevisionView(
        f"kafka-{hash_}", number, ago(days=30 - number), {}, template, manager, cause, ago(days=10 - 2 * number)
    )


FIRST = revision(1, "aaaa", "kafka:3.6")
CURRENT = revision(2, "5d4b99c7f8", "kafka:3.7")
UPDATE = revision(3, "7c9f01d2aa", "kafka:3.8", manager="kubectl-set", cause="[b]3.8[/b] \x1b[2J")


async def test_each_revision_is_compared_with_the_update_revision() -> None:
    source = FakeSource()
    async with driving(source, (120, 36)) as driver:
        await driver.stand_on("kafka")
        await driver.press("u")
        await driver.sees("loading revisions of kafka")
        screen = driver.app.screen
        assert isinstance(screen, RevisionsScreen)
        await wait_for(driver.pilot, lambda: source.opened == KAFKA, "the detail of kafka is asked for")
        source.set_detail(SetDetail(KAFKA, revisions=(FIRST, CURRENT, UPDATE), revisions_health=COMPLETE))
        await driver.sees("+     image: kafka:3.8")
        for words in (
            "3 revisions",
            "7c9f01d2aa      27d            4d     3  update   kubectl-set  [b]3.8[/b] ␛[2J",
            "5d4b99c7f8      28d            6d     3  current",
            "- 2 5d4b99c7f8   + 3 7c9f01d2aa   pod template",
            "spec.containers[kafka].image",
            "-     image: kafka:3.7",
        ):
            assert words in driver.text, words
        await driver.press("G")
        await driver.sees("- 1 aaaa   + 3 7c9f01d2aa")
        await driver.sees("-     image: kafka:3.6")
        await driver.press("tab")
        assert screen.pager.has_focus
        await driver.press("tab", "c")
        await driver.sees("--- kafka-aaaa")
        await driver.press("escape")

        same = SetDetail(KAFKA, revisions=(CURRENT, UPDATE), revisions_health=COMPLETE)
        source.set_detail(same)
        await driver.sees("2 revisions")
        assert screen.selected is not None
        source.set_detail(SetDetail(KAFKA, revisions=(UPDATE,), revisions_health=COMPLETE))
        await driver.sees("the only revision")
        await driver.press("escape")
        await wait_for(driver.pilot, lambda: isinstance(driver.app.screen, FleetScreen), "back on the fleet")


async def test_any_two_revisions_are_compared_and_the_selected_one_is_rolled_back_to() -> None:
    source, action_service = FakeSource(), FakeActions()
    async with driving(source, (80, 24), action_service=action_service) as driver:
        await driver.stand_on("kafka")
        await driver.press("u")
        source.set_detail(SetDetail(KAFKA, revisions=(FIRST, CURRENT, UPDATE), revisions_health=COMPLETE))
        await driver.sees("- 2 5d4b99c7f8   + 3 7c9f01d2aa")
        assert "u roll back" not in driver.lines[-1]
        await driver.press("j", "space")
        await driver.sees("current ✔ diff base")
        await driver.press("j")
        await driver.sees("- 1 aaaa   + 2 5d4b99c7f8")
        await driver.press("k", "k")
        await driver.sees("- 2 5d4b99c7f8   + 3 7c9f01d2aa")
        await driver.press("j", "space")
        await driver.sees_no("✔ diff base")
        await driver.press("j")
        await driver.sees("- 1 aaaa   + 3 7c9f01d2aa")
        assert "u roll back" in driver.lines[-1]
        await driver.press("u")
        await driver.sees("WHAT HAPPENS")
        view = source.snapshot.fleet.sets[KAFKA]
        assert action_service.asked == [Undo(KAFKA, view.uid, view.rollout.update, FIRST.name)]
        await driver.press("escape")
        await driver.sees("revisions of kafka")


async def test_placeholders_without_revisions() -> None:
    source = FakeSource()
    async with driving(source, (80, 24)) as driver:
        await driver.open("kafka")
        await driver.press("u")
        source.set_detail(SetDetail(KAFKA, revisions_health=FORBIDDEN))
        await driver.sees("revisions unavailable")
        assert "you may not list controllerrevisions" in driver.text
        source.set_detail(SetDetail(KAFKA, revisions_health=COMPLETE))
        await driver.sees("kafka has no revisions")
        await driver.press("escape")
        await driver.sees("back")
