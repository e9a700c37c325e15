"""How far an action is, as lines: its steps, and below them, always in sight, how it stands."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from stsview.actions.progress import Outcome, Progress, Step
from stsview.model.states import Health
from stsview.text.ages import precise
from stsview.text.glyphs import active
from stsview.text.terminal_text import wrap
from stsview.ui.kit.look.health_roles import role_of, sign
from stsview.ui.kit.look.phrases import number
from stsview.ui.kit.look.progress_bar import bar
from stsview.ui.kit.look.roles import Role, Span, Spans
from stsview.ui.kit.look.wrapping import wrap_spans

_OUTCOMES = {
    Outcome.RUNNING: (Health.PROGRESSING, "under way"),
    Outcome.REACHED: (Health.READY, "done"),
    Outcome.NOT_REACHED: (Health.DEGRADED, "not reached"),
    Outcome.TIMED_OUT: (Health.WARNING, "not reached in time"),
    Outcome.STOPPED: (Health.WARNING, "no longer followed"),
    Outcome.REFUSED: (Health.DEGRADED, "nothing was sent"),
}

_BARS = (48, 24, 12)
"""Cells of the bar, as many as a third of the width allows."""


def health_of_progress(progress: Progress) -> Health:
    return Health.WARNING if progress.paused else _OUTCOMES[progress.outcome][0]


def outcome_text(progress: Progress) -> str:
    return _OUTCOMES[progress.outcome][1]


def progress_step_lines(progress: Progress, now: datetime, width: int) -> tuple[list[Spans], range]:
    """Each step with its state and time; and which of the lines are about the present one, the last that is not
    through, or about the last of all."""
    lines: list[Spans] = []
    present = range(0)
    for step in progress.steps:
        start = len(lines)
        lines += _step(step, progress, now, width)
        if not step.done or (step is progress.steps[-1] and _none_open(progress)):
            present = range(start, len(lines))
    return lines, present


def _none_open(progress: Progress) -> bool:
    return all(step.done for step in progress.steps)


def progress_state_lines(progress: Progress, width: int) -> list[Spans]:
    """How many ordinals are done, where it is about several, and how it stands or ended."""
    lines: list[Spans] = []
    if progress.part is not None:
        done, of = progress.part
        cells = next((cells for cells in _BARS if cells * 3 <= width), _BARS[-1])
        share: Spans = (("  ", Role.DIM), (number(done), Role.STRONG), (f" of {number(of)}", Role.TEXT))
        lines.append((*bar(done, of, cells), *share))
    health = health_of_progress(progress)
    word = "paused: no further step is begun" if progress.paused else outcome_text(progress)
    glyph, role = sign(health)
    lines.append(((f"{glyph} ", role), (word, role_of(health).strong)))
    if progress.words:
        lines += [(("  ", Role.DIM), *line) for line in wrap_spans(((progress.words, Role.TEXT),), max(8, width - 2))]
    return lines


def _step(step: Step, progress: Progress, now: datetime, width: int) -> Iterator[Spans]:
    ended = progress.outcome is not Outcome.RUNNING
    mark: Span = (active().check, Role.READY) if step.done else sign(Health.DEGRADED if ended else Health.PROGRESSING)
    took = precise(((step.until or now) - step.since).total_seconds())
    words: Span = (f" {step.words}", Role.TEXT if step.done else Role.BRIGHT)
    yield from wrap_spans((mark, words, (f"   {took}", Role.DIM)), width)
    if step.detail and not step.done:
        for line in wrap(step.detail, max(8, width - 4)):
            yield ((f"    {line}", Role.WARNING),)
