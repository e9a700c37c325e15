"""A headline with labelled lines below it: the layout of every explanation."""

from __future__ import annotations

import msgspec

from stsview.ui.kit.look.roles import Role, Spans

CAUSE = "cause"
EFFECT = "effect"
NEXT_STEP = "next step"
ALSO = "also"
"""Labels of the lines of an explanation, on every screen."""

LABEL_CELLS = 11
"""Width of the longest label, `next step`, and the gap after it."""


ADDITION = 200
"""Rank from which lines are shown only where all others are complete."""


class Line(msgspec.Struct, frozen=True):
    """One labelled line, wrapped or cropped on its own."""

    label: str
    """A line with the label of the line above does not repeat it."""
    spans: Spans
    rank: int = 100
    """Where there is no room for all lines, those of the highest rank are left out."""
    most: int = 8
    """Lines of the screen that it may take: messages of admission webhooks may be of any length."""
    label_role: Role = Role.DIM
    key: str = ""
    """The key that lists this line and those like it: those that are left out are counted, with the key."""


class Reason(msgspec.Struct, frozen=True):
    """A headline and the labelled lines below it."""

    headline: Spans
    lines: tuple[Line, ...]
    aside: Line | None = None
    """Follows the headline where its last line has room, else it is the first of the lines."""
