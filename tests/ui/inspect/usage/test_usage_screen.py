"""`U`: usage of each ordinal, measured while a screen that shows it is visible."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from stsview.model.usage.set_usage import Amount, ClaimUsage, ContainerUsage, PodUsage
from stsview.objects.meta import Key
from stsview.ui.inspect.usage.usage_screen import UsageScreen
from tests.support.ui.driver import driving
from tests.support.ui.fake_live import FakeSource
from tests.support.ui.fleets import NOW
from tests.support.ui.hostile import ESCAPES, INVISIBLE, MARKUP, harmful

GI = 1024**3
KAFKA = Key("data", "kafka")


def pods(seconds: int) -> tuple[PodUsage, ...]:
    at = NOW + timedelta(seconds=seconds)
    used = 9 * GI + seconds * 1024**2
    full = ClaimUsage("data-kafka-1", used, 10 * GI, 10 * GI - used, 10, 1000, at)
    memory = Amount(2 * GI, None, 4 * GI)
    containers = (ContainerUsage("kafka", Amount(), memory),)
    cpu = Amount(300_000_000, 500_000_000)
    first = PodUsage("kafka-0", 0, "node-1", cpu, memory, at, (), "uid-0", containers)
    return first, replace(first, pod="kafka-1", ordinal=1, uid="uid-1", claims=(full,))


async def test_usage_is_measured_while_it_is_visible() -> None:
    source = FakeSource()

    def wanted() -> tuple[Key | None, bool]:
        return source.usage_watched[-1]

    async with driving(source, (120, 36)) as driver:
        assert {key for key, _ in source.usage_watched} == {None}
        await driver.open("kafka")
        assert wanted() == (KAFKA, False)
        await driver.press("U")
        assert isinstance(driver.app.screen, UsageScreen)
        assert wanted() == (KAFKA, False)
        await driver.sees("reading usage")
        for seconds in (0, 30, 60, 90):
            source.measure(KAFKA, *pods(seconds))
        source.pass_time(90)
        await driver.sees("1 PVC above 85%")
        await driver.sees("300m / 500m / — used / request / limit")
        await driver.press("r")
        assert wanted() == (KAFKA, True)
        await driver.press("j")
        await driver.sees("full in about 15m, by the last 1m of measurements, too short to be sure")
        source.pass_time(400)
        await driver.second(1)
        await driver.sees("? 90%")
        await driver.sees("full in about 8m")
        source.measure(KAFKA, problem="you may not list pods in data")
        await driver.sees("not current: you may not list pods in data")
        await driver.press("l")
        assert wanted() == (None, False)
        await driver.press("escape")
        assert wanted() == (KAFKA, False)
        await driver.press("escape")
        assert wanted() == (None, False)


async def test_hostile_names_are_drawn_as_text() -> None:
    source, attack = FakeSource(), "".join((*MARKUP, *ESCAPES, *INVISIBLE))
    first, second = pods(0)
    claim = replace(second.claims[0], claim=attack)
    hostile = replace(second, pod=attack, claims=(claim, replace(claim, claim="\x1b[2J")))
    async with driving(source, (200, 40)) as driver:
        await driver.open("kafka")
        source.measure(KAFKA, first, hostile, unknown=(attack,))
        await driver.press("U", "j")
        await driver.sees("90%")
        assert not harmful(driver.text.replace("\n", ""))
        source.measure(KAFKA, problem=attack)
        await driver.sees("not current ")
        assert not harmful(driver.text.replace("\n", ""))
