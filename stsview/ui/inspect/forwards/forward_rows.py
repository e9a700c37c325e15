"""Rows of the list of forwarded ports."""

from __future__ import annotations

from collections.abc import Sequence

from stsview.actions.port_forward.forward import Forward, ForwardState, address_text
from stsview.model.states import Health
from stsview.objects.quantity import format_bytes
from stsview.text.glyphs import active
from stsview.text.numbers import number
from stsview.ui.kit.look.health_roles import sign
from stsview.ui.kit.look.roles import Role, Spans
from stsview.ui.kit.table import Align, Column, Placeholder

COLUMNS = (
    Column("mark", "", min_width=1, priority=190),
    Column("local", "LOCAL", max_width=40, priority=200),
    Column("to", "TO", max_width=30, priority=195),
    Column("pod", "POD", min_width=10, max_width=50, priority=150),
    Column("connections", "CONNECTIONS", align=Align.RIGHT, priority=120),
    Column("bytes", "BYTES", min_width=7, align=Align.RIGHT, priority=110),
    Column("state", "STATE", min_width=16, weight=1, priority=180),
)

_HEALTHS = {
    ForwardState.FORWARDING: Health.READY,
    ForwardState.WAITING: Health.WARNING,
    ForwardState.FAILING: Health.DEGRADED,
}


def health_of(forward: Forward) -> Health:
    return _HEALTHS[forward.state]


def forward_row(forward: Forward, context: str) -> tuple[Spans, ...]:
    """The cells; `context` is the one that the screen shows: others are named."""
    elsewhere: Spans = () if forward.context == context else ((f"{forward.context} ", Role.WARNING),)
    return (
        (sign(health_of(forward)),),
        ((forward.local, Role.STRONG),),
        ((str(forward.port), Role.BRIGHT),),
        (*elsewhere, (f"{forward.pod.namespace}/", Role.DIM), (forward.pod.name, Role.TEXT)),
        ((number(forward.connections), Role.BRIGHT if forward.connections else Role.DIM),),
        _size(forward.sent + forward.received),
        _state(forward),
    )


def _state(forward: Forward) -> Spans:
    match forward.state:
        case ForwardState.FORWARDING:
            return (("forwarding", Role.READY),)
        case ForwardState.WAITING:
            return ((forward.pod.problem, Role.WARNING),)
        case ForwardState.FAILING:
            return ((forward.problem, Role.DEGRADED),)


def _size(size: int) -> Spans:
    if not size:
        return ((active().nothing, Role.DIM),)
    amount, unit = format_bytes(size)
    return ((amount, Role.TEXT), (f" {unit if unit == 'B' else unit + 'B'}", Role.DIM))


def forward_lines(forward: Forward, said: str) -> tuple[tuple[str, Spans], ...]:
    """All details of one, as labelled lines; `said` is the last line about it."""
    listens = ", ".join(address_text(host, port) for host, port in forward.addresses)
    lines: list[tuple[str, Spans]] = [
        ("listens", ((listens, Role.BRIGHT),)),
        ("to", ((forward.target, Role.BRIGHT), (f"  in {forward.pod.namespace}, {forward.context}", Role.DIM))),
    ]
    if forward.sent or forward.received:
        bytes_ = ("sent ", Role.DIM), *_size(forward.sent), (", received ", Role.DIM), *_size(forward.received)
        lines.append(("bytes", bytes_))
    last = forward.pod.problem or forward.problem or said
    if last:
        lines.append(("last", ((last, Role.WARNING if forward.pod.problem or forward.problem else Role.TEXT),)))
    return tuple(lines)


def title(forwards: Sequence[Forward]) -> tuple[Spans, tuple[Spans, ...]]:
    left: Spans = (("forwarded ports", Role.STRONG), ("  until stsview ends", Role.DIM))
    connections = sum(one.connections for one in forwards)
    right: Spans = ((number(connections), Role.BRIGHT), (" connection" + ("" if connections == 1 else "s"), Role.DIM))
    return left, (right,) if forwards else ()


NOTHING = Placeholder("no forwarded ports", ("F on a pod of a set forwards a local port to it",))
