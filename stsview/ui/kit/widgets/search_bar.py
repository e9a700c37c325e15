"""The search bar of a pager."""

from __future__ import annotations

import msgspec

from stsview.text.numbers import number
from stsview.ui.kit.look.roles import Role, Spans
from stsview.ui.kit.widgets.filter_bar import FilterBar


class SearchQuery(msgspec.Struct, frozen=True):
    """The text to search for, as typed."""

    text: str
    problem: str = ""

    @property
    def active(self) -> bool:
        return bool(self.text)


class SearchBar(FilterBar[SearchQuery]):
    """One line, blank while there is no search."""

    def __init__(self) -> None:
        super().__init__(SearchQuery, "text to find")

    def show_matches(self, place: int, matching: int) -> None:
        """Show the index of the current match (0: none), and the number of matching lines."""
        status: Spans = ()
        if self.filter.active:
            if not matching:
                status = (("not found", Role.WARNING),)
            else:
                at: Spans = ((number(place), Role.BRIGHT), (" of ", Role.DIM)) if place else ()
                status = (*at, (number(matching), Role.BRIGHT), (" lines", Role.DIM))
        self.show_status(status)
