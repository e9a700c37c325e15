"""`U`: usage of each ordinal, read every 15 seconds while the screen is visible."""

from __future__ import annotations

from datetime import timedelta

from stsview.model.usage import Amount, ClaimUsage, PodUsage
from stsview.ui.inspect.usage.usage_screen import UsageScreen
from tests.support.ui.driver import driving
from tests.support.ui.fake_live import FakeSource
from tests.support.ui.fleets import NOW

GI = 1024**3


def pods(seconds: int) -> tuple[PodUsage, ...]:
    at = NOW + timedelta(seconds=seconds)
    used = 9 * GI + seconds * 1024**2
    full = ClaimUsage("data-kafka-1", used, 10 * GI, 10 * GI - used, 10, 1000, at)
    return (
        PodUsage("kafka-0", 0, "node-1", Amount(250_000_000, 500_000_000), Amount(2 * GI, None, 4 * GI), at),
        PodUsage("kafka-1", 1, "node-2", Amount(300_000_000, 500_000_000), Amount(2 * GI, None, 4 * GI), at, (full,)),
    )


async def test_usage_is_read_while_it_is_visible() -> None:
    source = FakeSource()
    source.used = [pods(seconds) for seconds in (0, 30, 60, 90)]
    async with driving(source, (120, 36)) as driver:
        await driver.open("kafka")
        assert source.usage_asked == []
        await driver.press("U")
        await driver.sees("1 PVC above 85%")
        assert isinstance(driver.app.screen, UsageScreen)
        await driver.sees("250m / 500m / — used / request / limit")
        await driver.sees("9Gi/10Gi")
        for count in (2, 3):
            await driver.second(5)
            assert len(source.usage_asked) == count - 1
            await driver.second(10)
            await driver.settle()
            assert len(source.usage_asked) == count
        await driver.press("r")
        await driver.settle()
        assert len(source.usage_asked) == 4
        await driver.press("j")
        await driver.sees("full in about 15m, by the last 1m of measurements, too short to be sure")
        await driver.press("escape")
        await driver.second(20)
        assert len(source.usage_asked) == 4
