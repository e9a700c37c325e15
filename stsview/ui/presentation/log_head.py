"""What stands above a log: whose it is, how its stream is, and how much of it there is."""

from __future__ import annotations

from collections.abc import Sequence

from stsview.model.views import Tone
from stsview.objects.logs import TAIL_LINES, LogHealth, LogPhase, LogRequest
from stsview.ui.glyphs import active
from stsview.ui.presentation.words import count, number
from stsview.ui.roles import Role, Span, Spans
from stsview.ui.table import Placeholder
from stsview.ui.tones import sign

_WORDS = {
    LogPhase.OPENING: "opening",
    LogPhase.FOLLOWING: "following",
    LogPhase.WAITING: "waiting",
    LogPhase.ENDED: "ended",
    LogPhase.REFUSED: "cannot be read",
}

_TONES = {
    LogPhase.OPENING: Tone.GOING,
    LogPhase.FOLLOWING: Tone.READY,
    LogPhase.WAITING: Tone.WARNING,
    LogPhase.ENDED: Tone.MISSING,
    LogPhase.REFUSED: Tone.BROKEN,
}

_ROLES = {
    LogPhase.OPENING: Role.TEXT,
    LogPhase.FOLLOWING: Role.READY,
    LogPhase.WAITING: Role.WARNING,
    LogPhase.ENDED: Role.TEXT,
    LogPhase.REFUSED: Role.BROKEN,
}


def log_title(request: LogRequest, health: LogHealth, *, below: int | None, lines: int) -> Spans:
    """`below`: how many lines have come that are out of sight, since somebody looked further up; None: nobody did."""
    dot: Span = (f" {active().separator} ", Role.DIM)
    whose: list[Span] = [(request.pod, Role.STRONG)]
    if request.container:
        whose += [dot, (request.container, Role.BRIGHT)]
    if request.previous:
        whose += [("  ", Role.DIM), (" previous run ", Role.BADGE)]
    return (*whose, ("   ", Role.DIM), *_state(health, below, lines))


def _state(health: LogHealth, below: int | None, lines: int) -> Spans:
    phase = health.phase
    if phase is LogPhase.FOLLOWING and below is not None:
        new = f" {active().separator} {count(below, 'line')} below" if below else ""
        return (sign(Tone.MOVING), (" paused", Role.MOVING_STRONG), (new, Role.TEXT))
    glyph, role = sign(_TONES[phase])
    # What is wrong stands where the lines would be, while there is none.
    said = health.problem if lines and health.problem else _WORDS[phase]
    return ((glyph, role), (f" {said}", _ROLES[phase]))


def log_amounts(lines: int, dropped: int, *, wrap: bool) -> Sequence[Spans]:
    """How many lines there are, and what became of those that are not there any more."""
    if not lines:
        return ()
    dot: Span = (f" {active().separator} ", Role.DIM)
    last = "last " if lines + dropped >= TAIL_LINES else ""
    held: Spans = ((last, Role.DIM), (number(lines), Role.BRIGHT), (" lines" if lines != 1 else " line", Role.DIM))
    gone: Spans = (dot, (number(dropped), Role.WARNING), (" older ones dropped", Role.DIM)) if dropped else ()
    ways: Spans = () if wrap else (dot, ("not wrapped", Role.DIM))
    return ((*held, *gone, *ways), (*held, *gone), held)


def no_lines(request: LogRequest, health: LogHealth) -> Placeholder:
    """Why there is nothing to read."""
    whose = f"{request.container or 'the container'} of {request.pod}"
    match health.phase:
        case LogPhase.OPENING:
            return Placeholder(f"reading the log of {whose} {active().ellipsis}")
        case LogPhase.FOLLOWING:
            return Placeholder(f"{whose} has written nothing so far", ("what it writes will stand here",))
        case LogPhase.ENDED:
            details = (health.problem,) if health.problem else ()
            return Placeholder(f"{whose} wrote nothing", details, Tone.MISSING)
        case LogPhase.WAITING:
            return Placeholder(health.problem, ("it is tried again until there is something to read",), Tone.WARNING)
        case LogPhase.REFUSED:
            return Placeholder(health.problem, (), Tone.BROKEN)
