from __future__ import annotations

from pathlib import Path

import pytest

from stsview.live.snapshot import Link, PictureHealth
from stsview.ui.app import StsviewApp
from stsview.ui.findings.findings_screen import FindingsScreen
from stsview.ui.fleet.fleet_screen import FleetScreen
from stsview.ui.kit.first_keys import FirstKeys
from stsview.ui.kit.live.header_line import HeaderLine
from stsview.ui.set.set_screen import SetScreen
from tests.support.ui.driver import driving
from tests.support.ui.fake_actions import FakeActions
from tests.support.ui.fake_live import FakeSource
from tests.support.ui.fleets import NOW, ago, fleet_of, healthy, kafka, vault
from tests.support.ui.stage import wait_for


async def test_the_first_frame_is_painted_before_the_source_runs() -> None:
    source = FakeSource()
    seen: list[str] = []

    class Watching(FakeSource):
        async def run(self) -> None:
            seen.append("\n".join(line for line in driver.lines))
            await super().run()

    source = Watching()
    source.hold.clear()
    async with driving(source, wait=False) as driver:
        await driver.sees("connecting to prod-eu1")
        await wait_for(driver.pilot, lambda: seen, "the source runs")
        assert "connecting to prod-eu1" in seen[0]
        assert "◌ connecting" in driver.lines[0]
        assert "0 sets" not in driver.text
        source.hold.set()
        await driver.sees("waits for kafka-3")
        assert "● live" in driver.lines[0]


async def test_a_source_that_cannot_start_exits_the_app() -> None:
    app = StsviewApp(FakeSource(refuse="context nowhere does not exist"))
    async with app.run_test() as pilot:
        await wait_for(pilot, lambda: app.failure, "it gives up")
    assert app.failure == "context nowhere does not exist"
    assert app.return_code == 2


async def test_a_crash_of_the_source_is_reported_and_its_data_is_not_live() -> None:
    async with driving() as driver:
        crash = driver.source.crash
        assert crash is not None
        crash.set_exception(KeyError("a [red]bug[/red]"))
        await driver.sees("internal error, stsview stopped reading the cluster: KeyError")
        assert "[red]bug[/red]" in driver.text
        assert "disconnected 0 s" in driver.lines[0]
        assert "live" not in driver.lines[0]
        assert "kafka" in driver.text
        await driver.press("q")
    assert driver.app.return_code == 1


async def test_q_quits_and_ends_the_subscription() -> None:
    async with driving() as driver:
        assert driver.source.listeners == 1
        await driver.press("q")
    assert driver.app.return_code == 0
    assert driver.source.listeners == 0
    assert not driver.source.running


async def test_the_connection_state() -> None:
    async with driving() as driver:
        for health, words, stale in (
            (PictureHealth(Link.SILENT, ago(seconds=22)), "no response for 22 s", True),
            (PictureHealth(Link.DISCONNECTED, ago(seconds=41)), "disconnected 41 s", True),
            (PictureHealth(Link.LIVE, degraded=("you may not list pods",)), "1 kind not read", False),
            (PictureHealth(Link.LOADING, loaded=12_000, remaining=38_000), "loading 12,000 of 50,000 objects", False),
        ):
            driver.source.set_health(health)
            await driver.sees(words)
            assert words in driver.lines[0]
            assert driver.app.screen.query_one("#body").has_class("-stale") is stale
            assert driver.fleet.table.opacity == (0.5 if stale else 1.0)


async def test_stale_data_shows_its_age_and_recovers() -> None:
    async with driving() as driver:
        driver.source.set_health(PictureHealth(Link.DISCONNECTED, NOW, problem="connection refused"))
        await driver.sees("Data is 0 s old · connection refused")
        await driver.second(41)
        assert "Data is 41 s old" in driver.lines[1]
        assert "disconnected 41 s" in driver.lines[0]
        driver.source.set_health(PictureHealth(Link.LIVE))
        await driver.sees("● live")
        assert driver.lines[1].strip() == ""


async def test_retry_is_available_while_it_can_help() -> None:
    async with driving() as driver:
        assert "^r retry" not in driver.lines[-1]
        await driver.press("ctrl+r")
        assert driver.source.retries == 0
        driver.source.set_health(PictureHealth(Link.DISCONNECTED, NOW, problem="the login has ended"))
        await driver.sees("^r retry")
        await driver.press("ctrl+r")
        await driver.press("slash", "ctrl+r", "escape")
        assert driver.source.retries == 2
        await driver.open("kafka")
        assert "^r retry" in driver.lines[-1]
        await driver.press("ctrl+r")
        assert driver.source.retries == 3
        driver.source.set_health(PictureHealth(Link.LIVE, degraded=("you may not list pods",)))
        await driver.sees("^r recheck")
        assert "^r retry" not in driver.text
        await driver.press("ctrl+r")
        assert driver.source.retries == 4
        driver.source.set_health(PictureHealth(Link.LIVE))
        await driver.sees_no("^r")


async def test_ages_and_the_clock_update_every_second() -> None:
    async with driving(FakeSource(fleet_of(kafka()))) as driver:
        assert "18:22:07" in driver.lines[0]
        assert "waits for kafka-3 12m" in driver.text
        await driver.second(60)
        assert "18:23:07" in driver.lines[0]
        assert "waits for kafka-3 13m" in driver.text


