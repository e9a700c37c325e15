"""Log screen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stsview.live.errors import CannotRead
from stsview.live.on_demand import Description
from stsview.objects.kinds import PODS
from stsview.objects.log_messages import LogLine, LogPhase, LogRequest
from stsview.objects.meta import Key
from stsview.ui.inspect.logs import log_ring
from stsview.ui.inspect.logs.log_screen import LogScreen
from stsview.ui.set.set_screen import SetScreen
from tests.support.ui.driver import Driver, driving
from tests.support.ui.fake_live import FakeSource
from tests.support.ui.stage import wait_for

KAFKA_3 = Key("data", "kafka-3")


def pod(*containers: str, **spec: Any) -> Description:
    return Description(PODS, {"spec": {"containers": [{"name": name} for name in containers], **spec}})


def source_with(description: Description | CannotRead | None = None) -> FakeSource:
    source = FakeSource()
    if description is not None:
        source.descriptions["Pod", KAFKA_3] = description
    return source


def log(driver: Driver) -> LogScreen:
    screen = driver.app.screen
    assert isinstance(screen, LogScreen)
    return screen


async def logs_requested(driver: Driver, *requests: LogRequest) -> None:
    """Wait until exactly these logs were requested."""
    await wait_for(driver.pilot, lambda: driver.source.logs_asked == list(requests), f"{requests} asked for")


async def open_log_of_one(driver: Driver) -> None:
    """From the fleet: the log of kafka-3, for which kafka waits."""
    await driver.stand_on("kafka")
    await driver.press("enter")
    await driver.sees("waits for kafka-3")
    await driver.press("l")


async def test_the_log_of_an_ordinal_is_followed() -> None:
    async with driving(source_with(pod("kafka"))) as driver:
        await open_log_of_one(driver)
        await driver.sees("loading logs of kafka of kafka-3")
        await logs_requested(driver, LogRequest("data", "kafka-3", "kafka"))
        assert "prod-eu1  ›  data  ›  kafka-3  ›  logs" in driver.lines[0]

        driver.source.write_log(*(f"line {number}" for number in range(100)))
        await driver.sees("line 99")
        assert "● following" in driver.text
        assert "100 lines" in driver.text
        await driver.press("k")
        await driver.sees("◐ paused")
        driver.source.write_log("\x1b[31mERROR\x1b[0m it broke", "[/red] last")
        await driver.sees("paused · 2 lines below")
        assert "it broke" not in driver.text
        await driver.press("G")
        await driver.sees("[/red] last")
        assert "● following" in driver.text
        assert "ERROR it broke" in driver.text

        await driver.press("t")
        await driver.sees("18:22:07.500 ERROR it broke")
        driver.source.write_log(phase=LogPhase.ENDED, problem="kafka exited with 1")
        await driver.sees("○ kafka exited with 1")

        # The previous run in the same screen, then back to the fleet.
        await driver.press("p")
        await logs_requested(
            driver, LogRequest("data", "kafka-3", "kafka"), LogRequest("data", "kafka-3", "kafka", previous=True)
        )
        await driver.sees("previous run")
        assert "it broke" not in driver.text
        driver.source.write_log("last words", phase=LogPhase.OPENING)
        await driver.sees("last words")
        await driver.press("escape")
        await wait_for(driver.pilot, lambda: isinstance(driver.app.screen, SetScreen), "the set is back")


async def test_search_wrap_and_save(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with driving(source_with(pod("kafka")), (80, 24)) as driver:
        await driver.open("kafka")
        driver.one_set.table.focus()
        await driver.press("l")
        await logs_requested(driver, LogRequest("data", "kafka-3", "kafka"))
        long = "a long line that " + "continues and " * 10 + "ends"
        driver.source.write_log(*(f"line {number}{' Error' * (number % 25 == 3)}" for number in range(80)), long)
        await driver.sees("ends")
        await driver.press("slash")
        await driver.type("error")
        await driver.sees("4 of 4 lines")
        await driver.press("enter", "N")
        await driver.sees("3 of 4 lines")
        assert "line 53 Error" in driver.text
        await driver.press("n", "n")
        await driver.sees("1 of 4 lines")
        assert "line 3 Error" in driver.text
        await driver.press("escape")
        await driver.sees_no("of 4 lines")
        await driver.press("G", "w")
        await driver.sees("not wrapped")
        assert "ends" not in driver.text

        await driver.press("ctrl+s")
        await driver.sees("81 lines saved")
        name = "kafka-3-kafka-20261122-182207.log"
        # As it was passed on: where lines are cut depends on the length of the folder's name.
        assert [Path(one.message).name for one in driver.app._notifications] == [name]
        with open(name) as saved:  # noqa: ASYNC230, PTH123 - a test has nothing else to do meanwhile
            assert saved.read().splitlines()[-1] == long
        await driver.press("escape")
        await wait_for(driver.pilot, lambda: isinstance(driver.app.screen, SetScreen), "the set is back")


async def test_one_of_several_containers_is_chosen_and_remembered() -> None:
    description = pod("kafka", "exporter", initContainers=[{"name": "sys[/ctl"}])
    main, exporter = (LogRequest("data", "kafka-3", name) for name in ("kafka", "exporter"))
    async with driving(source_with(description)) as driver:
        await open_log_of_one(driver)
        # Without a question, as kubectl does.
        await logs_requested(driver, main)
        assert "o container" in driver.lines[-1]
        await driver.press("o")
        await driver.sees("Containers of kafka-3")
        assert "sys[/ctl" in driver.text
        await driver.press("down", "enter")
        await logs_requested(driver, main, exporter)
        await driver.sees("kafka-3 · exporter")
        await driver.press("o")
        await driver.sees("Containers of kafka-3")
        await driver.press("escape")
        await driver.sees_no("Containers of kafka-3")
        await driver.press("q", "l")
        await logs_requested(driver, main, exporter, exporter)


async def test_placeholders_without_lines() -> None:
    async with driving(source_with(), (80, 24)) as driver:
        await open_log_of_one(driver)
        # The pod cannot be read, so the log stream reports the problem.
        await logs_requested(driver, LogRequest("data", "kafka-3", ""))
        driver.source.write_log(phase=LogPhase.WAITING, problem="kafka-3 is not scheduled yet: no logs")
        await driver.sees("▲ kafka-3 is not scheduled yet: no logs")
        driver.source.write_log(phase=LogPhase.REFUSED, problem="you may not get pods/log in data")
        await driver.sees("✖ you may not get pods/log in data")
        await driver.press("escape")
        await driver.sees("waits for kafka-3")


async def test_visible_lines_are_kept_while_more_arrive_than_fit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(log_ring, "MAX_LINES", 200)
    async with driving(source_with(pod("kafka"))) as driver:
        await open_log_of_one(driver)
        await logs_requested(driver, LogRequest("data", "kafka-3", "kafka"))
        driver.source.write_log(*(f"line {number}" for number in range(150)))
        await driver.sees("line 149")
        await driver.press("g")
        await driver.sees("◐ paused")
        for start in range(150, 1_000, 10):
            driver.source.write_log(*(LogLine(f"line {number}") for number in range(start, start + 10)))
        await driver.sees("lines below")
        await driver.settle()
        assert "line 0 " in driver.text
        assert "dropped" not in driver.text
        await driver.press("G")
        await driver.sees("line 999")
        assert "800 older dropped" in driver.text
