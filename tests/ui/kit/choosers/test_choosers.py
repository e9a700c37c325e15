from __future__ import annotations

import pytest

from stsview.ui.kit.choosers.namespace_chooser import NamespaceChooser
from tests.support.ui.driver import Driver, driving
from tests.support.ui.fake_live import FakeSource
from tests.support.ui.stage import wait_for


async def opened(driver: Driver, key: str, words: str) -> None:
    await driver.press(key)
    await driver.sees(words)


async def test_one_namespace_is_two_keys_away() -> None:
    async with driving() as driver:
        await opened(driver, "N", "auth")
        await driver.type("inf")
        await driver.press("enter")
        await wait_for(driver.pilot, lambda: driver.source.selected_namespaces == [("infra",)], "it is selected")
        await wait_for(driver.pilot, lambda: driver.names == ["vault"], "its sets")
        assert "infra" in driver.lines[0]


async def test_several_namespaces_are_marked_and_selected() -> None:
    async with driving() as driver:
        await opened(driver, "N", "auth")
        await driver.type("infra")
        await driver.press("space")
        await driver.press("backspace", "backspace", "backspace", "backspace", "backspace")
        await driver.type("data")
        await driver.press("space", "enter")
        await wait_for(
            driver.pilot, lambda: driver.source.selected_namespaces == [("data", "infra")], "both are selected"
        )


async def test_marking_all_or_nothing_selects_all() -> None:
    async with driving() as driver:
        await opened(driver, "N", "auth")
        await driver.press("down", "space", "space", "enter")
        await wait_for(driver.pilot, lambda: driver.source.selected_namespaces, "something is chosen")
        assert driver.source.selected_namespaces == [("auth",)]
        await opened(driver, "N", "all namespaces")
        await driver.press("home", "up", "up", "up", "space", "enter")
        await wait_for(driver.pilot, lambda: len(driver.source.selected_namespaces) == 2, "all are chosen")
        assert driver.source.selected_namespaces[1] == ()


async def test_escape_changes_nothing() -> None:
    async with driving() as driver:
        await opened(driver, "N", "auth")
        await driver.press("down", "space", "escape")
        await driver.sees("11 sets")
        assert driver.source.selected_namespaces == []


async def test_zero_is_all_namespaces() -> None:
    async with driving() as driver:
        await driver.run_command("ns data,infra")
        await wait_for(
            driver.pilot, lambda: driver.source.selected_namespaces == [("data", "infra")], "typed namespaces"
        )
        await driver.press("0")
        await wait_for(driver.pilot, lambda: driver.source.selected_namespaces[-1] == (), "all")


async def test_the_chooser_opens_before_namespaces_are_listed() -> None:
    source = FakeSource(cluster_namespaces=("auth", "zzz-empty"))
    async with driving(source) as driver:
        source.slow.clear()
        await opened(driver, "N", "infra")
        assert "zzz-empty" not in driver.text
        await driver.type("z")
        source.slow.set()
        await driver.sees("zzz-empty")
        await driver.press("enter")
        await wait_for(
            driver.pilot, lambda: source.selected_namespaces == [("zzz-empty",)], "an empty namespace is selected"
        )


async def test_keys_typed_ahead_reach_only_the_chooser() -> None:
    async with driving() as driver:
        await driver.burst("N", "m", "q", "enter")
        await wait_for(driver.pilot, lambda: driver.source.selected_namespaces == [("mq",)], "mq is selected")
        assert not driver.app._exit


async def test_unlistable_namespaces_are_reported_and_known_ones_offered() -> None:
    source = FakeSource()
    source.refuse_namespaces = RuntimeError("[b]forbidden[/b]")
    async with driving(source) as driver:
        await opened(driver, "N", "[b]forbidden[/b]")
        assert "infra" in driver.text
        assert isinstance(driver.app.screen, NamespaceChooser)


async def test_switching_the_context() -> None:
    async with driving() as driver:
        await driver.open("kafka")
        await opened(driver, "C", "staging")
        assert "current" in driver.text
        await driver.press("down", "enter")
        await wait_for(driver.pilot, lambda: driver.source.switched_to == ["staging"], "it switches")
        await driver.sees("connecting to staging")
        assert "prod-eu1" not in driver.lines[0]
        assert "kafka" not in driver.lines[0]


async def test_an_unreachable_context_changes_nothing() -> None:
    source = FakeSource()
    source.refuse_switch = "staging: connection [red]refused"
    async with driving(source) as driver:
        await driver.open("kafka")
        await driver.run_command("ctx staging")
        await driver.sees("cannot switch to staging")
        await driver.sees("connection [red]refused")
        assert "prod-eu1  ›  data  ›  kafka" in driver.lines[0]


async def test_choosing_the_current_context_changes_nothing() -> None:
    async with driving() as driver:
        await opened(driver, "C", "staging")
        await driver.press("enter")
        await driver.sees("11 sets")
        assert driver.source.switched_to == []


@pytest.mark.parametrize("size", [(80, 24), (40, 10), (20, 5)])
async def test_choosers_fit_small_terminals(size: tuple[int, int]) -> None:
    async with driving(size=size) as driver:
        await driver.press("N")
        await wait_for(driver.pilot, lambda: isinstance(driver.app.screen, NamespaceChooser), "the chooser")
        await driver.press("down", "enter")
        await wait_for(driver.pilot, lambda: driver.source.selected_namespaces == [("auth",)], "it is selected")
