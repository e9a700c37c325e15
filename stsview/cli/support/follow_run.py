"""A run on its way to its end: a line for every change, and on a terminal a display that moves."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from rich.console import Console as RichConsole
from rich.console import Group, RenderableType
from rich.live import Live as LiveDisplay

from stsview.actions.progress import Outcome, Progress, Step
from stsview.actions.service import Following
from stsview.cli.output.console import Console, Piece, inked
from stsview.cli.output.progress_bar import bar
from stsview.cli.support.signals import pausing, stopping
from stsview.model.states import Health
from stsview.text.ages import clock_time, precise
from stsview.text.glyphs import active, glyph

_ENDS = {
    Outcome.REACHED: ("done", "bold green"),
    Outcome.NOT_REACHED: ("not reached", "bold red"),
    Outcome.TIMED_OUT: ("timed out", "bold yellow"),
    Outcome.STOPPED: ("stopped", "bold yellow"),
}

_WILL_PAUSE = "pauses after the step under way; Ctrl-Z again lets it go on"
_PAUSED = "paused; Ctrl-Z lets it go on, Ctrl-C stops it"


@dataclass(frozen=True, slots=True)
class Followed:
    stopped_by: signal.Signals | None
    """The signal that stopped it, if one did."""
    paused: bool
    """Whether it was paused when it ended."""


async def follow(run: Following, seconds: float | None, console: Console, now: Callable[[], datetime]) -> Followed:
    """Do it and show how it goes.

    How it ended is in `run.progress`, and for a run that was refused nowhere else. The first signal sends nothing more
    and stops following; a second one ends the program as it would. On a terminal Ctrl-Z pauses what can be paused, and
    lets it go on again.
    """
    console.line((run.plan.title, "bold"))
    started = now()
    show: _Shows = _Display(console.console, now) if console.moves else _Lines(console, now)
    last = run.progress
    with ExitStack() as stack:
        stopped = stack.enter_context(stopping(run.stop))
        if run.pausable and console.answers:
            stack.enter_context(pausing(_Pause(run, show).pod_step))
        stack.enter_context(show.shown())
        async for progress in run.follow(seconds):
            last = progress if progress.outcome is Outcome.RUNNING else last
            show.take(progress)
    if run.progress.outcome in _ENDS:
        _print_end(run.progress, precise((now() - started).total_seconds()), console)
    return Followed(stopped[0] if stopped else None, last.paused)


class _Pause:
    """What Ctrl-Z does: there, and back."""

    def __init__(self, run: Following, show: _Shows) -> None:
        self._run = run
        self._show = show
        self._wanted = False

    def pod_step(self) -> None:
        self._wanted = not self._wanted
        self._run.pause(self._wanted)
        self._show.say(_WILL_PAUSE if self._wanted else "")


class _Shows(Protocol):
    def shown(self) -> AbstractContextManager[object]: ...

    def take(self, progress: Progress) -> None: ...

    def say(self, words: str) -> None:
        """What somebody asked of it, until the next word; empty: nothing any more."""


class _Lines:
    def __init__(self, console: Console, now: Callable[[], datetime]) -> None:
        self._console = console
        self._now = now
        self._told: dict[str, Step] = {}
        self._part: tuple[int, int] | None = None
        self._words = ""

    def shown(self) -> AbstractContextManager[object]:
        return nullcontext()

    def take(self, progress: Progress) -> None:
        for step in progress.steps:
            if self._told.get(step.words) != step:
                self._told[step.words] = step
                self._line(step.until or self._now(), *_step(step, self._now()))
        if progress.part is not None and progress.part != self._part:
            self._line(self._now(), _part(progress.part))
        self._part = progress.part
        words = _odd(progress)
        if words and words != self._words:
            self._line(self._now(), f"{glyph(Health.UNKNOWN)} {words}")
        self._words = words

    def say(self, words: str) -> None:
        if words:
            self._line(self._now(), f"{glyph(Health.UNKNOWN)} {words}")

    def _line(self, at: datetime, *pieces: Piece) -> None:
        self._console.line((f"{clock_time(at)}  ", "dim"), *pieces)


class _Display:
    """What is done stays; below it is what moves, until the end, which is told in words."""

    def __init__(self, console: RichConsole, now: Callable[[], datetime]) -> None:
        # Lines that the terminal breaks would not be drawn over.
        self._console = RichConsole(file=console.file, markup=False, highlight=False, emoji=False)
        self._now = now
        self._progress = Progress(())
        self._done: set[Step] = set()
        self._said = ""

    def shown(self) -> AbstractContextManager[object]:
        return LiveDisplay(console=self._console, get_renderable=self._draw, refresh_per_second=4, transient=True)

    def take(self, progress: Progress) -> None:
        self._progress = progress
        for step in progress.steps:
            if step.done and step not in self._done:
                self._done.add(step)
                self._console.print(inked(*_step(step, self._now())))

    def say(self, words: str) -> None:
        self._said = words

    def _draw(self) -> RenderableType:
        """Called in a thread of the display's own, too."""
        progress, now = self._progress, self._now()
        lines: list[RenderableType] = [inked(*_step(step, now)) for step in progress.steps if not step.done]
        if words := _odd(progress) or self._said:
            lines.append(inked((f"{glyph(Health.UNKNOWN)} {words}", "yellow")))
        if progress.part is not None:
            lines.append(bar(*progress.part, "paused" if progress.paused else ""))
        return Group(*lines)


def _odd(progress: Progress) -> str:
    """What is to be said beside the steps while it goes on."""
    if progress.outcome is not Outcome.RUNNING:
        return ""
    return "; ".join(words for words in (_PAUSED if progress.paused else "", progress.words) if words)


def _part(part: tuple[int, int]) -> str:
    done, of = part
    return f"{done} of {of} {'ordinal' if of == 1 else 'ordinals'} done"


def _step(step: Step, now: datetime) -> Iterator[Piece]:
    took = precise(((step.until or now) - step.since).total_seconds())
    if step.done:
        yield active().check, "green"
        yield f" {step.words}"
    else:
        yield glyph(Health.PROGRESSING), "blue"
        yield f" {step.words}"
        if step.detail:
            yield f": {step.detail}", "yellow"
    yield f"  {took}", "dim"


def _print_end(progress: Progress, took: str, console: Console) -> None:
    word, style = _ENDS[progress.outcome]
    lead: tuple[Piece, ...] = ((word, style), (f" after {took}", "dim"))
    if progress.words:
        console.words(progress.words, *lead, ": ")
    else:
        console.line(*lead)
    if progress.outcome is not Outcome.REACHED and progress.left not in progress.words:
        console.words(progress.left, ("left: ", "bold"))
