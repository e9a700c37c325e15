"""The counts of the fleet: how many sets there are, and how many need attention."""

from __future__ import annotations

import msgspec

from stsview.model.views import Fleet, Severity
from stsview.text.numbers import number
from stsview.ui.kit.look.health_roles import health_of, role_of, sign
from stsview.ui.kit.look.roles import Role, Spans

ORDER = (
    (Severity.STUCK, "stuck", "stuck"),
    (Severity.AT_RISK, "risk", "at risk"),
    (Severity.UNKNOWN, "unknown", "unknown"),
    (Severity.ROLLING, "rolling", "rolling"),
    (Severity.HEALTHY, "healthy", "healthy"),
)
"""Severity, its word in the filter (`is:…`), its label on the screen."""


class Count(msgspec.Struct, frozen=True):
    word: str
    """Its word in the filter; empty for the total."""
    spans: Spans


def counts(fleet: Fleet, filtered: str = "") -> tuple[Count, ...]:
    """The counts of the line; `filtered` (a word of the filter) is highlighted."""
    line = [
        Count("", ((number(len(fleet.sets)), Role.STRONG), (" set" if len(fleet.sets) == 1 else " sets", Role.DIM)))
    ]
    for severity, word, words in ORDER:
        amount = fleet.counts[severity]
        if severity is Severity.UNKNOWN and not amount:
            continue
        glyph, role = sign(health_of(severity))
        if not amount:
            role = Role.DIM
        figure = role_of(health_of(severity)).strong if amount else Role.DIM
        label = Role.BADGE if word == filtered else Role.DIM
        line.append(Count(word, ((f"{glyph} ", role), (number(amount), figure), (" ", Role.DIM), (words, label))))
    return tuple(line)
