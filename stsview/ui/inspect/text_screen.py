"""Base of screens that show text: scrolling, search, and copying."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, tzinfo
from typing import ClassVar

from textual import on
from textual.widget import Widget

from stsview.live.on_demand import ObjectReader
from stsview.live.snapshot import Snapshot
from stsview.objects.meta import Key
from stsview.ui.inspect.inspect_commands import InspectCommands
from stsview.ui.inspect.inspect_target import InspectTarget
from stsview.ui.kit.choosers.copy_chooser import Copies, offer_copies
from stsview.ui.kit.commands.commands import Command
from stsview.ui.kit.commands.ranks import Rank
from stsview.ui.kit.commands.typing import not_typing
from stsview.ui.kit.look.roles import Spans
from stsview.ui.kit.pager import Pager, ViewChanged
from stsview.ui.kit.widgets.ends_line import EndsLine
from stsview.ui.kit.widgets.filter_bar import FilterBar
from stsview.ui.kit.widgets.search_bar import SearchBar

_SEARCH = "Search"


def _searched(screen: TextScreen) -> bool:
    return screen.is_mounted and bool(screen.pager.search)


class TextScreen(InspectCommands):
    """Title line, search bar, and pager."""

    is_inspect_screen: ClassVar[bool] = True
    is_text: ClassVar[bool] = True

    OWN_COMMANDS: ClassVar[Sequence[Command]] = (
        Command(
            "clear_search", ("escape",), "clear search", "Clear search", _SEARCH, Rank.CLEAR, _searched, short="clear"
        ),
        Command(
            "back",
            ("escape", "q"),
            "back",
            "Return to the previous screen",
            "This screen",
            Rank.BACK,
            not_typing,
            short="",
        ),
        Command("search", ("slash",), "search", "Search in the text", _SEARCH, Rank.FILTER, not_typing, priority=True),
        Command("next_match", ("n",), "next", "Next match", _SEARCH, Rank.MATCHES, _searched),
        Command("previous_match", ("N",), "previous", "Previous match", _SEARCH, Rank.MATCHES, _searched, short="prev"),
        Command("wrap", ("w",), "wrap", "Toggle line wrap", "Display", Rank.DISPLAY),
        Command("copy", ("c",), "copy", "Copy lines", "This screen", Rank.COPY, not_typing, priority=True),
    )

    def __init__(
        self,
        target: InspectTarget,
        reading: ObjectReader,
        latest: Callable[[], Snapshot],
        now: Callable[[], datetime],
        zone: tzinfo | None = None,
    ) -> None:
        super().__init__(latest, now, zone)
        self._target = target
        self.reading = reading

    def compose_body(self) -> Iterator[Widget]:
        yield EndsLine(id="text-head")
        yield SearchBar()
        yield self.make_pager()

    @abstractmethod
    def make_pager(self) -> Pager:
        """The pager with the text."""

    @abstractmethod
    def head(self, now: datetime) -> tuple[Spans, Sequence[Spans]]:
        """Title line: its left part, and forms of its right part, longest first."""

    @abstractmethod
    def copies(self) -> Copies:
        """Texts that can be copied."""

    def inspect_target(self) -> InspectTarget:
        return self._target

    @property
    def pager(self) -> Pager:
        return self.query_one(Pager)

    @property
    def bar(self) -> SearchBar:
        return self.query_one(SearchBar)

    def on_mount(self) -> None:
        super().on_mount()
        self.pager.focus()

    def update_body(self, snapshot: Snapshot, changed: frozenset[Key] | None, now: datetime) -> None:
        self.update_ages(snapshot, now)

    def update_ages(self, snapshot: Snapshot, now: datetime) -> None:
        self.update_head(now)

    def update_head(self, now: datetime | None = None) -> None:
        """Update the title line and the match count."""
        self.query_one("#text-head", EndsLine).update(*self.head(now or self._now()))
        pager = self.pager
        self.bar.show_matches(
            0 if pager.current_match is None else pager.search.place(pager.current_match), pager.search.matching
        )

    @on(ViewChanged)
    def _view_changed(self) -> None:
        self.update_head()

    @on(FilterBar.Changed)
    def _search_changed(self) -> None:
        self.pager.search_for(self.bar.filter.text)
        self.refresh_bindings()

    @on(FilterBar.Closed)
    def _search_closed(self) -> None:
        self.pager.focus()

    def action_search(self) -> None:
        self.bar.open()

    def action_clear_search(self) -> None:
        self.bar.set_text("")

    def action_next_match(self) -> None:
        self.pager.next_match()

    def action_previous_match(self) -> None:
        self.pager.next_match(backwards=True)

    def action_wrap(self) -> None:
        self.pager.wrap = not self.pager.wrap
        self.update_head()
        self.refresh_bindings()

    def action_back(self) -> None:
        self.dismiss()

    async def action_copy(self) -> None:
        offered = self.copies()
        if offered:
            await offer_copies(self, offered)
