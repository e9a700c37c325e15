"""The dialog that shows, hides and orders the columns of a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from stsview.text.glyphs import active
from stsview.ui.kit.choosers.column_choice import ColumnAnswer, ColumnChoice
from stsview.ui.kit.commands.commands import Command, CommandsMixin
from stsview.ui.kit.commands.key_bar import KeyBar
from stsview.ui.kit.look.roles import Role, Spans
from stsview.ui.kit.table import Column, RowSelected, VirtualTable

_COLUMNS = (
    Column("mark", "", min_width=1, max_width=1, priority=90),
    Column("name", "", max_width=20, priority=80),
    Column("note", "", min_width=1, weight=1, priority=10),
)


class ColumnChooser(CommandsMixin, ModalScreen[ColumnAnswer | None]):
    """Returns the columns in their new order, or None when cancelled."""

    OWN_COMMANDS: ClassVar = (
        Command("cancel", ("escape", "q"), "cancel", "Change nothing", footer=99, palette=False),
        Command("show", ("space",), "show/hide", "Show or hide this column", footer=95, palette=False),
        Command("earlier", ("K", "shift+up"), "up", "Move this column up", footer=94, palette=False),
        Command("later", ("J", "shift+down"), "down", "Move this column down", footer=93, palette=False),
        Command("usual", ("u",), "usual", "Back to the usual columns", footer=91, palette=False),
        Command("keep", ("s",), "use and keep", "Use them, and write them into config.toml", footer=92, palette=False),
    )

    def __init__(self, choice: ColumnChoice, chosen: Sequence[str]) -> None:
        super().__init__()
        self._choice = choice
        self._shown = set(chosen or choice.names)
        self._names = [*chosen, *(name for name in choice.names if name not in chosen)]

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = Content("Columns")
            yield VirtualTable[str](_COLUMNS, self._row, open_label="use", header=False)
        yield KeyBar()

    def on_mount(self) -> None:
        self._table.set_order(self._names)
        self._table.focus()

    @property
    def _table(self) -> VirtualTable[str]:
        return self.query_one(VirtualTable)

    def _row(self, name: str) -> tuple[Spans, ...]:
        shown = name in self._shown
        note = "always shown" if name in self._choice.required else self._choice.notes.get(name, "")
        return (
            ((active().check if shown else " ", Role.ACCENT),),
            ((name, Role.STRONG if shown else Role.DIM),),
            ((note, Role.DIM),),
        )

    def action_show(self) -> None:
        name = self._table.cursor_key
        if name is not None and name not in self._choice.required:
            self._shown ^= {name}
            self._table.invalidate()

    def action_earlier(self) -> None:
        self._move(-1)

    def action_later(self) -> None:
        self._move(1)

    def _move(self, step: int) -> None:
        name = self._table.cursor_key
        if name is None:
            return
        place = self._names.index(name)
        if 0 <= place + step < len(self._names):
            self._names.insert(place + step, self._names.pop(place))
            self._table.set_order(self._names)

    def action_usual(self) -> None:
        self._names, self._shown = list(self._choice.names), set(self._choice.names)
        self._table.set_order(self._names)
        self._table.invalidate()

    def action_cancel(self) -> None:
        if self.is_active:
            self.dismiss(None)

    def action_keep(self) -> None:
        self._use(kept=True)

    @on(RowSelected)
    def _selected(self, event: RowSelected[str]) -> None:
        event.stop()
        self._use(kept=False)

    def _use(self, *, kept: bool) -> None:
        columns = tuple(name for name in self._names if name in self._shown)
        if self.is_active:
            self.dismiss(ColumnAnswer(() if columns == self._choice.names else columns, kept))
