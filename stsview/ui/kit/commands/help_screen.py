"""The help screen: every key of the screen below, taken from its commands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, Screen

from stsview.text.terminal_text import fit, width, wrap
from stsview.ui.kit.commands.available import KnownCommand, available_commands
from stsview.ui.kit.commands.commands import Command, CommandsMixin
from stsview.ui.kit.commands.key_bar import KeyBar
from stsview.ui.kit.commands.keys import key_name
from stsview.ui.kit.commands.ranks import Rank
from stsview.ui.kit.look.roles import Role, Spans
from stsview.ui.kit.widgets.span_lines import SpanLines

_WIDEST_KEYS = 22

_WIDEST = 96

_FRAME = 10
"""Cells of frame, padding, margin and scrollbar, both sides together."""


def help_lines(screen: Screen[Any], room: int) -> list[Spans]:
    """The available commands as text wrapped to `room` cells.

    Groups stand in the order of the key bar, those without a key in it last: a heading, then a line per command with
    its keys, its typed form and its help. Unavailable commands are omitted.
    """
    return _lines(available_commands(screen), room)


def _lines(offered: Sequence[KnownCommand], room: int) -> list[Spans]:
    groups: dict[str, list[tuple[str, str]]] = {}
    ranks: dict[str, int] = {}
    for entry in offered:
        keys = " ".join(key_name(key) for key in entry.keys)
        if entry.command.typed is not None:
            keys = f"{keys} {entry.command.typed.form}".strip()
        if keys:
            group, footer = entry.command.group, entry.command.footer
            groups.setdefault(group, []).append((keys, entry.command.help))
            # Help and the way back are at the end of the key bar.
            ranks[group] = max(ranks.get(group, 0), footer if footer < Rank.BACK else 0)
    column = min(_WIDEST_KEYS, max((width(keys) for rows in groups.values() for keys, _ in rows), default=0))
    lines: list[Spans] = []
    for group, rows in sorted(groups.items(), key=lambda item: -ranks[item[0]]):
        if lines:
            lines.append(())
        lines.append(((group, Role.HEADING),))
        for keys, words in rows:
            for number, piece in enumerate(wrap(words, max(10, room - column - 4))):
                lines.append(((f"  {fit('' if number else keys, column)}  ", Role.KEY), (piece, Role.TEXT)))
    return lines


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
            yield SpanLines(_lines(self._offered, min(_WIDEST, self.app.size.width - _FRAME)))
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
