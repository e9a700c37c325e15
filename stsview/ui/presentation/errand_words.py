"""What is under way, on the one line that every screen has for it."""

from __future__ import annotations

from stsview.actions.progress import Progress
from stsview.model.views import Tone
from stsview.ui.glyphs import active
from stsview.ui.presentation.rollout import bar
from stsview.ui.presentation.words import number
from stsview.ui.roles import Role, Span, Spans
from stsview.ui.tones import sign

_BAR = 12


def errand_forms(title: str, progress: Progress, others: int = 0) -> tuple[Spans, ...]:
    """The fullest form first, each of the others shorter; `others` are under way as well."""
    dot: Span = (f" {active().separator} ", Role.DIM)
    head: Spans = (sign(Tone.WARNING if progress.paused else Tone.MOVING), (f" {title}", Role.TEXT))
    share: list[Span] = []
    meter: list[Span] = []
    if progress.part is not None:
        done, of = progress.part
        share = [(" ", Role.DIM), (number(done), Role.STRONG), (f" of {number(of)}", Role.TEXT)]
        meter = [("  ", Role.DIM), *bar(done, of, _BAR), (" ", Role.DIM)]
    held: list[Span] = [dot, ("paused", Role.WARNING)] if progress.paused else []
    present = next((step.words for step in reversed(progress.steps) if not step.done), "")
    now: list[Span] = [dot, (present, Role.DIM)] if present and not progress.paused else []
    more: list[Span] = [dot, (f"{number(others)} more", Role.TEXT)] if others else []
    shows: list[Span] = [("   ", Role.DIM), ("a", Role.KEY), (" shows it", Role.DIM)]
    return (
        (*head, *meter, *share, *held, *now, *more, *shows),
        (*head, *meter, *share, *held, *more, *shows),
        (*head, *share, *held, *shows),
    )
