"""Follow-up of a run: a line for every change, and on a terminal a live display."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, nullcontext
from datetime import datetime
from typing import Protocol

import msgspec
from rich.console import Console as RichConsole
from rich.console import Group, RenderableType
from rich.live import Live as LiveDisplay

from stsview.actions.progress import Outcome, Progress, Step
from stsview.actions.service import ActionRun
from stsview.cli.output.console import Console, Piece, styled
from stsview.cli.output.progress_bar import progress_bar
from stsview.cli.support.signals import pause_on_suspend, stop_on_signal
from stsview.model.states import Health
from stsview.text.ages import clock_time, precise
from stsview.text.glyphs import active, glyph

_OUTCOMES = {
    Outcome.REACHED: ("done", "bold green"),
    Outcome.NOT_REACHED: ("goal not reached", "bold red"),
    Outcome.TIMED_OUT: ("timed out", "bold yellow"),
    Outcome.STOPPED: ("stopped", "bold yellow"),
}

_WILL_PAUSE = "pausing after the current step; Ctrl-Z resumes"
_PAUSED = "paused; Ctrl-Z resumes, Ctrl-C stops"


class FollowResult(msgspec.Struct, frozen=True):
    stopped_by: signal.Signals | None
    """The signal that stopped the run, if one did."""
    paused: bool
    """Whether the run was paused when it ended."""


async def follow(run: ActionRun, seconds: float | None, console: Console, now: Callable[[], datetime]) -> FollowResult:
    """Execute a run and show its progress.

    The outcome is in `run.progress`; that of a refused run is not printed. The first signal stops the run: it sends no
    further request; a second one ends the program. On a terminal Ctrl-Z pauses and resumes a run that can be paused.
    """
    console.line((run.plan.title, "bold"))
    started = now()
    display: _ProgressDisplay = _LiveDisplay(console.console, now) if console.can_redraw else _LineDisplay(console, now)
    last = run.progress
    with ExitStack() as stack:
        stopped = stack.enter_context(stop_on_signal(run.stop))
        if run.pausable and console.is_interactive:
            stack.enter_context(pause_on_suspend(_PauseToggle(run, display).toggle))
        stack.enter_context(display.open())
        async for progress in run.follow(seconds):
            last = progress if progress.outcome is Outcome.RUNNING else last
            display.show(progress)
    if run.progress.outcome in _OUTCOMES:
        _print_outcome(run.progress, precise((now() - started).total_seconds()), console)
    return FollowResult(stopped[0] if stopped else None, last.paused)


class _PauseToggle:
    """Pauses a run, and resumes it."""

    def __init__(self, run: ActionRun, display: _ProgressDisplay) -> None:
        self._run = run
        self._display = display
        self._pausing = False

    def toggle(self) -> None:
        self._pausing = not self._pausing
        self._run.pause(self._pausing)
        self._display.announce(_WILL_PAUSE if self._pausing else "")


class _ProgressDisplay(Protocol):
    def open(self) -> AbstractContextManager[object]: ...

    def show(self, progress: Progress) -> None: ...

    def announce(self, text: str) -> None:
        """Show what was requested from the keyboard, until the next announcement.

        Empty: nothing.
        """


class _LineDisplay:
    def __init__(self, console: Console, now: Callable[[], datetime]) -> None:
        self._console = console
        self._now = now
        self._shown_steps: dict[str, Step] = {}
        self._part: tuple[int, int] | None = None
        self._note = ""

    def open(self) -> AbstractContextManager[object]:
        return nullcontext()

    def show(self, progress: Progress) -> None:
        for step in progress.steps:
            if self._shown_steps.get(step.words) != step:
                self._shown_steps[step.words] = step
                self._line(step.until or self._now(), *_step(step, self._now()))
        if progress.part is not None and progress.part != self._part:
            self._line(self._now(), _part(progress.part))
        self._part = progress.part
        note = _note(progress)
        if note and note != self._note:
            self._line(self._now(), f"{glyph(Health.UNKNOWN)} {note}")
        self._note = note

    def announce(self, text: str) -> None:
        if text:
            self._line(self._now(), f"{glyph(Health.UNKNOWN)} {text}")

    def _line(self, at: datetime, *pieces: Piece) -> None:
        self._console.line((f"{clock_time(at)}  ", "dim"), *pieces)


class _LiveDisplay:
    """Completed steps stay as lines; the current ones below are redrawn in place."""

    def __init__(self, console: RichConsole, now: Callable[[], datetime]) -> None:
        # Lines that the terminal wraps would not be overwritten.
        self._console = RichConsole(file=console.file, markup=False, highlight=False, emoji=False)
        self._now = now
        self._progress = Progress(())
        self._done: set[Step] = set()
        self._announcement = ""

    def open(self) -> AbstractContextManager[object]:
        return LiveDisplay(console=self._console, get_renderable=self._draw, refresh_per_second=4, transient=True)

    def show(self, progress: Progress) -> None:
        self._progress = progress
        for step in progress.steps:
            if step.done and step not in self._done:
                self._done.add(step)
                self._console.print(styled(*_step(step, self._now())))

    def announce(self, text: str) -> None:
        self._announcement = text

    def _draw(self) -> RenderableType:
        """Called in a thread of the display, too."""
        progress, now = self._progress, self._now()
        lines: list[RenderableType] = [styled(*_step(step, now)) for step in progress.steps if not step.done]
        if note := _note(progress) or self._announcement:
            lines.append(styled((f"{glyph(Health.UNKNOWN)} {note}", "yellow")))
        if progress.part is not None:
            lines.append(progress_bar(*progress.part, "paused" if progress.paused else ""))
        return Group(*lines)


def _note(progress: Progress) -> str:
    """A remark on the steps while the run is in progress."""
    if progress.outcome is not Outcome.RUNNING:
        return ""
    return "; ".join(text for text in (_PAUSED if progress.paused else "", progress.words) if text)


def _part(part: tuple[int, int]) -> str:
    done, total = part
    return f"{done} of {total} {'ordinal' if total == 1 else 'ordinals'} done"


def _step(step: Step, now: datetime) -> Iterator[Piece]:
    duration = precise(((step.until or now) - step.since).total_seconds())
    if step.done:
        yield active().check, "green"
    else:
        yield glyph(Health.PROGRESSING), "blue"
    yield f" {step.shown}"
    if step.detail and not step.done:
        yield f": {step.detail}", "yellow"
    yield f"  {duration}", "dim"


def _print_outcome(progress: Progress, duration: str, console: Console) -> None:
    word, style = _OUTCOMES[progress.outcome]
    lead: tuple[Piece, ...] = ((word, style), (f" after {duration}", "dim"))
    if progress.words:
        console.sentence(progress.words, *lead, ": ")
    else:
        console.line(*lead)
    if progress.outcome is not Outcome.REACHED and progress.left not in progress.words:
        console.sentence(progress.left, ("not done: ", "bold"))
