"""Title line and placeholder of a log: pods, container, state of the streams, number of lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec

from stsview.model.states import Health
from stsview.objects.log_messages import TAIL_LINES, LogHealth, LogPhase
from stsview.text.glyphs import active
from stsview.text.numbers import count, number
from stsview.ui.kit.look.health_roles import sign
from stsview.ui.kit.look.roles import Role, Span, Spans
from stsview.ui.kit.table import Placeholder

STATES = {
    LogPhase.OPENING: "opening",
    LogPhase.READING: "reading",
    LogPhase.FOLLOWING: "following",
    LogPhase.WAITING: "waiting",
    LogPhase.ENDED: "ended",
    LogPhase.REFUSED: "cannot be read",
}

HEALTHS = {
    LogPhase.OPENING: Health.TERMINATING,
    LogPhase.READING: Health.TERMINATING,
    LogPhase.FOLLOWING: Health.READY,
    LogPhase.WAITING: Health.WARNING,
    LogPhase.ENDED: Health.MISSING,
    LogPhase.REFUSED: Health.DEGRADED,
}

ROLES = {
    LogPhase.OPENING: Role.TEXT,
    LogPhase.READING: Role.TEXT,
    LogPhase.FOLLOWING: Role.READY,
    LogPhase.WAITING: Role.WARNING,
    LogPhase.ENDED: Role.TEXT,
    LogPhase.REFUSED: Role.DEGRADED,
}

_WORST_FIRST = (
    LogPhase.REFUSED,
    LogPhase.WAITING,
    LogPhase.ENDED,
    LogPhase.OPENING,
    LogPhase.READING,
    LogPhase.FOLLOWING,
)


class LogSubject(msgspec.Struct, frozen=True):
    """Whose log is shown."""

    name: str
    """Of the pod, or of the set."""
    container: str = ""
    previous: bool = False
    pods: int = 1
    """How many logs are merged."""


def log_title(
    subject: LogSubject, health: Sequence[LogHealth], *, below: int | None, lines: int, more: bool = False
) -> Spans:
    """Pod or set, container, and state of the streams.

    `below`: number of new lines below the visible ones while the operator has scrolled up; None while following.
    `more`: whether the nodes have further ones.
    """
    dot: Span = (f" {active().separator} ", Role.DIM)
    title: list[Span] = [(subject.name, Role.STRONG)]
    if subject.container:
        title += [dot, (subject.container, Role.BRIGHT)]
    if subject.previous:
        title += [("  ", Role.DIM), (" previous run ", Role.BADGE)]
    phases = [one.phase for one in health]
    if below is not None and LogPhase.FOLLOWING in phases:
        lines_below = f"{number(below)}+ lines" if more else count(below, "line")
        new = f" {active().separator} {lines_below} below" if below else ""
        state: Spans = (sign(Health.PROGRESSING), (" paused", Role.PROGRESSING_STRONG), (new, Role.TEXT))
    elif len(health) == 1:
        state = _state(health[0], lines)
    else:
        state = _states(phases)
    return (*title, ("   ", Role.DIM), *state)


def _state(health: LogHealth, lines: int) -> Spans:
    glyph, role = sign(HEALTHS[health.phase])
    # While there are no lines, the placeholder shows the problem.
    text = health.problem if lines and health.problem else STATES[health.phase]
    return ((glyph, role), (f" {text}", ROLES[health.phase]))


def _states(phases: Sequence[LogPhase]) -> Spans:
    """`● following`, or how many are in each state, the worst first."""
    counts = Counter(phases)
    spans: list[Span] = []
    for phase in _WORST_FIRST:
        if phase in counts:
            if spans:
                spans.append(("  ", Role.DIM))
            words = STATES[phase] if len(counts) == 1 else f"{counts[phase]} {STATES[phase]}"
            spans += [sign(HEALTHS[phase]), (f" {words}", ROLES[phase])]
    return tuple(spans)


def log_amounts(lines: int, dropped: int, *, wrap: bool, unread: bool | None = None) -> Sequence[Spans]:
    """Number of lines held, and of older lines dropped, longest form first.

    `unread`: whether older lines of merged logs were not read; None for one log.
    """
    if not lines:
        return ()
    dot: Span = (f" {active().separator} ", Role.DIM)
    last = "last " if unread is None and lines + dropped >= TAIL_LINES else ""
    lines_held: Spans = (
        (last, Role.DIM),
        (number(lines), Role.BRIGHT),
        (" lines" if lines != 1 else " line", Role.DIM),
    )
    dropped_text: Spans = (dot, (number(dropped), Role.WARNING), (" older dropped", Role.DIM)) if dropped else ()
    if unread and not dropped:
        dropped_text = (dot, ("older ones not read", Role.DIM))
    wrapping: Spans = () if wrap else (dot, ("not wrapped", Role.DIM))
    return ((*lines_held, *dropped_text, *wrapping), (*lines_held, *dropped_text), lines_held)


def no_lines(subject: LogSubject, health: Sequence[LogHealth]) -> Placeholder:
    """Why there is nothing to read."""
    if not health:
        return Placeholder("all ordinals are off", ("press the number of one to see its log",), Health.MISSING)
    worst = min(health, key=lambda one: _WORST_FIRST.index(one.phase))
    if subject.pods == 1:
        container = f"{subject.container or 'the container'} of {subject.name}"
    else:
        container = f"{subject.container or 'the containers'} of {count(len(health), 'pod')} of {subject.name}"
        reasons = list(dict.fromkeys(one.problem for one in health if one.problem))
        phases = {one.phase for one in health}
        if len(phases) > 1 and not phases <= {LogPhase.WAITING, LogPhase.REFUSED}:
            return Placeholder(f"no output from {container} yet", tuple(reasons[:3]))
    match worst.phase:
        case LogPhase.OPENING | LogPhase.READING:
            return Placeholder(f"loading logs of {container} {active().ellipsis}")
        case LogPhase.FOLLOWING:
            return Placeholder(f"no output from {container} yet", ("waiting for output",))
        case LogPhase.ENDED:
            details = (worst.problem,) if worst.problem else ()
            return Placeholder(f"{container} wrote no output", details, Health.MISSING)
        case LogPhase.WAITING:
            return Placeholder(worst.problem, (f"retrying {active().ellipsis}",), Health.WARNING)
        case LogPhase.REFUSED:
            return Placeholder(worst.problem, (), Health.DEGRADED)
