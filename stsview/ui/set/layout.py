"""Layout of the set screen: lines of the table and of the panels."""

from __future__ import annotations

import msgspec

SIDE_BY_SIDE = 108
"""Minimum width for two panels side by side."""

_LEAST_TABLE = 5
_LEAST_PANEL = 7
_PANEL = 13
_PANEL_ABOVE_TIMELINE = 9
"""Least lines of the panels where that makes room for the timeline."""
_LEAST_TIMELINE = 4
_AROUND = 1
"""The blank line above the panels, and above the timeline."""


class SetLayout(msgspec.Struct, frozen=True):
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
    pages = [{"identity", "findings"}] if layout.both else [{"identity"}, {"findings"}]
    if layout.timeline:
        return tuple(frozenset(page | {"timeline"}) for page in pages)
    return tuple(frozenset(page) for page in (*pages, {"timeline"}))


def lay_out(width: int, height: int, rows: int, timeline: int = 0, findings: int = 0) -> SetLayout:
    """Divide `height` lines between a table of `rows` rows, the panels, and the timeline.

    The table gets what it needs as long as the panels keep a useful height; panels are dropped first. `timeline` is the
    number of lines that the timeline needs: it stands below the panels wherever lines are free, or the panels can spare
    some. What is left then goes to the panels, up to the lines that the `findings` need.
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
    if not panels:
        return SetLayout(table, panels, both)
    free = room - table
    spare = max(0, panels - _PANEL_ABOVE_TIMELINE) if table == needed else 0
    below = min(timeline, free + spare - _AROUND)
    if below < min(timeline, _LEAST_TIMELINE):
        below = 0
    if below:
        free -= below + _AROUND
        panels += min(0, free)
        free = max(0, free)
    panels += max(0, min(free, findings - panels))
    return SetLayout(table, panels, both, below)
