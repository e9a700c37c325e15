"""The key bar: the last line of a screen, with the keys of the available commands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from textual import events
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget

from stsview.text.terminal_text import width
from stsview.ui.kit.commands.available import KnownCommand, available_commands
from stsview.ui.kit.commands.keys import key_name
from stsview.ui.kit.look.roles import Role, Span, paint

_EDGE = 1
_GAP = 3


@dataclass(frozen=True, slots=True)
class Entry:
    key: str
    """The key as displayed."""
    label: str
    rank: int

    @property
    def width(self) -> int:
        return width(self.key) + 1 + width(self.label)


def fitting(entries: Sequence[Entry], room: int) -> list[int]:
    """Indices of the entries that fit into `room` cells.

    The lowest rank is dropped first, of equals the rightmost.
    """
    kept = list(range(len(entries)))
    while kept and sum(entries[place].width for place in kept) + _GAP * (len(kept) - 1) > room:
        kept.remove(min(kept, key=lambda place: (entries[place].rank, -place)))
    return kept


class KeyBar(Widget):
    """One line of keys and labels.

    It follows the focus and the guards (`refresh_bindings` evaluates them again), drops what does not fit by rank, and
    runs a command on a click.
    """

    ALLOW_SELECT = False

    DEFAULT_CSS = """
    KeyBar {
        dock: bottom;
        width: 100%;
        height: 1;
    }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._offered: list[KnownCommand] = []
        self._entries: list[Entry] = []
        self._hovered: int | None = None

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._refresh_entries)
        self._refresh_entries(self.screen)

    def _refresh_entries(self, screen: Screen[Any]) -> None:
        # Below a dialog the line keeps its text: the commands of the dialog are not those of this screen.
        if not self.is_attached or screen is not self.screen or not screen.is_active:
            return
        self._offered = [entry for entry in available_commands(screen) if entry.command.footer > 0 and entry.keys]
        entries = [Entry(key_name(entry.keys[0]), entry.command.label, entry.command.footer) for entry in self._offered]
        if entries != self._entries:
            self._entries = entries
            self._hovered = None
            self.refresh()

    @property
    def text(self) -> str:
        """The text of the line as displayed."""
        return "".join(text for text, _ in self._spans())

    def render(self) -> Content:
        return paint(self, self._spans())

    def _spans(self) -> list[Span]:
        spans: list[Span] = [(" " * _EDGE, Role.DIM)]
        for number, place in enumerate(fitting(self._entries, self.size.width - 2 * _EDGE)):
            entry = self._entries[place]
            if number:
                spans.append((" " * _GAP, Role.DIM))
            label = Role.BRIGHT if place == self._hovered else Role.DIM
            spans += [(entry.key, Role.KEY), (f" {entry.label}", label)]
        return spans

    def _place_at(self, x: int) -> int | None:
        start = _EDGE
        for place in fitting(self._entries, self.size.width - 2 * _EDGE):
            if start <= x < start + self._entries[place].width:
                return place
            start += self._entries[place].width + _GAP
        return None

    def on_mouse_move(self, event: events.MouseMove) -> None:
        self._hover(self._place_at(event.x))

    def on_leave(self) -> None:
        self._hover(None)

    def _hover(self, place: int | None) -> None:
        if place != self._hovered:
            self._hovered = place
            self.tooltip = None if place is None else Content(self._offered[place].command.help)
            self.refresh()

    async def on_click(self, event: events.Click) -> None:
        place = self._place_at(event.x)
        if place is not None:
            event.stop()
            await self._offered[place].run()
