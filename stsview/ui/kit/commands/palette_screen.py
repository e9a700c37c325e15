"""The command palette: typed commands (`:ns kube-system`), and a list to select from.

Enter runs what the text names, or what the cursor was moved to: never a command whose name is only similar.

Textual's own palette searches in a worker and lists the matches a quarter of a second later: Enter before that runs the
first entry of the previous list (8.2.8: `:q` typed at once runs the first command). This one searches before it handles
the next key, so that the typed text alone decides what Enter runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from textual import events, on
from textual.app import App, ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen, Screen
from textual.widgets import Input

from stsview.ui.kit.commands.available import KnownCommand, explain, known_commands, places
from stsview.ui.kit.commands.commands import Command, CommandsMixin
from stsview.ui.kit.commands.key_bar import KeyBar
from stsview.ui.kit.commands.keys import key_name
from stsview.ui.kit.commands.palette_search import Choice, Matches, search
from stsview.ui.kit.look.roles import Role
from stsview.ui.kit.table import Cell, Column, RowSelected, RowStyle, VirtualTable
from stsview.ui.kit.widgets.line_input import LineInput
from stsview.ui.kit.widgets.span_lines import SpanLines

_COLUMNS = (
    Column("name", "", max_width=40, priority=90),
    Column("help", "", min_width=10, weight=1, priority=50),
    Column("keys", "", priority=10),
)


class ChoiceTable(VirtualTable[int]):
    """The choices; its cursor is hidden while Enter would run none of them."""

    shows_cursor = False

    def on_click(self, event: events.Click) -> None:
        # Textual calls the handler of the base class as well, which moves the cursor.
        self.shows_cursor = True
        self.refresh()

    def _row_style(self, key: int, line: int) -> RowStyle:
        style = super()._row_style(key, line)
        return RowStyle.PLAIN if style is RowStyle.CURSOR and not self.shows_cursor else style


def _move(id_: str, keys: tuple[str, ...], label: str, words: str) -> Command:
    return Command(id_, keys, label, words, "Move", action=f"move({id_!r})", palette=False)


class PaletteScreen(CommandsMixin, ModalScreen[Choice | None]):
    """Returns the choice, or None.

    Knows the commands of the screen below as they were when it was opened.
    """

    OWN_COMMANDS: ClassVar[Sequence[Command]] = (
        Command("leave", ("escape",), "cancel", "Close without running a command", footer=99, palette=False),
        _move("cursor_down", ("down", "ctrl+n"), "down", "Select the next command"),
        _move("cursor_up", ("up", "ctrl+p"), "up", "Select the previous command"),
        _move("page_down", ("pagedown",), "page down", "Move one page down"),
        _move("page_up", ("pageup",), "page up", "Move one page up"),
        Command("complete", ("tab",), "complete", "Complete the typed text", footer=90, priority=True, palette=False),
    )

    def __init__(self, known: list[KnownCommand]) -> None:
        super().__init__()
        self._known = known
        self._places = places()
        self._matches = Matches(())

    def compose(self) -> ComposeResult:
        with Vertical(id="palette"):
            with Horizontal(id="palette-line"):
                yield SpanLines([((":", Role.KEY),)], id="palette-sign")
                yield LineInput(id="palette-input")
            table = ChoiceTable(_COLUMNS, self._row, header=False, id="palette-choices")
            table.can_focus = False
            yield table
            yield SpanLines(id="palette-note")
        yield KeyBar()

    def on_mount(self) -> None:
        self._search("")

    def _row(self, place: int) -> tuple[Cell, ...]:
        choice = self._matches.choices[place]
        command, reason = choice.found.command, choice.found.reason
        value = bool(choice.argument)
        words = reason or ("" if value else command.help)
        keys = "" if value or reason else " ".join(key_name(key) for key in choice.found.keys)
        return (
            ((":", Role.KEY), (choice.text, Role.DIM if reason else Role.BRIGHT)),
            ((words, Role.WARNING if reason else Role.DIM),),
            ((keys, Role.DIM),),
        )

    def _search(self, query: str) -> None:
        self._matches = search(query, self._known, self._places)
        table = self._table
        table.shows_cursor = self._matches.named
        table.set_order(())
        table.set_columns(_COLUMNS)
        table.set_order(range(len(self._matches.choices)))
        table.display = bool(self._matches.choices)
        note = self.query_one("#palette-note", SpanLines)
        note.display = bool(self._matches.note)
        note.show([((self._matches.note, Role.WARNING),)])

    @property
    def _table(self) -> ChoiceTable:
        return self.query_one("#palette-choices", ChoiceTable)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._search(event.value)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self._table.shows_cursor:
            self._choose(self._table.cursor_key)

    @on(RowSelected)
    def _opened(self, event: RowSelected[int]) -> None:
        event.stop()
        self._choose(event.key)

    def on_click(self, event: events.Click) -> None:
        if self.get_widget_at(event.screen_x, event.screen_y)[0] is self:
            self._leave(None)

    def _choose(self, place: int | None) -> None:
        # A wrong argument can be corrected: the note says what is wrong.
        if place is not None and not self._matches.choices[place].problem:
            self._leave(self._matches.choices[place])

    def _leave(self, choice: Choice | None) -> None:
        # A second Enter may already be queued when the first closes the palette.
        if self.is_active:
            self.dismiss(choice)

    def action_leave(self) -> None:
        self._leave(None)

    def action_move(self, action: str) -> None:
        table = self._table
        if table.shows_cursor:
            getattr(table, f"action_{action}")()
        elif table.cursor_key is not None:
            table.shows_cursor = True
            table.move_cursor(table.cursor_key)
            table.refresh()

    def action_complete(self) -> None:
        place = self._table.cursor_key
        if place is not None and self._matches.choices[place].completion:
            line = self.query_one(Input)
            line.value = self._matches.choices[place].completion
            line.cursor_position = len(line.value)


async def open_palette(app: App[Any]) -> None:
    """Open the palette over the current screen, and run what is chosen there.

    Returns once the palette accepts text. Does nothing over a modal screen.
    """
    below: Screen[Any] = app.screen
    if below.is_modal:
        return

    async def run(choice: Choice | None) -> None:
        if choice is None:
            return
        if choice.found.reason:
            explain(choice.found, f":{choice.found.command.names[0]}")
        else:
            await choice.found.run(*choice.arguments)

    palette = PaletteScreen(known_commands(below))
    await app.push_screen(palette, run)
    palette.set_focus(palette.query_one(Input))
