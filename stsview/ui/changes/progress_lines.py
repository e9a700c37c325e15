"""Progress of an action as lines of text: its steps, and its state."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from stsview.actions.progress import Outcome, Progress, Step
from stsview.model.states import Health
from stsview.text.ages import precise
from stsview.text.glyphs import active
from stsview.text.numbers import number
from stsview.text.terminal_text import wrap
from stsview.ui.kit.look.health_roles import role_of, sign
from stsview.ui.kit.look.progress_bar import bar
from stsview.ui.kit.look.roles import Role, Span, Spans
from stsview.ui.kit.look.wrapping import wrap_spans

_OUTCOMES = {
    Outcome.RUNNING: (Health.PROGRESSING, "running"),
    Outcome.REACHED: (Health.READY, "done"),
    Outcome.NOT_REACHED: (Health.DEGRADED, "goal not reached"),
    Outcome.TIMED_OUT: (Health.WARNING, "timed out"),
    Outcome.STOPPED: (Health.WARNING, "stopped"),
    Outcome.REFUSED: (Health.DEGRADED, "refused, nothing was sent"),
}

_BAR_CELLS = (48, 24, 12)
"""Widths of the progress bar; the first that takes at most a third of the line."""


def health_of_progress(progress: Progress) -> Health:
    """The health whose colour the progress has."""
    return Health.WARNING if progress.paused else _OUTCOMES[progress.outcome][0]


def outcome_text(progress: Progress) -> str:
    return _OUTCOMES[progress.outcome][1]


def progress_step_lines(progress: Progress, now: datetime, width: int) -> tuple[list[Spans], range]:
    """Each step with its state and duration, and the line numbers of the current step.

    The current step is the last one that is not done, or the last of all.
    """
    lines: list[Spans] = []
    current = range(0)
    all_done = all(step.done for step in progress.steps)
    for step in progress.steps:
        start = len(lines)
        lines += _step(step, progress, now, width)
        if not step.done or (step is progress.steps[-1] and all_done):
            current = range(start, len(lines))
    return lines, current


def progress_state_lines(progress: Progress, width: int) -> list[Spans]:
    """Progress bar (for several ordinals), state or outcome, and its explanation."""
    lines: list[Spans] = []
    if progress.part is not None:
        done, total = progress.part
        cells = next((cells for cells in _BAR_CELLS if cells * 3 <= width), _BAR_CELLS[-1])
        share: Spans = (("  ", Role.DIM), (number(done), Role.STRONG), (f" of {number(total)}", Role.TEXT))
        lines.append((*bar(done, total, cells), *share))
    health = health_of_progress(progress)
    text = "paused: no new step starts" if progress.paused else outcome_text(progress)
    glyph, role = sign(health)
    lines.append(((f"{glyph} ", role), (text, role_of(health).strong)))
    if progress.words:
        lines += [(("  ", Role.DIM), *line) for line in wrap_spans(((progress.words, Role.TEXT),), max(8, width - 2))]
    return lines


def _step(step: Step, progress: Progress, now: datetime, width: int) -> Iterator[Spans]:
    ended = progress.outcome is not Outcome.RUNNING
    mark: Span = (active().check, Role.READY) if step.done else sign(Health.DEGRADED if ended else Health.PROGRESSING)
    duration = precise(((step.until or now) - step.since).total_seconds())
    text: Span = (f" {step.shown}", Role.TEXT if step.done else Role.BRIGHT)
    yield from wrap_spans((mark, text, (f"   {duration}", Role.DIM)), width)
    if step.detail and not step.done:
        for line in wrap(step.detail, max(8, width - 4)):
            yield ((f"    {line}", Role.WARNING),)
