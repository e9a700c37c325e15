"""The help screen: every key of the screen below, taken from its commands."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, Screen

from stsview.text.terminal_text import fit, spans_width, width, wrap
from stsview.ui.kit.commands.available import KnownCommand, available_commands
from stsview.ui.kit.commands.commands import Command, CommandsMixin
from stsview.ui.kit.commands.key_bar import KeyBar
from stsview.ui.kit.commands.keys import key_name
from stsview.ui.kit.commands.ranks import Rank
from stsview.ui.kit.look.roles import Role, Spans
from stsview.ui.kit.widgets.span_lines import SpanLines

_WIDEST_KEYS = 22

_WIDEST = 96

_NARROWEST = 50
"""Cells of each of two columns at least: less would break nearly every sentence."""

_BRIEF = 76
"""Below that width of each, the typed form of commands that have a key is left to the palette."""

_BETWEEN = 3
"""Cells between two columns."""

_FRAME = 10
"""Cells of frame, padding, margin and scrollbar, both sides together."""


def help_lines(screen: Screen[Any], room: int) -> list[Spans]:
    """The available commands as text wrapped to `room` cells.

    Groups stand in the order of the key bar, those without a key in it last: a heading, then a line per command with
    its keys, its typed form and its help. Unavailable commands are omitted.
    """
    return [line for group in _groups(available_commands(screen), room) for line in group][:-1]


def _columns(offered: Sequence[KnownCommand], room: int) -> list[Spans]:
    """All lines: in two columns where both have room, else in one."""
    width_of_each = (room - _BETWEEN) // 2
    if width_of_each < _NARROWEST:
        return [line for group in _groups(offered, min(room, _WIDEST)) for line in group][:-1]
    groups = _groups(offered, min(width_of_each, _WIDEST), brief=width_of_each < _BRIEF)
    # The height of the first column that leaves the longer one shortest; a group is never divided.
    heights = [sum(map(len, groups[:count])) for count in range(len(groups) + 1)]
    first = min(range(len(groups) + 1), key=lambda count: max(heights[count], heights[-1] - heights[count]))
    left = [line for group in groups[:first] for line in group][:-1]
    right = [line for group in groups[first:] for line in group][:-1]
    pad = min(width_of_each, _WIDEST) + _BETWEEN
    return [
        (*line, (" " * (pad - spans_width(line)), Role.TEXT), *beside)
        for line, beside in zip_longest(left, right, fillvalue=())
    ]


def _groups(offered: Sequence[KnownCommand], room: int, *, brief: bool = False) -> list[list[Spans]]:
    """The lines of each group, with an empty one after it; `brief`: the typed name only of commands without a key."""
    groups: dict[str, list[tuple[str, str]]] = {}
    ranks: dict[str, int] = {}
    for entry in offered:
        keys = " ".join(key_name(key) for key in entry.keys)
        typed = entry.command.typed
        if typed is not None and brief:
            keys = keys or f":{typed.names[0]}"
        elif typed is not None:
            keys = f"{keys} {typed.form}".strip()
        if keys:
            group, footer = entry.command.group, entry.command.footer
            groups.setdefault(group, []).append((keys, entry.command.help))
            # Help and the way back are at the end of the key bar.
            ranks[group] = max(ranks.get(group, 0), footer if footer < Rank.BACK else 0)
    column = min(_WIDEST_KEYS, max((width(keys) for rows in groups.values() for keys, _ in rows), default=0))
    drawn: list[list[Spans]] = []
    for group, rows in sorted(groups.items(), key=lambda item: -ranks[item[0]]):
        lines: list[Spans] = [((group, Role.HEADING),)]
        for keys, words in rows:
            for number, piece in enumerate(wrap(words, max(10, room - column - 4))):
                lines.append(((f"  {fit('' if number else keys, column)}  ", Role.KEY), (piece, Role.TEXT)))
        drawn.append([*lines, ()])
    return drawn


class HelpScreen(CommandsMixin, ModalScreen[None]):
    """The commands that were available on the screen below when the help was opened."""

    OWN_COMMANDS: ClassVar[Sequence[Command]] = (
        Command("close", ("escape", "q", "question_mark", "f1"), "close", "Close the help", footer=90, palette=False),
        Command("down", ("j",), "down", "Move one line down", group="Move", palette=False),
        Command("up", ("k",), "up", "Move one line up", group="Move", palette=False),
        Command("top", ("g",), "top", "Go to the top", group="Move", palette=False),
        Command("bottom", ("G",), "bottom", "Go to the bottom", group="Move", palette=False),
    )

    def __init__(self, below: Screen[Any]) -> None:
        super().__init__()
        # Read before this screen covers it: some commands are unavailable below a dialog.
        self._offered = available_commands(below)

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="help") as scroll:
            scroll.border_title = Content("Keys")
            scroll.set_class(self.app.size.width - _FRAME >= 2 * _NARROWEST + _BETWEEN, "-two")
            yield SpanLines(_columns(self._offered, self.app.size.width - _FRAME))
        yield KeyBar()

    def action_close(self) -> None:
        # A second press may already be queued when the first closes the screen.
        if self.is_active:
            self.dismiss()

    def action_down(self) -> None:
        self.query_one(VerticalScroll).scroll_down(animate=False, immediate=True)

    def action_up(self) -> None:
        self.query_one(VerticalScroll).scroll_up(animate=False, immediate=True)

    def action_top(self) -> None:
        self.query_one(VerticalScroll).scroll_home(animate=False)

    def action_bottom(self) -> None:
        self.query_one(VerticalScroll).scroll_end(animate=False)
