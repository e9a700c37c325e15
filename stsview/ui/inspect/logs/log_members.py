"""The ordinals whose logs a screen shows, and how it names them."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from stsview.model.views import SetView
from stsview.objects.log_messages import TAIL_LINES
from stsview.text.glyphs import active
from stsview.text.terminal_text import width
from stsview.ui.kit.look.roles import SERIES, Role

_LEAST_NAME = 8
_WIDEST_NAME = 32

_ALL_LINES = 20_000
"""How many existing lines are read of all logs together."""

_LEAST_LINES = 500
"""Of one log, however many there are."""


class LogMember(msgspec.Struct, frozen=True):
    """An ordinal of the set, whether its pod exists or not."""

    pod: str
    ordinal: int

    @property
    def role(self) -> Role:
        """Its colour."""
        return SERIES[self.ordinal % len(SERIES)]


def members_of(view: SetView | None) -> tuple[LogMember, ...]:
    """The ordinals of a set, expected and surplus ones, lowest first."""
    rows = () if view is None else view.ordinals
    return tuple(sorted((LogMember(row.name, row.ordinal) for row in rows if row.owned), key=lambda one: one.ordinal))


def labels(members: Sequence[LogMember], room: int) -> dict[str, str]:
    """What stands before the lines of each pod in a window of `room` cells: its name, or `…-3` where that is long."""
    widest = max((width(member.pod) for member in members), default=0)
    if widest <= max(_LEAST_NAME, min(_WIDEST_NAME, room // 7)):
        return {member.pod: member.pod for member in members}
    return {member.pod: f"{active().ellipsis}-{member.ordinal}" for member in members}


def tail_lines(logs: int) -> int:
    """How many existing lines are read of each of so many logs."""
    return TAIL_LINES if logs <= 1 else max(_LEAST_LINES, _ALL_LINES // logs)
