"""A run on its way to its end: a line for every change, and on a terminal a display that moves."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from typing import Protocol

from rich.console import Console, Group, RenderableType
from rich.live import Live as LiveDisplay

from stsview.actions.door import Following
from stsview.actions.run import Outcome, Progress, Step
from stsview.cli.paper import Paper, Piece, inked
from stsview.model.views import Tone
from stsview.ui.ages import clock_time, precise
from stsview.ui.glyphs import active, glyph

_ENDS = {
    Outcome.REACHED: ("done", "bold green"),
    Outcome.NOT_REACHED: ("not reached", "bold red"),
    Outcome.TIMED_OUT: ("timed out", "bold yellow"),
    Outcome.STOPPED: ("stopped", "bold yellow"),
}

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


async def follow(
    run: Following, seconds: float | None, paper: Paper, now: Callable[[], datetime]
) -> signal.Signals | None:
    """Do it and show how it goes; returns the signal that stopped it, if one did.

    How it ended is in `run.progress`, and for a run that was refused nowhere else. The first signal sends nothing more
    and stops following; a second one ends the program as it would.
    """
    paper.line((run.plan.title, "bold"))
    started = now()
    show: _Shows = _Display(paper.console, now) if paper.moves else _Lines(paper, now)
    with _stopping(run.stop) as stopped, show.shown():
        async for progress in run.follow(seconds):
            show.take(progress)
    if run.progress.outcome in _ENDS:
        _print_end(run.progress, precise((now() - started).total_seconds()), paper)
    return stopped[0] if stopped else None


class _Shows(Protocol):
    def shown(self) -> AbstractContextManager[object]: ...

    def take(self, progress: Progress) -> None: ...


class _Lines:
    def __init__(self, paper: Paper, now: Callable[[], datetime]) -> None:
        self._paper = paper
        self._now = now
        self._told: dict[str, Step] = {}
        self._words = ""

    def shown(self) -> AbstractContextManager[object]:
        return nullcontext()

    def take(self, progress: Progress) -> None:
        for step in progress.steps:
            if self._told.get(step.words) != step:
                self._told[step.words] = step
                at = clock_time(step.until or self._now())
                self._paper.line((f"{at}  ", "dim"), *_step(step, self._now()))
        running = progress.outcome is Outcome.RUNNING
        if running and progress.words and progress.words != self._words:
            self._paper.line((f"{clock_time(self._now())}  ", "dim"), f"{glyph(Tone.UNKNOWN)} {progress.words}")
        self._words = progress.words


class _Display:
    def __init__(self, console: Console, now: Callable[[], datetime]) -> None:
        # Lines that the terminal breaks would not be drawn over.
        self._console = Console(file=console.file, markup=False, highlight=False, emoji=False)
        self._now = now
        self._progress = Progress(())

    def shown(self) -> AbstractContextManager[object]:
        return LiveDisplay(console=self._console, get_renderable=self._draw, refresh_per_second=4)

    def take(self, progress: Progress) -> None:
        self._progress = progress

    def _draw(self) -> RenderableType:
        """Called in a thread of the display's own, too."""
        progress, now = self._progress, self._now()
        lines = [inked(*_step(step, now)) for step in progress.steps]
        if progress.outcome is Outcome.RUNNING and progress.words:
            lines.append(inked(f"{glyph(Tone.UNKNOWN)} {progress.words}"))
        return Group(*lines)


def _step(step: Step, now: datetime) -> Iterator[Piece]:
    took = precise(((step.until or now) - step.since).total_seconds())
    if step.done:
        yield active().check, "green"
        yield f" {step.words}"
    else:
        yield glyph(Tone.MOVING), "blue"
        yield f" {step.words}"
        if step.detail:
            yield f": {step.detail}", "yellow"
    yield f"  {took}", "dim"


def _print_end(progress: Progress, took: str, paper: Paper) -> None:
    word, style = _ENDS[progress.outcome]
    paper.line((word, style), (f" after {took}", "dim"), f": {progress.words}" if progress.words else "")
    if progress.outcome is not Outcome.REACHED and progress.left not in progress.words:
        paper.line(("left: ", "bold"), progress.left)


@contextmanager
def _stopping(stop: Callable[[], None]) -> Iterator[list[signal.Signals]]:
    """While it lasts the first signal calls `stop`, and is what the list then holds."""
    loop = asyncio.get_running_loop()
    former = {number: signal.getsignal(number) for number in _SIGNALS}
    stopped: list[signal.Signals] = []

    def restore() -> None:
        for number, handler in former.items():
            if loop.remove_signal_handler(number):
                signal.signal(number, handler)

    def heard(number: signal.Signals) -> None:
        stopped.append(number)
        restore()
        stop()

    for number in _SIGNALS:
        loop.add_signal_handler(number, heard, number)
    try:
        yield stopped
    finally:
        restore()
