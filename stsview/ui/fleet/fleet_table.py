"""The table of the fleet: filter, order, and held rows."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime

from stsview.model.views import SetView
from stsview.objects.meta import Key
from stsview.ui.fleet.fleet_cells import COLUMNS, SEPARATE_FROM, columns, fleet_row
from stsview.ui.fleet.fleet_filter import FleetFilter
from stsview.ui.fleet.fleet_order import DESCENDING, WORST_FIRST, sort_key, sorted_keys, worst_first
from stsview.ui.kit.look.roles import Spans
from stsview.ui.kit.table import Sort, SortMark, StableOrder, VirtualTable

_MAX_GLYPHS = ((170, 40), (130, 24), (100, 12), (0, 9))
"""Minimum width of the table, and the most ordinals drawn as glyphs then."""


class FleetTable(VirtualTable[Key]):
    """The sets that match a filter, sorted.

    Cursor and rows keep still while the table is in use.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic, *, id: str | None = None) -> None:  # noqa: A002
        """`monotonic` is the clock, in seconds, that ends the hold of rows."""
        super().__init__(COLUMNS, self._row, id=id)
        self._monotonic = monotonic
        self._sets: Mapping[Key, SetView] = {}
        self._now: datetime | None = None
        self._filter = FleetFilter()
        self._sort = WORST_FIRST
        self._held: StableOrder[Key] = StableOrder()
        self._wanted: list[Key] = []
        self._update_sort_mark()

    @property
    def sort(self) -> Sort:
        return self._sort

    @property
    def filter(self) -> FleetFilter:
        return self._filter

    @property
    def matching(self) -> int:
        """Number of sets that match the filter."""
        return len(self._wanted)

    @property
    def selected(self) -> SetView | None:
        """The set under the cursor."""
        return None if self.cursor_key is None else self._sets.get(self.cursor_key)

    def update(self, sets: Mapping[Key, SetView], changed: frozenset[Key] | None, now: datetime) -> None:
        """Show these sets.

        `changed` are those that differ from the previous ones (None: any may).
        """
        before, self._sets, self._now = self._sets, sets, now
        if not before:
            # The table was empty: there is nothing to hold in place.
            self._held.release()
        if changed is None or any(self._may_move(before.get(key), sets.get(key)) for key in changed):
            self._wanted = self._sorted_keys()
            self._apply_order()
        here = None if changed is None else [key for key in changed if key in sets]
        self.invalidate(here)

    def update_ages(self, now: datetime) -> None:
        """Show ages at `now`, and move rows if the hold has ended."""
        self._now = now
        self._apply_order()
        self.invalidate()

    def filter_by(self, wanted: FleetFilter) -> None:
        self._filter = wanted
        self._reorder_now()

    def sort_by(self, sort: Sort) -> None:
        self._sort = sort
        self._update_sort_mark()
        self._reorder_now()

    def hold(self) -> None:
        """Hold rows in place for a few seconds, because the table is in use."""
        self._held.hold(self._monotonic())

    def start_on_top(self) -> None:
        """Move the cursor to the first row, unless the table is in use.

        While sets are still being read, the cursor sits on whichever set came first.
        """
        if self._held.keys and not self._held.is_held(self._monotonic()):
            self.move_cursor(self._held.keys[0])

    def _reorder_now(self) -> None:
        """Apply a requested order at once, then hold the rows."""
        self._held.release()
        self._wanted = self._sorted_keys()
        self._apply_order()
        self.hold()

    def _update_sort_mark(self) -> None:
        column = self._sort.column
        shown = "name" if column == "namespace" and not self._separate else column
        self.sort_mark = SortMark(shown, (column in DESCENDING) is not self._sort.reverse)

    def _sorted_keys(self) -> list[Key]:
        return sorted_keys((view for view in self._sets.values() if self._filter.matches(view)), self._sort)

    def _apply_order(self) -> None:
        if self._held.update(self._wanted, self._monotonic()):
            self.set_order(self._held.keys)

    def _may_move(self, was: SetView | None, now: SetView | None) -> bool:
        """Whether a set was added, removed, or may have another place than before."""
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
        cells = next(cells for least, cells in _MAX_GLYPHS if self.size.width >= least)
        return fleet_row(view, self._now, cells, separate=self._separate)

    @property
    def _separate(self) -> bool:
        """Whether namespaces have a column of their own."""
        return self.size.width >= SEPARATE_FROM

    def on_resize(self) -> None:
        shown = columns(self.size.width)
        if shown != self.columns:
            self.set_columns(shown)
            self._update_sort_mark()
        super().on_resize()
