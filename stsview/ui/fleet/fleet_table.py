"""The table of the fleet: filter, order, and held rows."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from stsview.config import FleetConfiguration
from stsview.config.schema import FLEET_COLUMNS, FLEET_REQUIRED
from stsview.live.snapshot import CURRENT, ClusterState, Link
from stsview.model.states import Health
from stsview.model.views import SetView
from stsview.objects.meta import Key, cluster_of
from stsview.text.ages import age
from stsview.text.cluster_labels import cluster_labels
from stsview.ui.fleet.fleet_cells import COLUMN_NAMES, COLUMNS, ClusterMark, columns, fleet_row, separates
from stsview.ui.fleet.fleet_filter import FleetFilter
from stsview.ui.fleet.fleet_order import DESCENDING, place
from stsview.ui.kit.choosers.column_choice import ColumnChoice
from stsview.ui.kit.look.roles import Spans
from stsview.ui.kit.table import Sort, SortedTable, SortMark
from stsview.ui.kit.table.arrangement import sort_of, written_sort

_MAX_GLYPHS = ((170, 40), (130, 24), (100, 12), (0, 9))
"""Minimum width of the table, and the most ordinals drawn as glyphs then."""


class FleetTable(SortedTable[Key]):
    """The sets that match a filter, sorted.

    Cursor and rows keep still while the table is in use.
    """

    COLUMN_CHOICE: ClassVar = ColumnChoice(
        FLEET_COLUMNS, FLEET_REQUIRED, {"namespace": "hidden: the name is namespace/name"}
    )

    def __init__(
        self,
        monotonic: Callable[[], float] = time.monotonic,
        arrangement: FleetConfiguration | None = None,
        *,
        id: str | None = None,  # noqa: A002 - Textual's name for it
    ) -> None:
        """`monotonic` is the clock, in seconds, that ends the hold of rows.

        `arrangement` are the columns and the order at first; None: the usual ones.
        """
        super().__init__(COLUMNS, self._row, monotonic, id=id)
        arrangement = arrangement or FleetConfiguration()
        self._chosen = arrangement.columns
        self._sets: Mapping[Key, SetView] = {}
        self._now: datetime | None = None
        self._filter = FleetFilter()
        self._sort = sort_of(arrangement.sort, COLUMN_NAMES)
        self._marks: Mapping[str, ClusterMark] = {}
        """By cluster, where several are shown."""
        self._ahead: Mapping[str, timedelta] = {}
        """How far the time of a cluster is ahead of the time that is given."""
        self._ages: dict[Key, str] = {}
        """The ages in the rows that were drawn last, which alone make them change with time."""
        self._update_sort_mark()

    @property
    def sort(self) -> Sort:
        return self._sort

    @property
    def chosen_columns(self) -> tuple[str, ...]:
        return self._chosen

    @property
    def arrangement(self) -> FleetConfiguration:
        """Columns and order as they are now."""
        return FleetConfiguration(self._chosen, written_sort(self._sort, COLUMN_NAMES))

    def arrange_columns(self, chosen: Sequence[str]) -> None:
        """Show these columns, by their names in the configuration; empty: the usual ones."""
        self._chosen = tuple(chosen)
        self._use_columns()

    @property
    def filter(self) -> FleetFilter:
        return self._filter

    @property
    def matching(self) -> int:
        """Number of sets that match the filter."""
        return len(self._order)

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
            self.release()
        self._place(before.keys() | sets.keys() if changed is None else changed)
        self.invalidate(None if changed is None else [key for key in changed if key in sets])

    def show_clusters(self, clusters: Sequence[ClusterState]) -> None:
        """Show in each row how current its cluster is; empty: there is one cluster."""
        labels = cluster_labels([state.cluster for state in clusters])
        marks = {state.cluster: _mark(state, labels[state.cluster]) for state in clusters}
        self._ahead = {state.cluster: state.ahead for state in clusters}
        if marks != self._marks:
            self._marks = marks
            self._use_columns()
            self.invalidate()

    def update_ages(self, now: datetime) -> None:
        """Show ages at `now`, and move rows if the hold has ended."""
        self._now = now
        self._place(())
        self.forget_hidden()
        self._ages = {key: self._ages.get(key, "") for key in self._visible_keys() if key is not None}
        self.invalidate([key for key, shown in self._ages.items() if shown != self._age(key, now)])

    def filter_by(self, wanted: FleetFilter) -> None:
        self._filter = wanted
        self._reorder_now()

    def sort_by(self, sort: Sort) -> None:
        self._sort = sort
        self._update_sort_mark()
        self._reorder_now()

    def start_on_top(self) -> None:
        """Move the cursor to the first row, unless the table is in use.

        While sets are still being read, the cursor sits on whichever set came first.
        """
        first = self._order.key(0)
        if first is not None and not self.is_held:
            self.move_cursor(first)

    def _reorder_now(self) -> None:
        """Apply a requested order at once, then hold the rows."""
        self.release()
        self._place(self._sets)
        self.hold()

    def _update_sort_mark(self) -> None:
        column = self._sort.column
        shown = "name" if column == "namespace" and not self._separate else column
        self.sort_mark = SortMark(shown, (column in DESCENDING) is not self._sort.reverse)

    def _place(self, keys: Iterable[Key]) -> None:
        """Place the rows of these sets where they belong, as far as the hold allows."""
        removed: set[Key] = set()
        placed: dict[Key, Any] = {}
        for key in keys:
            view = self._sets.get(key)
            if view is not None and self._filter.matches(view):
                placed[key] = place(view, self._sort)
            else:
                removed.add(key)
        self.place(removed, placed)

    def _age(self, key: Key, now: datetime) -> str:
        view = self._sets.get(key)
        return "" if view is None else age(view.why.since, self._time_of(key, now))

    def _time_of(self, key: Key, now: datetime) -> datetime:
        return now + self._ahead[cluster_of(key)] if self._ahead else now

    def _row(self, key: Key) -> tuple[Spans, ...]:
        view = self._sets.get(key)
        if view is None or self._now is None:
            return ((),) * len(self.columns)
        now = self._time_of(key, self._now)
        self._ages[key] = age(view.why.since, now)
        cells = next(cells for least, cells in _MAX_GLYPHS if self.size.width >= least)
        mark = self._marks.get(cluster_of(key)) if self._marks else None
        return fleet_row(view, now, cells, separate=self._separate, shown=self.columns, cluster=mark)

    @property
    def _separate(self) -> bool:
        """Whether namespaces have a column of their own."""
        return separates(self.size.width, self._chosen)

    def _use_columns(self) -> None:
        shown = columns(self.size.width, self._chosen, clusters=bool(self._marks))
        if shown != self.columns:
            self.set_columns(shown)
            self._update_sort_mark()

    def on_resize(self) -> None:
        self._use_columns()
        super().on_resize()


_HEALTH_OF_LINK = {
    Link.CONNECTING: Health.TERMINATING,
    Link.LOADING: Health.PROGRESSING,
    Link.SILENT: Health.PROGRESSING,
    Link.DISCONNECTED: Health.MISSING,
    Link.POLLED: Health.PROGRESSING,
}
"""As in the header."""


def _mark(state: ClusterState, label: str) -> ClusterMark:
    link = state.health.link
    return ClusterMark(label, _HEALTH_OF_LINK.get(link, Health.READY), link in CURRENT or link is Link.LOADING)
