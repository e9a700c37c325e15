"""How far an action is, as lines: its steps, and below them, always in sight, how it stands."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from stsview.actions.progress import Outcome, Progress, Step
from stsview.model.views import Tone
from stsview.ui.ages import precise
from stsview.ui.glyphs import active
from stsview.ui.presentation.rollout import bar
from stsview.ui.presentation.words import number
from stsview.ui.presentation.wrapping import wrap_spans
from stsview.ui.roles import Role, Span, Spans
from stsview.ui.text import wrap
from stsview.ui.tones import role_of, sign

_OUTCOMES = {
    Outcome.RUNNING: (Tone.MOVING, "under way"),
    Outcome.REACHED: (Tone.READY, "done"),
    Outcome.NOT_REACHED: (Tone.BROKEN, "not reached"),
    Outcome.TIMED_OUT: (Tone.WARNING, "not reached in time"),
    Outcome.STOPPED: (Tone.WARNING, "no longer followed"),
    Outcome.REFUSED: (Tone.BROKEN, "nothing was sent"),
}

_BARS = (48, 24, 12)
"""Cells of the bar, as many as a third of the width allows."""


def tone_of_progress(progress: Progress) -> Tone:
    return Tone.WARNING if progress.paused else _OUTCOMES[progress.outcome][0]


def outcome_word(progress: Progress) -> str:
    return _OUTCOMES[progress.outcome][1]


def step_lines(progress: Progress, now: datetime, width: int) -> tuple[list[Spans], range]:
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


def state_lines(progress: Progress, width: int) -> list[Spans]:
    """How many ordinals are done, where it is about several, and how it stands or ended."""
    lines: list[Spans] = []
    if progress.part is not None:
        done, of = progress.part
        cells = next((cells for cells in _BARS if cells * 3 <= width), _BARS[-1])
        share: Spans = (("  ", Role.DIM), (number(done), Role.STRONG), (f" of {number(of)}", Role.TEXT))
        lines.append((*bar(done, of, cells), *share))
    tone = tone_of_progress(progress)
    word = "paused: no further step is begun" if progress.paused else outcome_word(progress)
    glyph, role = sign(tone)
    lines.append(((f"{glyph} ", role), (word, role_of(tone).strong)))
    if progress.words:
        lines += [(("  ", Role.DIM), *line) for line in wrap_spans(((progress.words, Role.TEXT),), max(8, width - 2))]
    return lines


def _step(step: Step, progress: Progress, now: datetime, width: int) -> Iterator[Spans]:
    ended = progress.outcome is not Outcome.RUNNING
    mark: Span = (active().check, Role.READY) if step.done else sign(Tone.BROKEN if ended else Tone.MOVING)
    took = precise(((step.until or now) - step.since).total_seconds())
    words: Span = (f" {step.words}", Role.TEXT if step.done else Role.BRIGHT)
    yield from wrap_spans((mark, words, (f"   {took}", Role.DIM)), width)
    if step.detail and not step.done:
        for line in wrap(step.detail, max(8, width - 4)):
            yield ((f"    {line}", Role.WARNING),)
