"""Base class of the screens with a filter above a table."""

from __future__ import annotations

from abc import abstractmethod

from textual import on

from stsview.ui.inspect.inspect_commands import InspectCommands
from stsview.ui.kit.table import VirtualTable
from stsview.ui.kit.widgets.filter_bar import FilterBar


class FilterScreen(InspectCommands):
    """One filter bar, and one table below it."""

    # Else Textual focuses the first widget, the filter's input, until the table is there: keys would go into it.
    AUTO_FOCUS = "VirtualTable"

    @abstractmethod
    def apply_filter(self) -> None:
        """Show the rows that match the filter bar."""

    @on(FilterBar.Changed)
    def _filter_changed(self) -> None:
        self.apply_filter()
        self.refresh_bindings()

    @on(FilterBar.Closed)
    def _filter_closed(self) -> None:
        self.query_one(VirtualTable).focus()

    def action_filter(self) -> None:
        self.query_one(FilterBar).open()

    def action_clear_filter(self) -> None:
        self.query_one(FilterBar).set_text("")
