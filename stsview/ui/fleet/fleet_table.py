"""The table of the fleet: which sets, in which order, and when they may move."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime

from stsview.model.views import SetView
from stsview.objects.meta import Key
from stsview.ui.fleet.fleet_cells import COLUMNS, fleet_row
from stsview.ui.fleet.fleet_filter import FleetFilter
from stsview.ui.fleet.fleet_order import DESCENDING, Sort, StableOrder, arranged, sort_key, worst_first
from stsview.ui.kit.look.roles import Spans
from stsview.ui.kit.table import SortMark, VirtualTable

_SHAPE_CELLS = ((170, 40), (130, 24), (100, 12), (0, 9))
"""From which width of the table on how many ordinals are drawn rather than counted."""


class FleetTable(VirtualTable[Key]):
    """Sets that match a filter, sorted, cursor and rows kept still while somebody uses them."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic, *, id: str | None = None) -> None:  # noqa: A002
        """`monotonic` is the clock, in seconds, by which rows that are held are let go."""
        super().__init__(COLUMNS, self._row, id=id)
        self._monotonic = monotonic
        self._sets: Mapping[Key, SetView] = {}
        self._now: datetime | None = None
        self._filter = FleetFilter()
        self._sort = Sort()
        self._held = StableOrder()
        self._wanted: list[Key] = []
        self._mark()

    @property
    def sort(self) -> Sort:
        return self._sort

    @property
    def filter(self) -> FleetFilter:
        return self._filter

    @property
    def matching(self) -> int:
        """How many sets match the filter."""
        return len(self._wanted)

    @property
    def selected(self) -> SetView | None:
        """The set under the cursor."""
        return None if self.cursor_key is None else self._sets.get(self.cursor_key)

    def update(self, sets: Mapping[Key, SetView], changed: frozenset[Key] | None, now: datetime) -> None:
        """Show these sets; `changed` are those that differ from the last ones taken, None: any may."""
        before, self._sets, self._now = self._sets, sets, now
        if not before:
            # There is no row yet that somebody could have looked at.
            self._held.release()
        if changed is None or any(self._placed_otherwise(before.get(key), sets.get(key)) for key in changed):
            self._wanted = self._arranged()
            self._follow()
        here = None if changed is None else [key for key in changed if key in sets]
        self.invalidate(here)

    def update_ages(self, now: datetime) -> None:
        """Time has passed: show the ages of `now`, and let rows move whose hold has ended."""
        self._now = now
        self._follow()
        self.invalidate()

    def filter_by(self, wanted: FleetFilter) -> None:
        self._filter = wanted
        self._ask_anew()

    def sort_by(self, sort: Sort) -> None:
        self._sort = sort
        self._mark()
        self._ask_anew()

    def touch(self) -> None:
        """Somebody uses the table: rows keep their places for a few seconds."""
        self._held.touch(self._monotonic())

    def start_on_top(self) -> None:
        """Put the cursor on the first row, unless somebody has just used the table: while sets are still being read,
        the first of them is where it came to be by chance."""
        if self._held.keys and not self._held.holding(self._monotonic()):
            self.move_cursor(self._held.keys[0])

    def _ask_anew(self) -> None:
        """What was asked for happens at once, and then the rows are held as after any touch."""
        self._held.release()
        self._wanted = self._arranged()
        self._follow()
        self.touch()

    def _mark(self) -> None:
        self.sort_mark = SortMark(self._sort.column, (self._sort.column in DESCENDING) is not self._sort.reverse)

    def _arranged(self) -> list[Key]:
        return arranged((view for view in self._sets.values() if self._filter.matches(view)), self._sort)

    def _follow(self) -> None:
        if self._held.update(self._wanted, self._monotonic()):
            self.set_order(self._held.keys)

    def _placed_otherwise(self, was: SetView | None, now: SetView | None) -> bool:
        """Whether a set came, went, or may stand in another place than before."""
        if was is None or now is None:
            return was is not now
        return (
            self._filter.matches(was) != self._filter.matches(now)
            or worst_first(was) != worst_first(now)
            or sort_key(was, self._sort) != sort_key(now, self._sort)
        )

    def _row(self, key: Key) -> tuple[Spans, ...]:
        view = self._sets.get(key)
        if view is None or self._now is None:
            return ((),) * len(COLUMNS)
        cells = next(cells for least, cells in _SHAPE_CELLS if self.size.width >= least)
        return fleet_row(view, self._now, cells)
