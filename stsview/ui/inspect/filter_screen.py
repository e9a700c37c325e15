"""Base class of the screens with a filter above a table."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, TypeVar

from textual import on

from stsview.ui.inspect.inspect_commands import InspectCommands
from stsview.ui.kit.commands.commands import Argument, Command, TypedCommand
from stsview.ui.kit.commands.ranks import Rank
from stsview.ui.kit.commands.typing import not_typing
from stsview.ui.kit.filters.language import Language, Query
from stsview.ui.kit.filters.saved import expanded, saved_filters
from stsview.ui.kit.table import VirtualTable
from stsview.ui.kit.widgets.filter_bar import FilterBar

T = TypeVar("T")


def _names(screen: Any) -> Iterable[str]:
    return saved_filters(screen)


def filter_command(words: str, rank: Rank = Rank.FILTER) -> Command:
    """The command that opens the filter bar, or filters by a saved name or by text that is typed after it."""
    typed = TypedCommand(("filter",), Argument("NAME|TEXT", _names))
    return Command("filter", ("slash",), "filter", words, "Filter", rank, not_typing, priority=True, typed=typed)


def _filtered(screen: FilterScreen) -> bool:
    return screen.is_mounted and bool(screen.query_one(FilterBar).text.strip())


CLEAR_FILTER = Command(
    "clear_filter",
    ("escape",),
    "clear filter",
    "Clear the filter",
    "Filter",
    Rank.CLEAR,
    _filtered,
    short="clear",
)
"""The first step back, before the one that leaves the screen."""


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

    def filter_bar(self, language: Language[T]) -> FilterBar[Query[T]]:
        """A bar for filters in `language`, with those of the configuration."""
        saved: Mapping[str, str] = saved_filters(self)
        return FilterBar(partial(language.parse, saved=saved), language.hint, partial(language.completion, saved=saved))

    def action_filter(self, text: str = "") -> None:
        """Open the bar, or filter by the saved filter of that name, else by `text`."""
        bar = self.query_one(FilterBar)
        if text:
            bar.set_text(expanded(text, saved_filters(self)))
        else:
            bar.open()

    def action_clear_filter(self) -> None:
        self.query_one(FilterBar).set_text("")
