"""Layout of the set screen: lines of the table and of the panels."""

from __future__ import annotations

from dataclasses import dataclass

SIDE_BY_SIDE = 108
"""Minimum width for two panels side by side."""

_LEAST_TABLE = 5
_LEAST_PANEL = 7
_PANEL = 13
_LEAST_TIMELINE = 4
_AROUND = 1
"""The blank line above the panels."""


@dataclass(frozen=True, slots=True)
class SetLayout:
    """Lines of the table, header included, and of the panels, frames included.

    0: no panels.
    """

    table: int
    panels: int
    both: bool
    """Whether both panels are visible; else one at a time."""
    timeline: int = 0
    """Lines of the timeline below the panels; 0: it is on a page of its own."""


def panel_pages(layout: SetLayout, *, rows: bool) -> tuple[frozenset[str], ...]:
    """The pages of panels: sets of `identity`, `findings` and `timeline`.

    Without rows there is no identity and no timeline to show.
    """
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
    """Divide `height` lines between a table of `rows` rows and the panels.

    The table gets what it needs as long as the panels keep a useful height; panels are dropped first. `timeline` is the
    number of lines that the timeline needs; it stands below the panels if enough are left.
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
