"""Rules that the configuration disables are named wherever a set may look well without their findings."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.support.ui.driver import driving
from tests.support.ui.fake_live import FakeSource


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_every_screen_that_judges_says_how_many_are_disabled(size: tuple[int, int]) -> None:
    source = FakeSource()
    async with driving(source, size=size) as driver:
        source.publish(replace(source.snapshot, disabled_rules=("leftover-claims", "service-missing")))
        await driver.sees("2 rules disabled")
        await driver.press("f")
        await driver.sees("2 rules disabled")
        await driver.press("escape")
        await driver.open("postgres")
        await driver.sees("(2 rules disabled)")
