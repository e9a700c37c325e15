"""How the lines of a set's screen are shared between its table and its panels."""

from __future__ import annotations

from dataclasses import dataclass

_SIDE_BY_SIDE = 108
"""From this width on both panels have room beside each other."""

_LEAST_TABLE = 5
_LEAST_PANEL = 7
_PANEL = 13
_AROUND = 1
"""The blank line above the panels."""


@dataclass(frozen=True, slots=True)
class SetLayout:
    """Lines of the table, header included, and of the panels, frames included; 0: no panels."""

    table: int
    panels: int
    both: bool
    """Whether both panels are shown; else one at a time."""


def lay_out(width: int, height: int, rows: int) -> SetLayout:
    """Share `height` lines below the head of the set among a table of `rows` rows and the panels.

    The table has what it needs as long as the panels keep enough to be of use; panels give way first.
    """
    needed = rows + 1
    both = width >= _SIDE_BY_SIDE
    panels = min(_PANEL, height - needed - _AROUND)
    if panels < _PANEL:
        panels = max(panels, min(_PANEL, height * 2 // 5 - _AROUND))
    if panels < _LEAST_PANEL:
        panels = _LEAST_PANEL if height - _LEAST_PANEL - _AROUND >= _LEAST_TABLE else 0
    room = height - (panels + _AROUND if panels else 0)
    return SetLayout(max(0, min(needed, room)), panels, both)
