"""`x` and `:exec`: what is offered, the choice, and the screen with the output of a command."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from stsview.actions.exec.lazy_service import RunningContainer
from stsview.actions.exec.service import Attach, ExecOutcome, ExecPlan
from stsview.actions.exec.target import ExecTarget, NotRunning
from stsview.command_template import command_words
from stsview.live.snapshot import Scope
from stsview.objects.exec_messages import ExecEnd, ExecResult, Output
from stsview.objects.meta import Key
from stsview.ui.inspect.exec.choices import as_choices, exec_choices
from stsview.ui.inspect.inspect_target import InspectTarget
from tests.support.ui.driver import driving
from tests.support.ui.fake_live import FakeSource

EXITED = ExecOutcome(ExecEnd(ExecResult.EXITED, 0))
KAFKA = RunningContainer("kafka", True), RunningContainer("exporter")
NAMED = {
    "data/*": {
        "topics": "kafka-topics --server {dns}:9092 --list",
        "where": "echo {namespace}/{set}/{ordinal} '{pod} x'",
    },
    "mq/*": {"other": "ls"},
}


class Streams:
    """What a command writes, in parts; the next one when the test says so."""

    can_end_input = True

    def __init__(self, service: FakeExec) -> None:
        self._service = service

    async def send(self, data: bytes) -> None:
        pass

    async def end_input(self) -> None:
        pass

    async def resize(self, columns: int, rows: int) -> None:
        pass

    async def output(self) -> AsyncIterator[Output]:
        for one in self._service.writes:
            yield one
        await self._service.may_end.wait()


class FakeExec:
    """Implements `stsview.actions.exec.lazy_service.ExecService`."""

    def __init__(self, *writes: bytes, outcome: ExecOutcome = EXITED) -> None:
        self.writes = [Output(one) for one in writes]
        self.outcome = outcome
        self.may_end = asyncio.Event()
        self.may_end.set()
        self.ran: list[ExecPlan] = []
        self.stopped = 0
        self.running: tuple[RunningContainer, ...] = KAFKA
        self.refusal = ""

    async def containers(self, namespace: str, pod: str) -> tuple[RunningContainer, ...]:
        if self.refusal:
            raise NotRunning(self.refusal, ran_before=True)
        return self.running

    async def target(self, namespace: str, pod: str, container: str = "") -> ExecTarget:
        return ExecTarget(namespace, pod, container or "kafka", "u")

    async def run(self, plan: ExecPlan, attach: Attach) -> ExecOutcome:
        self.ran.append(plan)
        try:
            await attach(Streams(self))
        except BaseException:
            self.stopped += 1
            raise
        return self.outcome


def test_the_variables_of_a_command_are_those_of_the_ordinal() -> None:
    target = InspectTarget(Key("data", "kafka"), "kafka-12")
    choices = exec_choices(target, None, KAFKA, NAMED)
    assert [(one.container, one.name, one.words) for one in choices] == [
        ("kafka", "", ()),
        ("exporter", "", ()),
        ("kafka", "topics", ("kafka-topics", "--server", "kafka-12:9092", "--list")),
        ("kafka", "where", ("echo", "data/kafka/12", "kafka-12 x")),
    ]
    assert [one.label for one in as_choices(choices)] == ["shell in kafka", "shell in exporter", "topics", "where"]
    # One container needs no name.
    assert [one.label for one in as_choices(exec_choices(target, None, KAFKA[:1], {}))] == ["shell"]


def test_a_value_is_never_split_and_other_braces_are_kept() -> None:
    words = command_words("sh -c 'echo {pod}' {\"a\":1} {pod}", {"pod": "a b; rm -rf /"})
    assert words == ("sh", "-c", "echo a b; rm -rf /", "{a:1}", "a b; rm -rf /")


async def test_a_named_command_opens_its_output() -> None:
    service = FakeExec(b"one\ntw", b"o\n\xff last")
    service.may_end.clear()
    async with driving(exec_service=service, named_commands=NAMED) as driver:
        await driver.open("kafka")
        await driver.press("x")
        await driver.sees("Run in kafka-3")
        await driver.type("topics")
        await driver.press("enter")
        await driver.sees("running for")
        assert service.ran[0].command[0] == "kafka-topics"
        assert service.ran[0].words == '"topics" in kafka-3 (kafka)'
        await driver.sees("two")
        service.may_end.set()
        await driver.sees("exit code 0")
        assert "data  ›  kafka-3  ›  command" in driver.lines[0]
        assert "� last" in driver.text
        assert "3 lines" in driver.text
        await driver.press("r")
        await driver.settle()
        assert len(service.ran) == 2
        await driver.press("escape")
        assert driver.one_set.key == Key("data", "kafka")


async def test_leaving_the_screen_stops_the_command() -> None:
    service = FakeExec(b"line\n")
    service.may_end.clear()
    async with driving(exec_service=service) as driver:
        await driver.open("kafka")
        await driver.press("colon")
        await driver.type("exec tail -f x")
        await driver.press("enter")
        await driver.sees("line")
        assert service.ran[0].command == ("tail", "-f", "x")
        await driver.press("escape")
        await driver.settle()
        assert service.stopped == 1


async def test_an_exit_code_and_an_error_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    service = FakeExec(outcome=ExecOutcome(ExecEnd(ExecResult.EXITED, 3)))
    async with driving(exec_service=service) as driver:
        await driver.open("kafka")
        await driver.press("colon")
        await driver.type("exec false")
        await driver.press("enter")
        await driver.sees("exit code 3")
        await driver.sees("false wrote no output")
        service.writes = [Output(b"saved\n")]
        service.outcome = ExecOutcome(ExecEnd(ExecResult.LOST), "command lost: the connection was lost")
        await driver.press("r")
        await driver.sees("command lost: the connection was lost")
        await driver.press("ctrl+s")
        await driver.sees("1 line saved")
    [file] = list(tmp_path.iterdir())  # noqa: ASYNC240 - a folder of the test
    assert (file.name.startswith("kafka-3-kafka-false-"), file.read_text()) == (True, "saved\n")


async def test_a_shell_gets_the_terminal_and_gives_it_back(monkeypatch: pytest.MonkeyPatch) -> None:
    service = FakeExec(
        b"prompt", outcome=ExecOutcome(ExecEnd(ExecResult.EXITED, 137), "kafka-3 was replaced: shell ended")
    )
    service.running = KAFKA[:1]
    moments: list[str] = []

    @contextmanager
    def suspend() -> Any:
        moments.append("suspended")
        yield
        moments.append("resumed")

    async def attach(streams: Any, terminal: Any, *, tty: bool) -> None:
        moments.append("".join([one.data.decode() async for one in streams.output()]))

    async with driving(exec_service=service) as driver:
        monkeypatch.setattr(driver.app, "suspend", suspend)
        monkeypatch.setattr("stsview.ui.inspect.exec.launcher.attach", attach)
        await driver.open("kafka")
        await driver.press("x")
        await driver.sees("kafka-3 was replaced: shell ended")
        assert moments == ["suspended", "prompt", "resumed"]
        assert (service.ran[0].is_shell, service.ran[0].tty) == (True, True)
        # One that does not start is told without leaving the screen.
        service.writes, service.outcome = (
            [],
            ExecOutcome(ExecEnd(ExecResult.NOT_STARTED), "shell not started: no route"),
        )
        await driver.press("x")
        await driver.sees("shell not started: no route")
        assert moments == ["suspended", "prompt", "resumed"]


async def test_a_container_without_a_shell_offers_the_command_to_copy() -> None:
    words = (
        "container kafka of kafka-3 has no shell; use kubectl debug -it kafka-3 -n data --image=busybox --target=kafka"
    )
    service = FakeExec(outcome=ExecOutcome(ExecEnd(ExecResult.NOT_STARTED, 127), words))
    service.running = KAFKA[:1]
    async with driving(exec_service=service) as driver:
        await driver.open("kafka")
        await driver.press("x")
        await driver.sees("kubectl debug -it kafka-3 -n data")
        await driver.sees("has no shell")


@pytest.mark.parametrize(
    ("scope", "key", "reason"),
    [
        (Scope("prod", read_only="--read-only"), "x", "--read-only: no shell, no command"),
        (Scope("prod"), "x", "select a pod of infra/vault first"),
    ],
)
async def test_why_there_is_no_shell(scope: Scope, key: str, reason: str) -> None:
    async with driving(FakeSource(scope=scope), exec_service=FakeExec()) as driver:
        if scope.read_only:
            await driver.open("kafka")
        await driver.press(key)
        await driver.sees(reason)


async def test_a_pod_that_does_not_exist_or_run_has_no_shell() -> None:
    service = FakeExec()
    service.refusal = "container kafka of kafka-3 is not running: CrashLoopBackOff"
    async with driving(exec_service=service) as driver:
        await driver.open("kafka")
        await driver.press("x")
        await driver.sees("is not running: CrashLoopBackOff")
        await driver.sees("p shows the log of")
        assert service.ran == []
