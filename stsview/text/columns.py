"""Columns, and their layout in a given width."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

import msgspec

from stsview.text.terminal_text import width

GAP = 2
"""Cells between two columns."""


class Align(StrEnum):
    LEFT = "left"
    RIGHT = "right"


class Column(msgspec.Struct, frozen=True):
    """A column: its title, and how its width adapts. Widths are cells."""

    id: str
    title: str
    min_width: int | None = None
    """Width to which it may shrink before columns are dropped; None: never narrower than its content."""
    max_width: int | None = None
    """Greatest width, however long the content; never less than the title needs. 0: the column is not shown."""
    weight: int = 0
    """Above 0 the column is flexible: it starts at `min_width` and gets its share, by weight, of the remaining width,
    whatever its content."""
    priority: int = 100
    """When the width runs out, the column with the lowest priority is dropped first, of equals the rightmost."""
    align: Align = Align.LEFT
    sortable: bool = False
    shortcut: str = ""
    """Key that sorts by it, as a click on its title does; requires `sortable`."""

    def title_width(self, last: bool) -> int:
        """Cells of the title.

        The sort mark stands in the gap after it; in the last column it has a cell of its own, so that sorting moves
        nothing.
        """
        return width(self.title) + (1 if self.sortable and last else 0)

    def least_title(self, last: bool) -> int:
        """Cells that the title needs in any case: cut off, the sort mark would be lost first."""
        return self.title_width(last) if self.sortable else 0


class PlacedColumn(msgspec.Struct, frozen=True):
    """A visible column with its position and width."""

    index: int
    """Its index among all columns, visible or not."""
    column: Column
    x: int
    width: int


def lay_out_columns(
    columns: Sequence[Column], content: Mapping[str, int], room: int, gap: int = GAP
) -> list[PlacedColumn]:
    """Lay out the columns in `room` cells.

    Those with a maximum of 0 are left out. `content` is the widest known content of each, by id.

    Columns are dropped, lowest priority first, until the others fit at their minimum; then fixed columns grow to their
    content in order of priority, and flexible columns share the rest. At least one column stays, below its minimum if
    necessary.
    """
    shown = [(index, column) for index, column in enumerate(columns) if column.max_width != 0]
    if not shown or room <= 0:
        return []
    wanted, least = _needs(shown, content)
    while len(shown) > 1 and sum(least.values()) + gap * (len(shown) - 1) > room:
        shown.remove(min(shown, key=lambda numbered: (numbered[1].priority, -numbered[0])))
        wanted, least = _needs(shown, content)
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


def _needs(shown: Sequence[tuple[int, Column]], content: Mapping[str, int]) -> tuple[dict[str, int], dict[str, int]]:
    """The wanted and the least width of each column, by id."""
    wanted: dict[str, int] = {}
    least: dict[str, int] = {}
    for number, column in shown:
        last = number == shown[-1][0]
        wanted[column.id] = _wanted(column, content.get(column.id, 0), last)
        least[column.id] = _least(column, wanted[column.id], last)
    return wanted, least


def _wanted(column: Column, content: int, last: bool) -> int:
    natural = max(column.min_width or 0, column.title_width(last), content)
    return natural if column.max_width is None else min(natural, max(column.max_width, column.least_title(last)))


def _least(column: Column, wanted: int, last: bool) -> int:
    if column.weight:
        return max(column.min_width or 0, 1)
    return wanted if column.min_width is None else min(max(column.min_width, column.least_title(last)), wanted)


def _share(flexible: Sequence[Column], widths: dict[str, int], left: int) -> None:
    """Distribute `left` cells among flexible columns by weight.

    What exceeds a maximum goes to the others.
    """
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
