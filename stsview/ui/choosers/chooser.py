"""A short list to choose from: typing narrows it down, Enter takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input

from stsview.ui.commands import Command, Commanded
from stsview.ui.glyphs import active
from stsview.ui.roles import Role, Spans
from stsview.ui.table import Column, Placeholder, RowSelected, VirtualTable
from stsview.ui.widgets.footer import KeyLegend
from stsview.ui.widgets.line_input import LineInput

_COLUMNS = (
    Column("mark", "", min_width=1),
    Column("label", "", min_width=8, max_width=48, priority=200),
    Column("hint", "", min_width=4, weight=1, priority=10),
)


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of the list."""

    value: str
    label: str
    hint: str = ""
    """Said dimly behind the label."""


class ChoiceInput(LineInput):
    """What narrows the list down is typed here."""

    def __init__(self, *, marks: bool) -> None:
        """With `marks` the space bar is left to the chooser; no name of a namespace has a space."""
        super().__init__(placeholder="type to narrow down")
        self._marks = marks

    def check_consume_key(self, key: str, character: str | None) -> bool:
        return not (self._marks and key == "space") and super().check_consume_key(key, character)


def _is_multiple(chooser: Chooser) -> bool:
    return chooser.multiple


class Chooser(Commanded, ModalScreen[tuple[str, ...] | None]):
    """Ends with the values that were taken, or with None when nothing was."""

    OWN_COMMANDS: ClassVar = (
        Command("take", ("enter",), "take", "Take what is marked, or the line of the cursor", priority=True, footer=90),
        Command("mark", ("space",), "mark", "Mark this one as well", guard=_is_multiple, priority=True, footer=80),
        Command("down", ("down", "ctrl+n"), "down", "One line down", priority=True, palette=False),
        Command("up", ("up",), "up", "One line up", priority=True, palette=False),
        Command("page_down", ("pagedown",), "page down", "A page down", priority=True, palette=False),
        Command("page_up", ("pageup",), "page up", "A page up", priority=True, palette=False),
        Command("leave", ("escape",), "leave it", "Change nothing", priority=True, footer=85),
    )

    def __init__(
        self,
        title: str,
        choices: Sequence[Choice],
        *,
        marked: Sequence[str] = (),
        multiple: bool = False,
    ) -> None:
        """`marked` are the values that hold now. With `multiple` several can be marked and taken together."""
        super().__init__()
        self.multiple = multiple
        self._title = title
        self._choices = {choice.value: choice for choice in choices}
        self._marked = set(marked)
        self._held = frozenset(marked)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = Content(self._title)
            yield ChoiceInput(marks=self.multiple)
            table: VirtualTable[str] = VirtualTable(_COLUMNS, self._row, open_label="", header=False)
            table.can_focus = False
            yield table
        yield KeyLegend()

    @property
    def table(self) -> VirtualTable[str]:
        return self.query_one(VirtualTable)

    def on_mount(self) -> None:
        self._narrow("")
        self.set_focus(self.query_one(Input))
        first = next((value for value in self._choices if value in self._marked), None)
        if first is not None:
            self.table.move_cursor(first)

    def offer(self, choices: Sequence[Choice]) -> None:
        """Offer these instead, now that they are known; cursor and marks stay on what they are on."""
        self._choices = {choice.value: choice for choice in choices}
        self._narrow(self.query_one(Input).value)
        self.table.invalidate()

    def _row(self, value: str) -> tuple[Spans, ...]:
        choice = self._choices[value]
        marked = value in self._marked
        sign: Spans = ((active().check if marked else " ", Role.ACCENT),)
        label: Spans = ((choice.label, Role.STRONG if marked else Role.TEXT),)
        return (sign, label, ((choice.hint, Role.DIM),))

    def _narrow(self, text: str) -> None:
        words = text.casefold().split()
        keys = [
            value for value, choice in self._choices.items() if all(word in choice.label.casefold() for word in words)
        ]
        self.table.placeholder = Placeholder("nothing is called so")
        self.table.set_order(keys)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._narrow(event.value)

    @on(RowSelected)
    def _double_clicked(self, event: RowSelected[str]) -> None:
        self.dismiss((event.key,))

    def action_mark(self) -> None:
        value = self.table.cursor_key
        if value is not None:
            self.toggle(value)
            self.table.invalidate()

    def toggle(self, value: str) -> None:
        """Mark `value`, or take its mark away."""
        self._marked ^= {value}

    def action_take(self) -> None:
        value = self.table.cursor_key
        if self.multiple and self._marked != self._held:
            self.dismiss(tuple(choice for choice in self._choices if choice in self._marked))
        elif value is not None:
            self.dismiss((value,))

    def action_leave(self) -> None:
        self.dismiss(None)

    def action_down(self) -> None:
        self.table.action_cursor_down()

    def action_up(self) -> None:
        self.table.action_cursor_up()

    def action_page_down(self) -> None:
        self.table.action_page_down()

    def action_page_up(self) -> None:
        self.table.action_page_up()
