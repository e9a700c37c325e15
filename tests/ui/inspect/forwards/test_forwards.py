"""`F` and `:forwards`: the form, the list, the header, and the end of stsview."""

from __future__ import annotations

import pytest

from stsview.actions.port_forward.port_spec import DeclaredPort
from stsview.live.snapshot import Scope
from stsview.objects.meta import Key
from stsview.ui.inspect.forwards import forward_form
from stsview.ui.inspect.forwards.forward_form import ForwardScreen
from stsview.ui.inspect.forwards.forwards_screen import ForwardsScreen
from stsview.ui.kit.live.header_line import HeaderLine
from stsview.ui.set.set_screen import SetScreen
from tests.support.ui.driver import Driver, driving
from tests.support.ui.fake_forwards import FakeForwards
from tests.support.ui.fake_live import FakeSource
from tests.support.ui.stage import wait_for

MAIN, METRICS = DeclaredPort(9092, "main", "kafka"), DeclaredPort(5556, "", "exporter")


@pytest.fixture(autouse=True)
def _every_local_port_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forward_form, "is_free", lambda port: True)


async def select_kafka_1(driver: Driver) -> None:
    await driver.open("kafka")
    await driver.press("g", "j")
    target = driver.one_set.inspect_target()
    assert target is not None
    assert target.pod == "kafka-1"


async def test_a_declared_port_is_offered_and_forwarded() -> None:
    service = FakeForwards(MAIN, METRICS)
    async with driving(FakeSource(), (80, 24), forward_service=service) as driver:
        await select_kafka_1(driver)
        await driver.press("F")
        await driver.sees("Forward a port to kafka-1")
        assert "(●) 9092 main   ( ) 5556   ( ) other" in driver.text
        # The local port is the same, unless another one is typed.
        await driver.press("right")
        await driver.sees("Local port   5556")
        await driver.press("tab", "1", "tab", "left")
        await driver.sees("Local port   55561")
        await driver.press("enter")
        await driver.sees("127.0.0.1:55561 to kafka-1:9092")
        await driver.sees("prod-eu1  ⇄ 1")
        assert isinstance(driver.app.screen, SetScreen)
        (forward,) = service.forwards
        assert (forward.pod.namespace, forward.target, forward.local_port) == ("data", "kafka-1:9092", 55561)


async def test_names_of_ports_are_data() -> None:
    async with driving(forward_service=FakeForwards(DeclaredPort(9092, "\x1b[2J[/red]\n", "kafka"))) as driver:
        await select_kafka_1(driver)
        await driver.press("F")
        await driver.sees("(●) 9092 ␛[2J[/red]")
        assert "\x1b" not in driver.text


async def test_wrong_answers_are_told_on_their_row() -> None:
    service = FakeForwards(MAIN)
    service.taken = {9092}
    async with driving(FakeSource(), (120, 36), forward_service=service) as driver:
        await select_kafka_1(driver)
        await driver.press("F", "enter")
        await driver.sees("▲ local port 9092 is in use")
        await driver.press(*["backspace"] * 4, "x", "enter")
        await driver.sees("▲ 'x' is no local port")
        await driver.press("backspace", "tab", "right")
        await driver.press("tab", *"http", "enter")
        await driver.sees("▲ kafka-1 has no port http: use main")
        await driver.press(*["backspace"] * 4, "8", "0", "enter")
        await driver.sees("127.0.0.1:40001 to kafka-1:80")
        assert not isinstance(driver.app.screen, ForwardScreen)


async def test_forwards_are_listed_copied_and_ended() -> None:
    service = FakeForwards(MAIN)
    async with driving(FakeSource(), (120, 36), forward_service=service) as driver:
        await driver.press("F")
        await driver.sees("port-forward: select a pod of infra/vault first")
        await select_kafka_1(driver)
        await driver.press("colon", *"forward 8080:main", "enter")
        await driver.sees("127.0.0.1:8080 to kafka-1:9092")
        await driver.press("colon", *"forward 99:", "enter")
        await driver.sees("'99:' is no port")
        await driver.pilot.click(HeaderLine, offset=(driver.lines[0].index("⇄"), 0))
        await wait_for(driver.pilot, lambda: isinstance(driver.app.screen, ForwardsScreen), "the list is open")
        await driver.press("escape", "escape", "F")
        await wait_for(driver.pilot, lambda: isinstance(driver.app.screen, ForwardsScreen), "the list is open again")
        await driver.sees("●  127.0.0.1:8080  9092  data/kafka-1")
        forward = service.forwards[0]
        forward.received, forward.connections = 5 * 1024 * 1024, 2
        forward.pod.problem = "kafka-1 does not exist now \x1b[2J"
        service.said(forward, forward.pod.problem, True)
        await driver.sees("5 MiB")
        assert (
            "▲  127.0.0.1:8080  9092  data/kafka-1            2    5 MiB  kafka-1 does not exist now ␛[2J"
            in driver.text
        )
        await driver.press("c")
        await driver.sees("stsview port-forward data/kafka-1 8080:9092")
        await driver.press("escape", "ctrl+d")
        await driver.sees("2 connections to kafka-1:9092 would break")
        assert service.forwards
        await driver.press("ctrl+d")
        await driver.sees("no forwarded ports")
        await driver.sees_no("prod-eu1  ⇄")
        await driver.press("escape")
        assert driver.fleet.path() == ()


async def test_enter_leads_to_the_pod_in_its_own_context() -> None:
    source = FakeSource()
    service = FakeForwards(MAIN)
    async with driving(source, (120, 36), forward_service=service) as driver:
        await select_kafka_1(driver)
        await driver.press("colon", *"forward main", "enter")
        await driver.sees("⇄ 1")
        await driver.press("escape", "F", "enter")
        await wait_for(driver.pilot, lambda: isinstance(driver.app.screen, SetScreen), "its set is open")
        assert driver.one_set.key == Key("data", "kafka")
        await driver.settle()
        target = driver.one_set.inspect_target()
        assert target is not None
        assert target.pod == "kafka-1"
        service.forwards[0].context = "staging"
        await driver.press("colon", *"forwards", "enter")
        await driver.sees("staging data/kafka-1")
        await driver.press("enter")
        await driver.sees("its set is in staging: press C to switch")


@pytest.mark.parametrize("on_fleet", [True, False])
async def test_quitting_says_what_ends_with_it(on_fleet: bool) -> None:
    service = FakeForwards(MAIN)
    async with driving(FakeSource(), (120, 36), forward_service=service) as driver:
        await select_kafka_1(driver)
        await driver.press("colon", *"forward main", "enter")
        await driver.sees("⇄ 1")
        service.forwards[0].connections = 3
        await driver.press(*(("escape",) if on_fleet else ()), "q")
        await driver.sees("1 port-forward ends with 3 connections")
        assert driver.app.is_running
        await driver.press("q")
        await wait_for(driver.pilot, lambda: not driver.app.is_running, "it ends")
    assert service.closed


async def test_read_only_mode_refuses_the_key() -> None:
    source = FakeSource(scope=Scope("prod-eu1", read_only="--read-only"))
    async with driving(source, (120, 36), forward_service=FakeForwards()) as driver:
        await select_kafka_1(driver)
        await driver.press("F")
        await driver.sees("port-forward: --read-only: no port-forward")
