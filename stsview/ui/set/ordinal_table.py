"""The table of a set: one row per ordinal, or one per PVC template."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, ClassVar

from textual.message import Message

from stsview.config import SetConfiguration
from stsview.config.schema import SET_COLUMNS, SET_REQUIRED
from stsview.model.usage.usage_history import MeasuredUsage
from stsview.model.views import OrdinalView, SetView
from stsview.text.numbers import count
from stsview.ui.kit.choosers.column_choice import ColumnChoice
from stsview.ui.kit.commands.commands import Command
from stsview.ui.kit.commands.ranks import Rank
from stsview.ui.kit.look.roles import Spans
from stsview.ui.kit.table import Sort, SortMark, StableOrder, VirtualTable
from stsview.ui.kit.table.arrangement import sort_of, written_sort
from stsview.ui.kit.toast import toast
from stsview.ui.set.ordinal_cells import COLUMN_NAMES, NO_CELL, RowKey, columns, ordinal_row, row_keys
from stsview.ui.set.ordinal_filter import OrdinalFilter
from stsview.ui.set.ordinal_order import BY_ORDINAL, DESCENDING, sorted_ordinals

_COLUMN_NOTES = {
    "role": "where pods have a role",
    "volume": "where volumes are attached",
    **dict.fromkeys(("full", "cpu", "memory"), "where it is measured"),
}


def _has_rows(table: Any) -> bool:
    return table.is_mounted and table.cursor_key is not None


class OrdinalTable(VirtualTable[RowKey]):
    """The ordinals that match a filter, sorted.

    Without filter and sort: expected ordinals ascending, then surplus, orphaned and foreign pods. Else rows keep still
    while the table is in use.
    """

    COLUMN_CHOICE: ClassVar = ColumnChoice(SET_COLUMNS, SET_REQUIRED, _COLUMN_NOTES)

    OWN_COMMANDS: ClassVar[Sequence[Command]] = (
        Command(
            "choose",
            ("space",),
            "choose",
            "Choose this ordinal, for its logs with those of others; again to drop it",
            "This row",
            0,
            _has_rows,
            # As that of the logs: else a key typed at once after it would come first.
            priority=True,
        ),
        Command(
            "choose_all",
            ("asterisk",),
            "choose all",
            "Choose all ordinals, for their logs; again to drop them",
            "This row",
            0,
            _has_rows,
            priority=True,
        ),
        Command(
            "next_problem",
            ("right_square_bracket",),
            "next problem",
            "Go to the next ordinal that needs attention",
            "Move",
            Rank.DISPLAY,
            _has_rows,
        ),
        Command(
            "previous_problem",
            ("left_square_bracket",),
            "previous problem",
            "Go to the previous ordinal that needs attention",
            "Move",
            0,
            _has_rows,
        ),
    )

    def __init__(
        self,
        monotonic: Callable[[], float] = time.monotonic,
        arrangement: SetConfiguration | None = None,
        *,
        id: str | None = None,  # noqa: A002 - Textual's name for it
    ) -> None:
        """`monotonic` is the clock, in seconds, that ends the hold of rows.

        `arrangement` are the columns and the order at first; None: the usual ones.
        """
        arrangement = arrangement or SetConfiguration()
        self._chosen_columns = arrangement.columns
        self._monotonic = monotonic
        self._filter = OrdinalFilter()
        self._sort = sort_of(arrangement.sort, COLUMN_NAMES)
        self._held: StableOrder[RowKey] = StableOrder()
        self._matching = 0
        self._chosen: frozenset[str] = frozenset()
        self._ordinals: dict[tuple[str, bool], OrdinalView] = {}
        self._view: SetView | None = None
        self._now: datetime | None = None
        self._measured: MeasuredUsage | None = None
        self.initial_ordinal: int | None = None
        """The ordinal for the first cursor position; None: the one that the set waits for, if any."""
        super().__init__((), self._row, open_label="", id=id)

    @property
    def selected(self) -> OrdinalView | None:
        """The ordinal under the cursor."""
        key = self.cursor_key
        return None if key is None else self._ordinals.get((key.name, key.foreign))

    class ChoiceChanged(Message):
        """Other ordinals are chosen."""

    @property
    def chosen(self) -> tuple[str, ...]:
        """The pods of the chosen ordinals, the lowest first."""
        rows = sorted(self._choosable(), key=lambda row: row.ordinal)
        return tuple(row.name for row in rows if row.name in self._chosen)

    def choose(self, pods: Iterable[str]) -> None:
        """Choose these ordinals, and no others."""
        self._chosen = frozenset(pods)
        self.invalidate()
        self.post_message(self.ChoiceChanged())

    def _choosable(self) -> list[OrdinalView]:
        return [row for row in self._ordinals.values() if row.owned]

    def action_choose(self) -> None:
        row = self.selected
        if row is not None and row.owned:
            self.choose(self._chosen ^ {row.name})

    def action_choose_all(self) -> None:
        shown = {row.name for row in self._choosable() if self._filter.matches(row)}
        self.choose(() if shown <= self._chosen else shown)

    def commands(self) -> list[Command]:
        # An ordinal has no screen of its own to open.
        return [command for command in super().commands() if command.id != "open"]

    def update(self, view: SetView | None, now: datetime, measured: MeasuredUsage | None = None) -> None:
        """Show the ordinals of this set, and what they use; None: the set does not exist, or was not measured."""
        self._view, self._now, self._measured = view, now, measured
        if view is None:
            self._ordinals = {}
            self._matching = 0
            self.set_order(())
            return
        self._ordinals = {(key.name, key.foreign): ordinal for key, ordinal in row_keys(view.ordinals)}
        shown = columns(view, self.size.width, self._measured, self._chosen_columns)
        if shown != self.columns:
            self.set_columns(shown)
            self._update_sort_mark()
        first = self.cursor_key is None
        self._apply_order()
        self.invalidate()
        if first:
            self._place_first_cursor(view)

    @property
    def matching(self) -> int:
        """Number of ordinals that match the filter."""
        return self._matching

    @property
    def total(self) -> int:
        """Number of ordinals, whatever the filter."""
        return len(self._ordinals)

    @property
    def total_rows(self) -> int:
        """Number of rows without a filter."""
        return sum(max(1, len(ordinal.all_claims)) for ordinal in self._ordinals.values())

    def filter_by(self, wanted: OrdinalFilter) -> None:
        self._filter = wanted
        self._reorder_now()

    def sort_by(self, sort: Sort) -> None:
        self._sort = sort
        self._update_sort_mark()
        self._reorder_now()

    @property
    def sort(self) -> Sort:
        return self._sort

    @property
    def chosen_columns(self) -> tuple[str, ...]:
        return self._chosen_columns

    @property
    def arrangement(self) -> SetConfiguration:
        """Columns and order as they are now."""
        return SetConfiguration(self._chosen_columns, written_sort(self._sort, COLUMN_NAMES))

    def arrange_columns(self, chosen: Sequence[str]) -> None:
        """Show these columns, by their names in the configuration; empty: the usual ones."""
        self._chosen_columns = tuple(chosen)
        if self._view is not None and self._now is not None:
            self.update(self._view, self._now, self._measured)

    def hold(self) -> None:
        """Hold rows in place for a few seconds, because the table is in use."""
        self._held.hold(self._monotonic())

    def _reorder_now(self) -> None:
        """Apply a requested order at once, then hold the rows."""
        self._held.release()
        self._apply_order()
        self.hold()

    def _apply_order(self) -> None:
        ordinals = [one for one in self._ordinals.values() if self._filter.matches(one)]
        self._matching = len(ordinals)
        keys = [key for key, _ in row_keys(sorted_ordinals(ordinals, self._sort))]
        if self._sort == BY_ORDINAL:
            # Rows of this order do not move. New ones must not go to the end, as held ones would.
            self._held.release()
        self._held.update(keys, self._monotonic())
        self.set_order(self._held.keys)

    def _update_sort_mark(self) -> None:
        column = self._sort.column
        if column.startswith("node"):
            column = next((shown.id for shown in self.columns if shown.id.startswith("node")), column)
        self.sort_mark = SortMark(column, (self._sort.column in DESCENDING) is not self._sort.reverse)

    def action_next_problem(self) -> None:
        self._go_to_problem(1)

    def action_previous_problem(self) -> None:
        self._go_to_problem(-1)

    def _go_to_problem(self, step: int) -> None:
        """Move to the nearest row in that direction whose ordinal needs attention, round the end of the table."""
        keys = self.keys
        for distance in range(1, len(keys) + 1):
            row = (self._cursor_row + step * distance) % len(keys)
            key = keys[row]
            ordinal = self._ordinals.get((key.name, key.foreign))
            if key.line == 0 and ordinal is not None and not ordinal.well:
                self._go_to(row)
                return
        toast(self, f"no problem: {count(self._matching, 'ordinal')} ready, with PVCs and DNS names in order")

    def _place_first_cursor(self, view: SetView) -> None:
        wanted = self.initial_ordinal
        if wanted is None:
            wanted = view.wait.ordinal if view.why.ordinal is None else view.why.ordinal
        for key, ordinal in self._ordinals.items():
            if ordinal.ordinal == wanted:
                self.move_cursor(RowKey(*key, 0))
                return

    def on_resize(self) -> None:
        super().on_resize()
        if self._view is not None and self._now is not None:
            # The width decides which columns there are.
            self.update(self._view, self._now, self._measured)

    def update_ages(self, now: datetime) -> None:
        """Show ages at `now`."""
        self._now = now
        if self._filter.active or self._sort != BY_ORDINAL:
            self._apply_order()
        self.invalidate()

    def _row(self, key: RowKey) -> Sequence[Spans]:
        ordinal = self._ordinals.get((key.name, key.foreign))
        if self._view is None or self._now is None or ordinal is None:
            return (NO_CELL,) * len(self.columns)
        chosen = ordinal.owned and ordinal.name in self._chosen
        return ordinal_row(self._view, ordinal, key.line, self._now, self.columns, self._measured, chosen=chosen)
