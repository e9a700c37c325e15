"""The form for growing storage, and what announces an unfinished growth."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from stsview.actions.intents import Grow
from stsview.actions.operations.grow.journal import Journal, Unfinished
from stsview.model.states import ClaimStatus, Health
from stsview.model.views import ClaimView, SetView
from tests.support.ui.driver import driving
from tests.support.ui.fake_actions import FakeActions
from tests.support.ui.fake_live import FakeSource
from tests.support.ui.fleets import fleet_of, ordinal_of, set_of

_GI = 2**30


def with_claims(*templates: str) -> SetView:
    view = set_of("data", "kafka", tuple(ordinal_of("kafka", ordinal) for ordinal in range(3)))

    def claims(ordinal: int) -> tuple[ClaimView, ...]:
        return tuple(
            ClaimView(one, f"{one}-kafka-{ordinal}", ClaimStatus.BOUND, Health.READY, size=(10 + ordinal) * _GI)
            for one in templates
        )

    return replace(view, ordinals=tuple(replace(row, claims=claims(row.ordinal)) for row in view.ordinals))


async def test_every_answer_reaches_the_intent_and_a_bad_one_is_shown() -> None:
    view, action_service = with_claims("data", "logs"), FakeActions()
    async with driving(FakeSource(fleet_of(view)), action_service=action_service) as driver:
        await driver.open("kafka")
        await driver.press("plus")
        await driver.sees("now 10 Gi to 12 Gi")
        await driver.press("tab", *"20GB", "enter")
        await driver.sees("write a size, as in 20Gi or 500Mi")
        await driver.press("backspace", "backspace", *"Gi", "tab", *"0,7", "enter")
        await driver.sees("no ordinal 7")
        await driver.press("backspace", "2", "tab", "backspace", "0", "enter")
        await driver.sees("write a number from 1 to 1000")
        await driver.press("backspace", "2", "tab", "space")
        await driver.sees("A claim template cannot be changed")
        await driver.press("enter")
        await driver.sees("WHAT HAPPENS")
    assert action_service.asked == [Grow(view.key, view.uid, "20Gi", "data", (0, 2), 2, template=True)]


async def test_a_set_without_storage_has_nothing_to_grow() -> None:
    async with driving(FakeSource(fleet_of(with_claims())), action_service=FakeActions()) as driver:
        await driver.open("kafka")
        await driver.run_command("grow 20Gi")
        await driver.sees("data/kafka has no PVCs of its own")


async def test_an_unfinished_growth_is_announced_and_continued() -> None:
    view, action_service = with_claims("data"), FakeActions()
    started, done = "2026-01-01T00:00:00Z", ("data-kafka-2",)
    about = "id", "data", "kafka", view.uid, "", "", started
    journal = Journal(*about, "20Gi", "data", (2, 1, 0), 1, template=False, done=done)
    action_service.left_growth = Unfinished(Path("journal"), journal, running=False)
    async with driving(FakeSource(fleet_of(view)), action_service=action_service) as driver:
        await driver.app.running_actions.read_unfinished()
        driver.app.tick()
        await driver.sees("unfinished growth to 20Gi")
        await driver.open("kafka")
        await driver.press("plus")
        await driver.sees("data-kafka-2 done, 2 left")
        await driver.press("enter")
        await driver.sees("WHAT HAPPENS")
    assert action_service.asked == [Grow(view.key, view.uid, "20Gi", "data", (2, 1, 0), continues="id")]
