"""The key bar: the last line of a screen, with the keys of the available commands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Any

import msgspec
from textual import events
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget

from stsview.text.terminal_text import width
from stsview.ui.kit.commands.available import KnownCommand, available_commands, help_over_dialog
from stsview.ui.kit.commands.keys import key_name
from stsview.ui.kit.commands.ranks import NEEDED, Rank
from stsview.ui.kit.look.roles import Role, Span, paint

_EDGE = 1

_GAPS = (3, 2)
"""Cells between two entries; fewer where that keeps all of them."""


class Entry(msgspec.Struct, frozen=True):
    key: str
    """The key as displayed."""
    label: str
    rank: int
    short: str
    """The label where the bar is narrow; may be empty."""


class Placed(msgspec.Struct, frozen=True):
    """An entry in the bar."""

    index: int
    """Its index in the list of entries."""
    key: str
    label: str
    x: int

    @property
    def width(self) -> int:
        return _cells(self.key, self.label)


def _cells(key: str, label: str) -> int:
    return width(key) + (1 + width(label) if label else 0)


def lay_out_keys(entries: Sequence[Entry], room: int) -> list[Placed]:
    """Lay out the entries in `room` cells, the highest rank first, the way back and help last.

    When they do not fit, first the gaps shrink, then the labels, then the lowest ranks are dropped, of equals the
    rightmost. The way back and help keep their labels as long as only keys below `NEEDED` are dropped for them. What
    is kept gets its long label back where there is room for it, the highest rank first.
    """
    kept = sorted(range(len(entries)), key=lambda index: -entries[index].rank)
    short = {index: _cells(entries[index].key, entries[index].short) for index in kept}
    long = {index: _cells(entries[index].key, entries[index].label) for index in kept}
    for gap in _GAPS:
        if _fits(kept, long, gap, room):
            return _placed(entries, kept, frozenset(kept), gap)
    gap = _GAPS[-1]
    worded = {index: long[index] if entries[index].rank >= Rank.BACK else short[index] for index in kept}
    while kept and not _fits(kept, worded, gap, room) and entries[kept[-1]].rank < NEEDED:
        kept.pop()
    while kept and not _fits(kept, short, gap, room):
        kept.pop()
    left = room - sum(short[index] for index in kept) - gap * (len(kept) - 1)
    whole: set[int] = set()
    for index in kept:
        if long[index] - short[index] <= left:
            left -= long[index] - short[index]
            whole.add(index)
    return _placed(entries, kept, whole, gap)


def _fits(kept: Sequence[int], cells: Mapping[int, int], gap: int, room: int) -> bool:
    return sum(cells[index] for index in kept) + gap * (len(kept) - 1) <= room


def _placed(entries: Sequence[Entry], kept: Sequence[int], whole: Set[int], gap: int) -> list[Placed]:
    placed: list[Placed] = []
    x = 0
    for index in sorted(kept, key=lambda index: max(entries[index].rank, Rank.BACK - 1)):
        entry = entries[index]
        placed.append(Placed(index, entry.key, entry.label if index in whole else entry.short, x))
        x += placed[-1].width + gap
    return placed


class KeyBar(Widget):
    """One line of keys and labels.

    It follows the focus and the guards (`refresh_bindings` evaluates them again), shortens and drops by rank what does
    not fit, and runs a command on a click.
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
        offered = [*available_commands(screen), *help_over_dialog(screen)]
        self._offered = [entry for entry in offered if entry.command.footer > 0 and entry.keys]
        entries = [
            Entry(key_name(found.keys[0]), one.label, one.footer, one.label if one.short is None else one.short)
            for found, one in ((found, found.command) for found in self._offered)
        ]
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

    def _placed(self) -> list[Placed]:
        return lay_out_keys(self._entries, self.size.width - 2 * _EDGE)

    def _spans(self) -> list[Span]:
        spans: list[Span] = []
        x = -_EDGE
        for place in self._placed():
            label = Role.BRIGHT if place.index == self._hovered else Role.DIM
            spans += [(" " * (place.x - x), Role.DIM), (place.key, Role.KEY)]
            if place.label:
                spans.append((f" {place.label}", label))
            x = place.x + place.width
        return spans

    def _index_at(self, x: int) -> int | None:
        """Index of the entry in column `x`."""
        found = (place.index for place in self._placed() if 0 <= x - _EDGE - place.x < place.width)
        return next(found, None)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        self._hover(self._index_at(event.x))

    def on_leave(self) -> None:
        self._hover(None)

    def _hover(self, place: int | None) -> None:
        if place != self._hovered:
            self._hovered = place
            self.tooltip = None if place is None else Content(self._offered[place].command.help)
            self.refresh()

    async def on_click(self, event: events.Click) -> None:
        place = self._index_at(event.x)
        if place is not None:
            event.stop()
            await self._offered[place].run()
