"""A run that is followed: what a terminal and a pipe are shown, and what the keyboard does."""

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
from stsview.cli.support.follow_run import Followed, follow
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
    preconditions=(),
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Fake:
    """A run that goes as the test tells it."""

    plan: ClassVar[Plan] = PLAN

    def __init__(self, *, pausable: bool = True) -> None:
        self.pausable = pausable
        self.progress = Progress(())
        self.pauses: list[bool] = []
        self._news: asyncio.Queue[Progress] = asyncio.Queue()
        self._stopped = False

    def pause(self, paused: bool) -> None:
        self.pauses.append(paused)

    def stop(self) -> None:
        self.tell(Progress(self.progress.steps, Outcome.STOPPED, "stopped: kafka-1 and kafka-0 were not touched"))

    def tell(self, progress: Progress) -> None:
        self._news.put_nowait(progress)

    async def follow(self, seconds: float | None = None) -> AsyncIterator[Progress]:
        while self.progress.outcome is Outcome.RUNNING:
            self.progress = await self._news.get()
            yield self.progress


def step(words: str, *, done: bool = False, detail: str = "") -> Step:
    return Step(words, done, NOW, NOW + timedelta(seconds=9) if done else None, detail)


FIRST = Progress((step("evict kafka-2"),), part=(0, 3))
SECOND = Progress((step("evict kafka-2", done=True), step("kafka-2 is back", detail="Pending")), part=(0, 3))
HELD = Progress((step("evict kafka-2", done=True), step("kafka-2 is back", done=True)), part=(1, 3), paused=True)
LAST = Progress((*HELD.steps, step("kafka-0 is back", done=True)), Outcome.REACHED, part=(3, 3))


def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """What the program writes to from here on; it hears one as well. No fixture: pytest's own capture comes after."""
    found = Terminal()
    monkeypatch.setattr(sys, "stdout", found)
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")
    return found


async def settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def heard(number: signal.Signals) -> None:
    """A signal reaches the loop through a pipe, on which it waits."""
    # Else the tests themselves would be suspended.
    assert signal.getsignal(number) is not signal.SIG_DFL
    os.kill(os.getpid(), number)
    await settled()


def begun(run: Fake, console: Console) -> asyncio.Task[Followed]:
    return asyncio.ensure_future(follow(run, None, console, lambda: NOW + timedelta(seconds=12)))


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


async def test_on_a_terminal_the_bar_moves_and_what_is_done_stays_above(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = terminal(monkeypatch)
    run = Fake()
    task = begun(run, Console())
    for progress in (FIRST, SECOND, HELD, LAST):
        run.tell(progress)
        await settled()
    assert await task == Followed(None, paused=True)
    told = plain(shown.getvalue())
    assert told.startswith("Restart default/kafka\n")
    assert told.count("✔ evict kafka-2  9s") == 1
    assert [told.index(words) for words in ("✔ evict kafka-2", "✔ kafka-2 is back", "✔ kafka-0 is back")] == sorted(
        told.index(words) for words in ("✔ evict kafka-2", "✔ kafka-2 is back", "✔ kafka-0 is back")
    )
    assert told.rstrip().endswith("done after 0s")


async def test_ctrl_z_pauses_and_lets_it_go_on_and_ctrl_c_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = terminal(monkeypatch)
    suspended = signal.getsignal(signal.SIGTSTP)
    run = Fake()
    task = begun(run, Console())
    run.tell(SECOND)
    await settled()
    await heard(signal.SIGTSTP)
    assert run.pauses == [True]
    run.tell(HELD)
    await settled()
    await heard(signal.SIGTSTP)
    assert run.pauses == [True, False]
    await heard(signal.SIGINT)
    assert await task == Followed(signal.SIGINT, paused=True)
    assert "stopped after 0s: stopped: kafka-1 and kafka-0 were not touched" in plain(shown.getvalue())
    assert signal.getsignal(signal.SIGTSTP) is suspended


async def test_ctrl_z_is_the_shells_where_nothing_can_be_paused_or_nobody_sees_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    terminal(monkeypatch)
    suspended = signal.getsignal(signal.SIGTSTP)
    for run, console in ((Fake(pausable=False), Console()), (Fake(), Console(io.StringIO()))):
        task = begun(run, console)
        await settled()
        assert signal.getsignal(signal.SIGTSTP) is suspended
        run.tell(LAST)
        await task


async def test_a_pipe_gets_a_line_for_every_change() -> None:
    console = Console(io.StringIO())
    run = Fake()
    task = begun(run, console)
    for progress in (FIRST, SECOND, HELD, LAST):
        run.tell(progress)
    await task
    assert isinstance(console.console.file, io.StringIO)
    lines = console.console.file.getvalue().splitlines()
    assert lines[0] == "Restart default/kafka"
    assert [line[10:] for line in lines[1:-1]] == [
        "◐ evict kafka-2  12s",
        "0 of 3 ordinals done",
        "✔ evict kafka-2  9s",
        "◐ kafka-2 is back: Pending  12s",
        "✔ kafka-2 is back  9s",
        "1 of 3 ordinals done",
        "? paused; Ctrl-Z lets it go on, Ctrl-C stops it",
        "✔ kafka-0 is back  9s",
        "3 of 3 ordinals done",
    ]
    assert lines[-1] == "done after 0s"
