"""Title line and placeholder of a log: container, stream state, number of lines."""

from __future__ import annotations

from collections.abc import Sequence

from stsview.model.states import Health
from stsview.objects.log_messages import TAIL_LINES, LogHealth, LogPhase, LogRequest
from stsview.text.glyphs import active
from stsview.text.numbers import count, number
from stsview.ui.kit.look.health_roles import sign
from stsview.ui.kit.look.roles import Role, Span, Spans
from stsview.ui.kit.table import Placeholder

_STATES = {
    LogPhase.OPENING: "opening",
    LogPhase.READING: "reading",
    LogPhase.FOLLOWING: "following",
    LogPhase.WAITING: "waiting",
    LogPhase.ENDED: "ended",
    LogPhase.REFUSED: "cannot be read",
}

_HEALTHS = {
    LogPhase.OPENING: Health.TERMINATING,
    LogPhase.READING: Health.TERMINATING,
    LogPhase.FOLLOWING: Health.READY,
    LogPhase.WAITING: Health.WARNING,
    LogPhase.ENDED: Health.MISSING,
    LogPhase.REFUSED: Health.DEGRADED,
}

_ROLES = {
    LogPhase.OPENING: Role.TEXT,
    LogPhase.READING: Role.TEXT,
    LogPhase.FOLLOWING: Role.READY,
    LogPhase.WAITING: Role.WARNING,
    LogPhase.ENDED: Role.TEXT,
    LogPhase.REFUSED: Role.DEGRADED,
}


def log_title(request: LogRequest, health: LogHealth, *, below: int | None, lines: int) -> Spans:
    """Pod, container, and state of the stream.

    `below`: number of new lines below the visible ones while the operator has scrolled up; None while following.
    """
    dot: Span = (f" {active().separator} ", Role.DIM)
    title: list[Span] = [(request.pod, Role.STRONG)]
    if request.container:
        title += [dot, (request.container, Role.BRIGHT)]
    if request.previous:
        title += [("  ", Role.DIM), (" previous run ", Role.BADGE)]
    return (*title, ("   ", Role.DIM), *_state(health, below, lines))


def _state(health: LogHealth, below: int | None, lines: int) -> Spans:
    phase = health.phase
    if phase is LogPhase.FOLLOWING and below is not None:
        new = f" {active().separator} {count(below, 'line')} below" if below else ""
        return (sign(Health.PROGRESSING), (" paused", Role.PROGRESSING_STRONG), (new, Role.TEXT))
    glyph, role = sign(_HEALTHS[phase])
    # While there are no lines, the placeholder shows the problem.
    text = health.problem if lines and health.problem else _STATES[phase]
    return ((glyph, role), (f" {text}", _ROLES[phase]))


def log_amounts(lines: int, dropped: int, *, wrap: bool) -> Sequence[Spans]:
    """Number of lines held, and of older lines dropped, longest form first."""
    if not lines:
        return ()
    dot: Span = (f" {active().separator} ", Role.DIM)
    last = "last " if lines + dropped >= TAIL_LINES else ""
    lines_held: Spans = (
        (last, Role.DIM),
        (number(lines), Role.BRIGHT),
        (" lines" if lines != 1 else " line", Role.DIM),
    )
    dropped_text: Spans = (dot, (number(dropped), Role.WARNING), (" older dropped", Role.DIM)) if dropped else ()
    wrapping: Spans = () if wrap else (dot, ("not wrapped", Role.DIM))
    return ((*lines_held, *dropped_text, *wrapping), (*lines_held, *dropped_text), lines_held)


def no_lines(request: LogRequest, health: LogHealth) -> Placeholder:
    """Why there is nothing to read."""
    container = f"{request.container or 'the container'} of {request.pod}"
    match health.phase:
        case LogPhase.OPENING | LogPhase.READING:
            return Placeholder(f"loading logs of {container} {active().ellipsis}")
        case LogPhase.FOLLOWING:
            return Placeholder(f"no output from {container} yet", ("waiting for output",))
        case LogPhase.ENDED:
            details = (health.problem,) if health.problem else ()
            return Placeholder(f"{container} wrote no output", details, Health.MISSING)
        case LogPhase.WAITING:
            return Placeholder(health.problem, (f"retrying {active().ellipsis}",), Health.WARNING)
        case LogPhase.REFUSED:
            return Placeholder(health.problem, (), Health.DEGRADED)
