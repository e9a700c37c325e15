"""The logs of several ordinals on one screen."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from stsview.live.on_demand import Description
from stsview.objects.kinds import PODS
from stsview.objects.log_messages import TAIL_LINES, LogLine, LogPhase, LogRequest
from stsview.objects.meta import Key
from stsview.ui.fleet.fleet_screen import FleetScreen
from stsview.ui.inspect.logs.log_screen import LogScreen
from stsview.ui.set.set_screen import SetScreen
from tests.support.ui.driver import Driver, driving
from tests.support.ui.fake_live import FakeSource
from tests.support.ui.fleets import kafka
from tests.support.ui.stage import wait_for

PODS_OF_KAFKA = [f"kafka-{ordinal}" for ordinal in range(6)]


def source() -> FakeSource:
    made = FakeSource()
    for pod in PODS_OF_KAFKA:
        document = {"spec": {"containers": [{"name": "kafka"}]}}
        made.descriptions["Pod", Key("data", pod)] = Description(PODS, document)
    return made


async def reads(driver: Driver, pods: list[str]) -> None:
    """Wait until the logs of exactly these pods are read."""

    def requested() -> list[str]:
        return [request.pod for request in driver.source.logs_asked[-len(pods) :]]

    await wait_for(driver.pilot, lambda: sorted(requested()) == pods, f"{pods} read")


def write(driver: Driver, ordinal: int, *lines: str, second: float = 7.0) -> None:
    pod = f"kafka-{ordinal}"
    stamped = [LogLine(line, f"2026-11-22T18:22:{second + place / 100:09.6f}Z") for place, line in enumerate(lines)]
    driver.source.write_log(*stamped, pod=pod)


async def sees_after_the_hold(driver: Driver, text: str) -> None:
    """New lines wait for others of their time, and so do notes about what was read."""
    for _ in range(2):
        await driver.settle()
        driver.app.screen.flush()  # type: ignore[attr-defined]
        driver.stopwatch.seconds += 1
    await driver.sees(text)


def prefixes(driver: Driver) -> list[str]:
    return [line.partition(" │ ")[0].strip() for line in driver.lines if " │ " in line]


async def test_the_fleet_opens_the_logs_of_all_ordinals() -> None:
    async with driving(source()) as driver:
        await driver.stand_on("kafka")
        await driver.press("l")
        await reads(driver, PODS_OF_KAFKA)
        assert set(driver.source.logs_asked) == {
            LogRequest("data", pod, tail_lines=20_000 // 6) for pod in PODS_OF_KAFKA
        }
        for ordinal in range(6):
            driver.source.write_log(phase=LogPhase.FOLLOWING, pod=f"kafka-{ordinal}")
        await driver.sees("0 ●   1 ●   2 ●   3 ●   4 ●   5 ●")
        assert "data  ›  kafka  ›  logs" in driver.lines[0]
        write(driver, 3, "three", "five", second=7.3)
        write(driver, 1, "two", second=7.2)
        write(driver, 4, "four", second=7.305)
        await sees_after_the_hold(driver, "five")
        assert prefixes(driver) == ["kafka-1", "kafka-3", "kafka-4", "kafka-3"]
        assert "4 lines" in driver.text

        # One ordinal off and on, by its number.
        await driver.press("3")
        await driver.sees("3 off")
        assert prefixes(driver) == ["kafka-1", "kafka-4"]
        write(driver, 3, "six", second=8)
        await driver.press("3")
        await sees_after_the_hold(driver, "six")
        assert prefixes(driver) == ["kafka-1", "kafka-3", "kafka-4", "kafka-3", "kafka-3"]

        # By a list.
        await driver.press("m")
        await driver.sees("Ordinals")
        await driver.press("space", "enter")
        await driver.sees("0 off   1 ●")
        await driver.press("0", "1", "2", "3", "4", "5")
        await driver.sees("1 off   2 off")
        await driver.press("0")
        await driver.sees("all ordinals are off")
        await driver.press("escape")
        await wait_for(driver.pilot, lambda: isinstance(driver.app.screen, FleetScreen), "the fleet is back")


async def test_what_happens_to_a_log_is_noted_between_the_lines() -> None:
    async with driving(source()) as driver:
        await driver.stand_on("kafka")
        await driver.press("l")
        await reads(driver, PODS_OF_KAFKA)
        for ordinal in range(6):
            write(driver, ordinal, "hello", second=ordinal)
        await sees_after_the_hold(driver, "kafka-5 │ hello")
        driver.source.write_log(phase=LogPhase.ENDED, problem="kafka exited with 1", pod="kafka-2")
        for ordinal in (0, 1):
            driver.source.write_log(phase=LogPhase.WAITING, problem="the connection was lost", pod=f"kafka-{ordinal}")
        await sees_after_the_hold(driver, "kafka-2 │ ── kafka exited with 1")
        assert "── kafka-0 and kafka-1: the connection was lost" in driver.text
        assert "▲ 2 waiting  ○ 1 ended  ● 3 following" in driver.text
        assert "0 ▲ waiting   1 ▲ waiting   2 ○ ended   3 ●" in driver.text
        write(driver, 0, "back", second=9)
        await sees_after_the_hold(driver, "kafka-0 │ ── following again")


async def test_ordinals_that_appear_and_vanish_are_followed() -> None:
    async with driving(source()) as driver:
        await driver.stand_on("kafka")
        await driver.press("l")
        await reads(driver, PODS_OF_KAFKA)
        view = kafka()
        driver.source.show(replace(view, ordinals=view.ordinals[:5]))
        await sees_after_the_hold(driver, "── no longer in the set")
        assert "4 ◌ opening                " in driver.text
        driver.source.show(view)
        await sees_after_the_hold(driver, "── new in the set")
        await reads(driver, ["kafka-5"])
        assert "5 ◌ opening" in driver.text


async def test_one_and_all_and_the_ordinals_below_and_above_at_the_same_time() -> None:
    def at(minute: int) -> LogLine:
        return LogLine(f"at {minute:02}", f"2026-11-22T17:{minute:02}:00Z")

    async with driving(source()) as driver:
        await driver.stand_on("kafka")
        await driver.press("enter")
        await driver.sees("waits for kafka-3")
        await driver.press("l")
        await reads(driver, ["kafka-3"])
        assert driver.source.logs_asked == [LogRequest("data", "kafka-3", "kafka", tail_lines=TAIL_LINES)]
        driver.source.write_log(*map(at, range(60)))
        await driver.sees("at 59")
        await driver.press("slash")
        await driver.type("at 2")
        await driver.press("enter")
        await driver.sees("of 10 lines")
        screen = driver.app.screen
        assert isinstance(screen, LogScreen)
        screen.pager.go_to(20)
        await driver.settle()
        # The one above: the same container, search and time.
        await driver.press("greater_than_sign")
        await reads(driver, ["kafka-4"])
        assert driver.source.logs_asked[-1] == LogRequest("data", "kafka-4", "kafka")
        driver.source.write_log(*map(at, range(0, 60, 2)), *map(at, [59] * 60))
        await driver.sees("◐ paused")
        first = next(line for line in driver.lines if "at " in line and "/" not in line)
        assert first.strip() == "at 20"
        assert " 5 lines  " in driver.text
        await driver.press("less_than_sign")
        await reads(driver, ["kafka-3"])
        await driver.press("L")
        await reads(driver, PODS_OF_KAFKA)
        await driver.sees("0-9 on or off")
        await driver.press("l")
        await driver.sees("kafka-3 · kafka")
        for _ in range(4):
            await driver.press("less_than_sign")
        await driver.sees("kafka-0 is the lowest ordinal")
        await driver.press("escape", "escape")
        await wait_for(driver.pilot, lambda: isinstance(driver.app.screen, SetScreen), "the set is back")


async def test_chosen_ordinals_of_a_set_have_one_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with driving(source()) as driver:
        await driver.stand_on("kafka")
        await driver.press("enter")
        await driver.sees("waits for kafka-3")
        await driver.press("space", "g", "space")
        await driver.sees("2 ordinals chosen  l logs, merged")
        assert "✔ 0  ● Ready" in driver.text
        assert "✔ 3  ✖ CrashLoopBackOff" in driver.text
        await driver.press("l")
        await reads(driver, ["kafka-0", "kafka-3"])
        for ordinal in (0, 3):
            write(driver, ordinal, f"of {ordinal}", second=ordinal)
        await sees_after_the_hold(driver, "kafka-3 │ of 3")
        await driver.press("t", "ctrl+s")
        await driver.sees("2 lines saved")
        with open("kafka-20261122-182207.log") as saved:  # noqa: ASYNC230, PTH123 - nothing else to do meanwhile
            lines = saved.read().splitlines()
        assert lines == [
            "kafka-0 2026-11-22T18:22:00.000000Z of 0",
            "kafka-3 2026-11-22T18:22:03.000000Z of 3",
        ]
        # The one that has the match.
        await driver.press("slash")
        await driver.type("of 0")
        await driver.press("enter", "l")
        await driver.sees("kafka-0 · kafka")
        await driver.press("escape", "escape")
        await driver.sees("2 ordinals chosen")
        # All, also those that appear later.
        await driver.press("asterisk", "l")
        await reads(driver, PODS_OF_KAFKA)
        await driver.press("escape", "escape")
        await driver.sees_no("ordinals chosen")
