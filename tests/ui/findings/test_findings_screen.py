"""Findings screen."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from stsview.model.finding import Danger, Evidence, Finding, Level, Ref, Remedy
from stsview.ui.findings.explain_screen import ExplainScreen
from stsview.ui.findings.findings_screen import FindingsScreen
from stsview.ui.fleet.fleet_screen import FleetScreen
from stsview.ui.kit.look.roles import plain
from stsview.ui.kit.widgets.filter_bar import FilterInput
from stsview.ui.kit.widgets.measured_scroll import MeasuredScroll
from stsview.ui.kit.widgets.span_lines import SpanLines
from stsview.ui.set.set_screen import SetScreen
from tests.support.ui.driver import driving
from tests.support.ui.fake_live import FakeSource
from tests.support.ui.fleets import NOW, fleet_of, healthy, kafka, zookeeper
from tests.support.ui.stage import wait_for

STUCK = Finding(
    "set-stuck",
    Level.ERROR,
    Ref("Pod", "data", "kafka-1", "u"),
    "kafka-1: [b]hostile[/b] image cannot be pulled",
    NOW - timedelta(minutes=12),
    (Evidence("Pod kafka-1", "status.phase", "Pending"),),
    remedies=(Remedy("look at it", Danger.READ_ONLY, command="kubectl get pod kafka-1"),),
    ordinals=(1,),
)
SERVICE = replace(
    STUCK, rule="controller-not-acting", level=Level.WARNING, headline="Service is not headless", ordinals=()
)


async def test_findings_are_filtered_explained_and_opened() -> None:
    other = replace(STUCK, object=Ref("Pod", "data", "kafka-2", "v"), headline="kafka-2: not Ready", ordinals=(2,))
    sets = (
        replace(kafka(), findings=(STUCK, other)),
        replace(zookeeper(), findings=(SERVICE,)),
        healthy("mq", "rabbit", 3),
    )
    async with driving(FakeSource(fleet_of(*sets)), size=(120, 36)) as driver:
        await driver.press("f")
        await driver.sees("CONFIDENCE")
        screen = driver.app.screen
        assert isinstance(screen, FindingsScreen)
        for words in (
            "✖ 2 errors    ▲ 1 warning    · 0 notices",
            "✖ StatefulSet is stuck  2 findings · set-stuck",
            "kafka-1: [b]hostile[/b] image cannot be pulled",
            "Pod kafka-1 status.phase Pending",
            "t 1        look at it · read-only",
            "kubectl get pod kafka-1",
        ):
            assert words in driver.text, words
        await driver.press("2")
        await driver.sees("1 of 3")
        assert "hostile" not in driver.text
        await driver.press("escape")
        await driver.sees("hostile")

        await driver.press("g", "j", "w")
        await driver.sees("SOURCE")
        assert isinstance(driver.app.screen, ExplainScreen)
        lines = [plain(line) for line in driver.app.screen.query_one("#explanation SpanLines", SpanLines).lines]
        assert "  t 1        look at it · read-only" in lines, "the finding first, then its rule"
        assert max(map(len, lines)) <= driver.app.screen.query_one(MeasuredScroll).cells, "nothing is cut off"
        await driver.press("escape")
        await driver.press("g", "enter")
        await driver.sees("2 findings folded")
        await driver.press("enter", "j", "enter")
        await driver.sees("Identity of kafka-1")
        assert isinstance(driver.app.screen, SetScreen)
        assert "Findings  2" in driver.text
        await driver.press("escape")
        await driver.sees("CONFIDENCE")

        driver.source.show(replace(kafka(), findings=()))
        await driver.sees("· 0 errors")
        await driver.press("escape")
        await driver.sees("NAMESPACE")


async def test_no_findings() -> None:
    async with driving(FakeSource(fleet_of(healthy("mq", "rabbit", 3)))) as driver:
        await driver.press("f")
        await driver.sees("1 set checked")


@pytest.mark.parametrize("key", ["f", "n"])
async def test_keys_typed_ahead_are_for_the_screen_that_opens(key: str) -> None:
    async with driving() as driver:
        await driver.burst(key, "slash", *"kafka", "enter")
        await wait_for(driver.pilot, lambda: not isinstance(driver.app.screen, FleetScreen), "the screen is open")
        await driver.sees("kafka")
        await driver.press("escape", "escape")
        await wait_for(driver.pilot, lambda: isinstance(driver.app.screen, FleetScreen), "the fleet is back")
        assert driver.fleet.query_one(FilterInput).value == ""
