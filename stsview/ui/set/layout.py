"""How the lines of a set's screen are shared between its table and its panels."""

from __future__ import annotations

from dataclasses import dataclass

SIDE_BY_SIDE = 108
"""From this width on both panels have room beside each other."""

_LEAST_TABLE = 5
_LEAST_PANEL = 7
_PANEL = 13
_LEAST_TIMELINE = 4
_AROUND = 1
"""The blank line above the panels."""


@dataclass(frozen=True, slots=True)
class SetLayout:
    """Lines of the table, header included, and of the panels, frames included; 0: no panels."""

    table: int
    panels: int
    both: bool
    """Whether both panels are shown; else one at a time."""
    timeline: int = 0
    """Lines of the time line below the panels; 0: it is one of the panels that take turns."""


def faces(layout: SetLayout, *, rows: bool) -> tuple[frozenset[str], ...]:
    """Which of `identity`, `findings` and `timeline` are shown together, for each turn that they take in the room of
    the panels; without rows there is no identity to show, and nothing was replaced."""
    if not layout.panels:
        return (frozenset(),)
    if not rows:
        return (frozenset({"findings"}),)
    if not layout.both:
        return tuple(frozenset({one}) for one in ("identity", "findings", "timeline"))
    if layout.timeline:
        return (frozenset({"identity", "findings", "timeline"}),)
    return (frozenset({"identity", "findings"}), frozenset({"timeline"}))


def lay_out(width: int, height: int, rows: int, timeline: int = 0) -> SetLayout:
    """Share `height` lines below the head of the set among a table of `rows` rows and the panels.

    The table has what it needs as long as the panels keep enough to be of use; panels give way first. `timeline` is
    how many lines the time line would like; it stands below where enough is left for it.
    """
    needed = rows + 1
    both = width >= SIDE_BY_SIDE
    panels = min(_PANEL, height - needed - _AROUND)
    if panels < _PANEL:
        panels = max(panels, min(_PANEL, height * 2 // 5 - _AROUND))
    if panels < _LEAST_PANEL:
        panels = _LEAST_PANEL if height - _LEAST_PANEL - _AROUND >= _LEAST_TABLE else 0
    room = height - (panels + _AROUND if panels else 0)
    table = max(0, min(needed, room))
    left = room - table - _AROUND
    below = min(timeline, left) if both and panels and left >= min(timeline, _LEAST_TIMELINE) else 0
    return SetLayout(table, panels, both, below)
