"""What stands above a log: whose it is, how its stream is, and how much of it there is."""

from __future__ import annotations

from collections.abc import Sequence

from stsview.model.states import Health
from stsview.objects.log_messages import TAIL_LINES, LogHealth, LogPhase, LogRequest
from stsview.text.glyphs import active
from stsview.text.numbers import count, number
from stsview.ui.kit.look.health_roles import sign
from stsview.ui.kit.look.roles import Role, Span, Spans
from stsview.ui.kit.table import Placeholder

_WORDS = {
    LogPhase.OPENING: "opening",
    LogPhase.FOLLOWING: "following",
    LogPhase.WAITING: "waiting",
    LogPhase.ENDED: "ended",
    LogPhase.REFUSED: "cannot be read",
}

_TONES = {
    LogPhase.OPENING: Health.TERMINATING,
    LogPhase.FOLLOWING: Health.READY,
    LogPhase.WAITING: Health.WARNING,
    LogPhase.ENDED: Health.MISSING,
    LogPhase.REFUSED: Health.DEGRADED,
}

_ROLES = {
    LogPhase.OPENING: Role.TEXT,
    LogPhase.FOLLOWING: Role.READY,
    LogPhase.WAITING: Role.WARNING,
    LogPhase.ENDED: Role.TEXT,
    LogPhase.REFUSED: Role.DEGRADED,
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
        return (sign(Health.PROGRESSING), (" paused", Role.PROGRESSING_STRONG), (new, Role.TEXT))
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
            return Placeholder(f"{whose} wrote nothing", details, Health.MISSING)
        case LogPhase.WAITING:
            return Placeholder(health.problem, ("it is tried again until there is something to read",), Health.WARNING)
        case LogPhase.REFUSED:
            return Placeholder(health.problem, (), Health.DEGRADED)
