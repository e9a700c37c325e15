"""Events screen."""

from __future__ import annotations

from msgspec.structs import replace

from stsview.model.cache.coverage import Coverage, KindCoverage
from stsview.model.rollout.detail import EventView, PartHealth, SetDetail
from stsview.objects.meta import Key
from stsview.ui.fleet.fleet_screen import FleetScreen
from stsview.ui.inspect.events.events_screen import EventsScreen
from stsview.ui.inspect.inspect_target import InspectTarget
from tests.support.ui.driver import Driver, driving
from tests.support.ui.fake_live import FakeSource
from tests.support.ui.fleets import ago
from tests.support.ui.stage import wait_for

KAFKA = Key("data", "kafka")
COMPLETE = PartHealth(KindCoverage(Coverage.COMPLETE))


def event(number: int, *, warning: bool = False) -> EventView:
    message = f"message {number} [/red] \x1b[2J"
    reason = "BackOff" if warning else "Pulled"
    first, last = ago(minutes=60), ago(minutes=50 - number)
    return EventView("Pod", "kafka-3", warning, reason, message, first, last, 3, uid=str(number))


def show(driver: Driver, *events: EventView, health: PartHealth = COMPLETE) -> None:
    """Publish a picture with these events of kafka."""
    source = driver.source
    source.set_detail(SetDetail(KAFKA, events, events_health=health))


async def test_events_are_followed_filtered_and_inspected() -> None:
    source = FakeSource()
    async with driving(source, (120, 36)) as driver:
        await driver.stand_on("kafka")
        await driver.press("e")
        await driver.sees("loading events of kafka")
        await wait_for(driver.pilot, lambda: source.opened == KAFKA, "the detail of kafka is asked for")
        events = [event(number, warning=number == 3) for number in range(40)]
        show(driver, *events)
        await driver.sees("message 39 [/red] ␛[2J")
        screen = driver.app.screen
        assert isinstance(screen, EventsScreen)
        assert screen.table.cursor_key == "39"
        assert "▲ 1 warning · 40 events" in driver.text
        assert "3 times since 17:22:07" in driver.text

        # A cursor on the newest row follows; any other stays.
        show(driver, *events, event(40))
        await driver.sees("message 40")
        assert screen.table.cursor_key == "40"
        await driver.press("k", "k")
        show(driver, *events, event(40), replace(event(41), name="kafka-5"))
        await driver.sees("42 events")
        assert screen.table.cursor_key == "38"

        await driver.press("w")
        await driver.sees("1 of 42")
        await driver.sees("▲  47m")
        assert screen.inspect_target() == InspectTarget(KAFKA, "kafka-3")
        await driver.press("w", "slash")
        await driver.type("kafka-5")
        await driver.sees("1 of 42")
        assert screen.inspect_target() == InspectTarget(KAFKA, "kafka-5")
        await driver.press("enter", "escape")
        await driver.sees_no("1 of 42")
        await driver.press("escape")
        await wait_for(driver.pilot, lambda: isinstance(driver.app.screen, FleetScreen), "the fleet is back")
        await wait_for(driver.pilot, lambda: source.opened is None, "the details are no longer read")


async def test_placeholders_without_events() -> None:
    async with driving(FakeSource(), (80, 24)) as driver:
        await driver.open("kafka")
        await driver.press("e")
        await driver.sees("loading events of kafka")
        show(driver, health=PartHealth(KindCoverage(Coverage.FORBIDDEN, "you may not list events in data")))
        await driver.sees("? events unavailable")
        assert "you may not list events in data" in driver.text
        show(driver)
        await driver.sees("no recent events for kafka")
        show(driver, event(1), health=replace(COMPLETE, behind="the connection broke"))
        await driver.sees("▲ the connection broke")
        await driver.press("escape")
        await driver.sees("waits for kafka-3")
