"""Columns, and how a given width is shared among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from stsview.text.terminal_text import width

GAP = 2
"""Cells between two columns."""


class Align(StrEnum):
    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Column:
    """What a column is called and how it behaves when there is too little or too much room. Widths are cells."""

    id: str
    title: str
    min_width: int | None = None
    """Down to this it may be squeezed before columns have to go; None: it is never narrower than its content."""
    max_width: int | None = None
    """More than this it never takes, however long its content."""
    weight: int = 0
    """Above 0 it is flexible: it starts at `min_width` and takes its share, by weight, of the room that is left; its
    content does not move its width."""
    priority: int = 100
    """When room runs out the column with the lowest priority goes first, of equals the one furthest right."""
    align: Align = Align.LEFT
    sortable: bool = False
    shortcut: str = ""
    """Key that sorts by it (`N`), the same as a click on its title; needs `sortable`."""

    @property
    def title_width(self) -> int:
        """Cells of the title; where it can be sorted by, with one for the mark, so that sorting moves nothing."""
        return width(self.title) + (1 if self.sortable else 0)


@dataclass(frozen=True, slots=True)
class PlacedColumn:
    """A column that is shown, where, and how wide."""

    index: int
    """Its place among all columns, shown or not."""
    column: Column
    x: int
    width: int


def place(columns: Sequence[Column], content: Mapping[str, int], room: int, gap: int = GAP) -> list[PlacedColumn]:
    """Share `room` cells among the columns, `content` being the widest content known of each, by id.

    Columns go, lowest priority first, until those that stay fit at their narrowest; then the fixed ones grow to their
    content in the order of their priority, and the flexible ones share what is left. At least one column stays, if
    need be narrower than it may be.
    """
    shown = list(enumerate(columns))
    if not shown or room <= 0:
        return []
    wanted = {column.id: _wanted(column, content.get(column.id, 0)) for column in columns}
    least = {column.id: _least(column, wanted[column.id]) for column in columns}
    while len(shown) > 1 and sum(least[column.id] for _, column in shown) + gap * (len(shown) - 1) > room:
        shown.remove(min(shown, key=lambda numbered: (numbered[1].priority, -numbered[0])))
    widths = {column.id: least[column.id] for _, column in shown}
    if len(shown) == 1:
        widths = {name: min(cells, room) for name, cells in widths.items()}
    left = room - sum(widths.values()) - gap * (len(shown) - 1)
    for _, column in sorted(shown, key=lambda numbered: (-numbered[1].priority, numbered[0])):
        if not column.weight:
            more = min(left, wanted[column.id] - widths[column.id])
            if more > 0:
                widths[column.id] += more
                left -= more
    _share([column for _, column in shown if column.weight], widths, left)
    placed: list[PlacedColumn] = []
    x = 0
    for index, column in shown:
        placed.append(PlacedColumn(index, column, x, widths[column.id]))
        x += widths[column.id] + gap
    return placed


def _wanted(column: Column, content: int) -> int:
    natural = max(column.min_width or 0, column.title_width, content)
    return natural if column.max_width is None else min(natural, column.max_width)


def _least(column: Column, wanted: int) -> int:
    if column.weight:
        return max(column.min_width or 0, 1)
    return wanted if column.min_width is None else min(column.min_width, wanted)


def _share(flexible: Sequence[Column], widths: dict[str, int], left: int) -> None:
    """Give `left` cells to flexible columns by weight; what one may not take goes to the others."""
    growing = list(flexible)
    while left > 0 and growing:
        weights = sum(column.weight for column in growing)
        share = {column.id: left * column.weight // weights for column in growing}
        share[growing[-1].id] += left - sum(share.values())
        full: list[Column] = []
        for column in growing:
            room = share[column.id]
            if column.max_width is not None and widths[column.id] + room >= column.max_width:
                room = max(0, column.max_width - widths[column.id])
                full.append(column)
            widths[column.id] += room
            left -= room
        if not full:
            break
        growing = [column for column in growing if column not in full]
