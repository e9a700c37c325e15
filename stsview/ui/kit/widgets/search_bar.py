"""Where it is typed what to look for in a text."""

from __future__ import annotations

from dataclasses import dataclass

from stsview.ui.kit.look.phrases import number
from stsview.ui.kit.look.roles import Role, Spans
from stsview.ui.kit.widgets.filter_bar import FilterBar


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """The text that is looked for, just as it was typed."""

    text: str
    problem: str = ""

    @property
    def active(self) -> bool:
        return bool(self.text)


class SearchBar(FilterBar[SearchQuery]):
    """A blank line until something is looked for."""

    def __init__(self) -> None:
        super().__init__(SearchQuery, "what to look for")

    def show_matches(self, place: int, matching: int) -> None:
        """Show the how many-th match one is at (0: at none), and how many lines match."""
        status: Spans = ()
        if self.filter.active:
            if not matching:
                status = (("not found", Role.WARNING),)
            else:
                at: Spans = ((number(place), Role.BRIGHT), (" of ", Role.DIM)) if place else ()
                status = (*at, (number(matching), Role.BRIGHT), (" lines", Role.DIM))
        self.show_status(status)
