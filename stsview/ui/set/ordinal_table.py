"""The table of a set: one row per ordinal, or one per PVC template."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from stsview.model.views import OrdinalView, SetView
from stsview.ui.kit.commands.commands import Command
from stsview.ui.kit.look.roles import Spans
from stsview.ui.kit.table import VirtualTable
from stsview.ui.set.ordinal_cells import NO_CELL, RowKey, columns, ordinal_row, row_keys


class OrdinalTable(VirtualTable[RowKey]):
    """Expected ordinals ascending, then surplus, orphaned and foreign pods."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        self._ordinals: dict[tuple[str, bool], OrdinalView] = {}
        self._view: SetView | None = None
        self._now: datetime | None = None
        self.initial_ordinal: int | None = None
        """The ordinal for the first cursor position; None: the one that the set waits for, if any."""
        super().__init__((), self._row, open_label="", id=id)

    @property
    def selected(self) -> OrdinalView | None:
        """The ordinal under the cursor."""
        key = self.cursor_key
        return None if key is None else self._ordinals.get((key.name, key.foreign))

    def commands(self) -> list[Command]:
        # An ordinal has no screen of its own to open.
        return [command for command in super().commands() if command.id != "open"]

    def update(self, view: SetView | None, now: datetime) -> None:
        """Show the ordinals of this set; None: the set does not exist."""
        self._view, self._now = view, now
        if view is None:
            self._ordinals = {}
            self.set_order(())
            return
        keys = list(row_keys(view))
        self._ordinals = {(key.name, key.foreign): ordinal for key, ordinal in keys}
        shown = columns(view, self.size.width)
        if shown != self.columns:
            self.set_columns(shown)
        first = self.cursor_key is None
        self.set_order([key for key, _ in keys])
        self.invalidate()
        if first:
            self._place_first_cursor(view)

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
            self.update(self._view, self._now)

    def update_ages(self, now: datetime) -> None:
        """Show ages at `now`."""
        self._now = now
        self.invalidate()

    def _row(self, key: RowKey) -> Sequence[Spans]:
        ordinal = self._ordinals.get((key.name, key.foreign))
        if self._view is None or self._now is None or ordinal is None:
            return (NO_CELL,) * len(self.columns)
        return ordinal_row(self._view, ordinal, key.line, self._now, self.columns)