async def test_the_breadcrumb_can_be_clicked() -> None:
    async with driving() as driver:
        await driver.open("kafka")
        await driver.pilot.click(HeaderLine, offset=(driver.lines[0].index("data"), 0))
        await driver.sees("NAMESPACE")
        await driver.pilot.click(HeaderLine, offset=(driver.lines[0].index("prod"), 0))
        await driver.sees("staging")
        await driver.press("escape")
        await driver.sees_no("staging")
        await driver.pilot.click(HeaderLine, offset=(driver.lines[0].index("all"), 0))
        await driver.sees("type to filter")


async def test_only_changes_are_redrawn() -> None:
    async with driving(FakeSource(fleet_of(kafka(), healthy("mq", "rabbitmq", 3)))) as driver:
        table = driver.fleet.table
        drawn = [table.render_line(y) for y in range(4)]
        await driver.second(60)
        again = [table.render_line(y) for y in range(4)]
        # Strips are cached while a row is unchanged: the age of the crash loop has changed, the healthy set has not.
        assert [before is after for before, after in zip(drawn, again, strict=True)][1:3] == [False, True]


async def test_themes_are_switched_from_the_palette() -> None:
    async with driving() as driver:
        await driver.run_command("theme light")
        await wait_for(driver.pilot, lambda: driver.app.theme == "stsview-light", "it is light")
        assert "kafka" in driver.text


async def test_an_unknown_theme_is_reported() -> None:
    async with driving() as driver:
        driver.app.action_theme("[b]pink")
        await driver.sees("unknown theme")
        await driver.sees("[b]pink")
        assert driver.app.theme == "stsview-dark"


def test_an_unknown_theme_at_the_start_is_an_error() -> None:
    with pytest.raises(ValueError, match="unknown theme"):
        StsviewApp(FakeSource(), theme="pink")


async def test_help_lists_the_keys_of_the_screen() -> None:
    async with driving(size=(120, 60)) as driver:
        await driver.press("question_mark")
        await driver.sees("Filter the sets")
        await driver.sees("Choose the namespaces to watch")
        await driver.press("escape")
        await driver.sees_no("Choose the namespaces to watch")


@pytest.mark.parametrize("command", ["q", "quit"])
async def test_typed_commands(command: str) -> None:
    async with driving() as driver:
        await driver.run_command(command)
        await wait_for(driver.pilot, lambda: driver.app._exit, "it ends")


@pytest.mark.parametrize("screen", ["fleet", "set"])
async def test_any_terminal_size(screen: str) -> None:
    async with driving() as driver:
        if screen == "set":
            await driver.open("kafka")
        for size in [(1, 1), (2, 60), (220, 1), (0, 0), (10, 5), (120, 36)]:
            await driver.pilot.resize_terminal(*size)
            await driver.settle()
            driver.source.show(kafka())
            driver.app.tick()
            await driver.settle()
        await driver.sees("kafka-3")
        assert "● live" in driver.lines[0]


async def test_the_clock_of_the_header_moves_under_every_stack_of_dialogs() -> None:
    source = FakeSource(fleet_of(vault()))
    async with driving(source, action_service=FakeActions(), size=(80, 24)) as driver:
        await driver.open("vault")
        for keys in (("r",), ("r", "enter"), ("P",), ("s",), ("ctrl+d",), ("question_mark",), ("colon",)):
            before = source.now()
            await driver.press(*keys)
            await wait_for(driver.pilot, lambda: len(driver.app.screen_stack) >= 3, f"{keys} opens a dialog")
            if keys == ("r", "enter"):
                await driver.sees("WHAT HAPPENS")
            assert f"{before:%H:%M:%S}" in driver.lines[0]
            source.pass_time(5)
            driver.app.tick()
            await driver.settle()
            assert f"{source.now():%H:%M:%S}" in driver.lines[0], keys
            while not isinstance(driver.app.screen, SetScreen):
                await driver.press("escape")


@pytest.mark.parametrize("key", ["enter", "question_mark"])
async def test_the_first_keys_are_shown_until_one_is_used(key: str, tmp_path: Path) -> None:
    remembered = tmp_path / "state" / "first-keys-used"
    async with driving(size=(80, 24), first_keys=FirstKeys(remembered)) as driver:
        assert "enter open  ·  f findings  ·  t fix  ·  l logs  ·  ? help" in driver.lines[1]
        await driver.press("j", "slash", "escape")
        assert "f findings" in driver.lines[1]
        assert not remembered.exists()
        await driver.press(key)
        await wait_for(driver.pilot, remembered.exists, "the use is remembered")
        await driver.press("escape")
        await driver.settle()
        assert isinstance(driver.app.screen, FleetScreen)
        assert "f findings" not in driver.lines[1]
    async with driving(first_keys=FirstKeys(remembered)) as driver:
        assert driver.lines[1].strip() == ""


async def test_a_state_folder_that_cannot_be_written_does_not_matter(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    async with driving(first_keys=FirstKeys(file / "stsview" / "first-keys-used")) as driver:
        await driver.press("f")
        await wait_for(driver.pilot, lambda: isinstance(driver.app.screen, FindingsScreen), "the findings")


async def test_gaps_in_the_data_precede_the_first_keys(tmp_path: Path) -> None:
    async with driving(first_keys=FirstKeys(tmp_path / "used")) as driver:
        driver.source.set_health(PictureHealth(Link.LIVE, degraded=("you may not list pods",)))
        await driver.sees("▲ you may not list pods")
        assert "t fix" not in driver.lines[1]
