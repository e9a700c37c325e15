"""Follow-up of a run: output on a terminal and a pipe, and the keyboard."""

from __future__ import annotations

import asyncio
import io
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest

from stsview.actions.goals import RolledOut
from stsview.actions.intents import OrderedRestart
from stsview.actions.plan import Confirmation, Plan
from stsview.actions.progress import Outcome, Progress, Step
from stsview.cli.output.console import Console
from stsview.cli.support.follow_run import FollowResult, follow
from stsview.model.finding import Danger, Ref
from stsview.objects.meta import Key

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)

PLAN = Plan(
    intent=OrderedRestart(Key("default", "kafka"), "1", "kafka-1"),
    about=Ref("StatefulSet", "default", "kafka", "1"),
    title="Restart default/kafka",
    made_at=NOW,
    steps=(),
    checks=(),
    risks=(),
    safer=(),
    same_as="",
    confirmation=Confirmation(),
    requests=(),
    goal=RolledOut(),
    danger=Danger.DISRUPTIVE,
    ends=(),
    preconditions=(),
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class FakeRun:
    """A run whose progress the test sets."""

    plan: ClassVar[Plan] = PLAN

    def __init__(self, *, pausable: bool = True) -> None:
        self.pausable = pausable
        self.progress = Progress(())
        self.pauses: list[bool] = []
        self._updates: asyncio.Queue[Progress] = asyncio.Queue()
        self._stopped = False

    def pause(self, paused: bool) -> None:
        self.pauses.append(paused)

    def stop(self) -> None:
        self.report(Progress(self.progress.steps, Outcome.STOPPED, "kafka-1 and kafka-0 were not touched"))

    def report(self, progress: Progress) -> None:
        self._updates.put_nowait(progress)

    async def follow(self, seconds: float | None = None) -> AsyncIterator[Progress]:
        while self.progress.outcome is Outcome.RUNNING:
            self.progress = await self._updates.get()
            yield self.progress


def step(words: str, *, done: bool = False, detail: str = "") -> Step:
    is_request = words.startswith("evict")
    return Step(words, done, NOW, NOW + timedelta(seconds=9) if done else None, detail, is_request)


FIRST = Progress((step("evict kafka-2"),), part=(0, 3))
SECOND = Progress((step("evict kafka-2", done=True), step("kafka-2 is back", detail="Pending")), part=(0, 3))
PAUSED = Progress((step("evict kafka-2", done=True), step("kafka-2 is back", done=True)), part=(1, 3), paused=True)
LAST = Progress((*PAUSED.steps, step("kafka-0 is back", done=True)), Outcome.REACHED, part=(3, 3))


def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal as standard input and output. Not a fixture: pytest's capture would replace it."""
    found = Terminal()
    monkeypatch.setattr(sys, "stdout", found)
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")
    return found


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def send(number: signal.Signals) -> None:
    """Send a signal to this process, and wait until the event loop has handled it."""
    # Otherwise the tests themselves would be suspended.
    assert signal.getsignal(number) is not signal.SIG_DFL
    os.kill(os.getpid(), number)
    await settle()


def start(run: FakeRun, console: Console) -> asyncio.Task[FollowResult]:
    return asyncio.ensure_future(follow(run, None, console, lambda: NOW + timedelta(seconds=12)))


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


async def test_a_terminal_redraws_the_bar_and_keeps_completed_steps_above(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = terminal(monkeypatch)
    run = FakeRun()
    task = start(run, Console())
    for progress in (FIRST, SECOND, PAUSED, LAST):
        run.report(progress)
        await settle()
    assert await task == FollowResult(None, paused=True)
    printed = plain(screen.getvalue())
    assert printed.startswith("Restart default/kafka\n")
    assert printed.count("✔ evict kafka-2  9s") == 1
    assert [printed.index(words) for words in ("✔ evict kafka-2", "✔ kafka-2 is back", "✔ kafka-0 is back")] == sorted(
        printed.index(words) for words in ("✔ evict kafka-2", "✔ kafka-2 is back", "✔ kafka-0 is back")
    )
    assert printed.rstrip().endswith("done after 0s")


async def test_ctrl_z_pauses_and_resumes_and_ctrl_c_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = terminal(monkeypatch)
    suspended = signal.getsignal(signal.SIGTSTP)
    run = FakeRun()
    task = start(run, Console())
    run.report(SECOND)
    await settle()
    await send(signal.SIGTSTP)
    assert run.pauses == [True]
    run.report(PAUSED)
    await settle()
    await send(signal.SIGTSTP)
    assert run.pauses == [True, False]
    await send(signal.SIGINT)
    assert await task == FollowResult(signal.SIGINT, paused=True)
    assert "stopped after 0s: kafka-1 and kafka-0 were not touched" in plain(screen.getvalue())
    assert signal.getsignal(signal.SIGTSTP) is suspended


async def test_ctrl_z_suspends_the_program_if_the_run_or_console_cannot_pause(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    terminal(monkeypatch)
    suspended = signal.getsignal(signal.SIGTSTP)
    for run, console in ((FakeRun(pausable=False), Console()), (FakeRun(), Console(io.StringIO()))):
        task = start(run, console)
        await settle()
        assert signal.getsignal(signal.SIGTSTP) is suspended
        run.report(LAST)
        await task


async def test_a_pipe_gets_a_line_for_every_change() -> None:
    console = Console(io.StringIO())
    run = FakeRun()
    task = start(run, console)
    for progress in (FIRST, SECOND, PAUSED, LAST):
        run.report(progress)
    await task
    assert isinstance(console.console.file, io.StringIO)
    lines = console.console.file.getvalue().splitlines()
    assert lines[0] == "Restart default/kafka"
    assert [line[14:] for line in lines[1:-1]] == [
        "◐ evict kafka-2  12s",
        "0 of 3 ordinals done",
        "✔ evict kafka-2  9s",
        "◐ waiting until kafka-2 is back: Pending  12s",
        "✔ kafka-2 is back  9s",
        "1 of 3 ordinals done",
        "? paused; Ctrl-Z resumes, Ctrl-C stops",
        "✔ kafka-0 is back  9s",
        "3 of 3 ordinals done",
    ]
    assert lines[-1] == "done after 0s"
