"""The command palette: commands by name, and typed commands (`:ns kube-system`).

Textual's own palette searches in a worker and lists the matches a quarter of a second later: Enter before that runs the
first entry of the previous list (8.2.8: `:q` typed at once runs the first command). This one searches before it handles
the next key, so that the typed text alone decides what Enter runs.
"""

from __future__ import annotations

from typing import Any, ClassVar

from textual import events, on
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen, Screen
from textual.widgets import Input

from stsview.ui.kit.commands.available import AvailableCommand, available_commands
from stsview.ui.kit.commands.commands import Command
from stsview.ui.kit.commands.keys import key_name
from stsview.ui.kit.commands.palette_search import Choice, search
from stsview.ui.kit.commands.typing import not_typing
from stsview.ui.kit.look.roles import Role
from stsview.ui.kit.table import Cell, Column, Placeholder, RowSelected, VirtualTable
from stsview.ui.kit.widgets.line_input import LineInput
from stsview.ui.kit.widgets.span_lines import SpanLines

_COLUMNS = (
    Column("name", "", max_width=40, priority=90),
    Column("help", "", min_width=10, weight=1, priority=50),
    Column("keys", "", priority=10),
)


class PaletteScreen(ModalScreen[Choice | None]):
    """Returns the choice, or None.

    Lists the commands available on the screen below when it was opened.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("down,ctrl+n", "table('cursor_down')", show=False),
        Binding("up,ctrl+p", "table('cursor_up')", show=False),
        Binding("pagedown", "table('page_down')", show=False),
        Binding("pageup", "table('page_up')", show=False),
        Binding("tab", "complete", show=False, priority=True),
    ]

    def __init__(self, offered: list[AvailableCommand]) -> None:
        super().__init__()
        self._offered = offered
        self._choices: list[Choice] = []

    def compose(self) -> ComposeResult:
        with Vertical(id="palette"):
            with Horizontal(id="palette-line"):
                yield SpanLines([((":", Role.KEY),)], id="palette-sign")
                yield LineInput(id="palette-input")
            table: VirtualTable[int] = VirtualTable(_COLUMNS, self._row, header=False, id="palette-choices")
            table.can_focus = False
            table.placeholder = Placeholder("unknown command, or not available here")
            yield table

    def on_mount(self) -> None:
        self._search("")

    def _row(self, place: int) -> tuple[Cell, ...]:
        choice = self._choices[place]
        value = bool(choice.argument)
        keys = "" if value else " ".join(key_name(key) for key in choice.found.keys)
        sign = ":" if choice.argument is not None else ""
        return (
            ((sign, Role.KEY), (choice.text, Role.BRIGHT)),
            (("" if value else choice.found.command.help, Role.DIM),),
            ((keys, Role.DIM),),
        )

    def _search(self, query: str) -> None:
        self._choices = search(query, self._offered)
        table = self.query_one("#palette-choices", VirtualTable)
        table.set_order(())
        table.set_columns(_COLUMNS)
        table.set_order(range(len(self._choices)))

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._search(event.value)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._choose(self.query_one("#palette-choices", VirtualTable).cursor_key)

    @on(RowSelected)
    def _opened(self, event: RowSelected[int]) -> None:
        event.stop()
        self._choose(event.key)

    def on_click(self, event: events.Click) -> None:
        if self.get_widget_at(event.screen_x, event.screen_y)[0] is self:
            self._leave(None)

    def _choose(self, place: int | None) -> None:
        if place is not None:
            self._leave(self._choices[place])

    def _leave(self, choice: Choice | None) -> None:
        # A second Enter may already be queued when the first closes the palette.
        if self.is_active:
            self.dismiss(choice)

    def action_leave(self) -> None:
        self._leave(None)

    def action_table(self, action: str) -> None:
        getattr(self.query_one("#palette-choices", VirtualTable), f"action_{action}")()

    def action_complete(self) -> None:
        place = self.query_one("#palette-choices", VirtualTable).cursor_key
        if place is not None and self._choices[place].completion:
            line = self.query_one(Input)
            line.value = self._choices[place].completion
            line.cursor_position = len(line.value)


PALETTE = Command(
    "palette",
    ("colon", "ctrl+p"),
    "command",
    "Command palette",
    group="Everywhere",
    footer=75,
    guard=not_typing,
    # The app handles a priority key before it reads the next one: text typed right after the colon must not reach the
    # screen below.
    priority=True,
    palette=False,
)
"""A command of the app, whose `action_palette` awaits `open_palette`."""


async def open_palette(app: App[Any]) -> None:
    """Open the palette over the current screen, and run what is chosen there.

    Returns once the palette accepts text. Does nothing over a modal screen.
    """
    below: Screen[Any] = app.screen
    if below.is_modal:
        return

    async def run(choice: Choice | None) -> None:
        if choice is not None:
            await choice.found.run(choice.argument)

    palette = PaletteScreen(available_commands(below))
    await app.push_screen(palette, run)
    palette.set_focus(palette.query_one(Input))
