"""A dialog with a short list: typing filters it, Enter selects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

import msgspec
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input

from stsview.text.glyphs import active
from stsview.text.terminal_text import crop
from stsview.ui.kit.commands.commands import Command, CommandsMixin
from stsview.ui.kit.commands.key_bar import KeyBar
from stsview.ui.kit.look.roles import Role, Spans
from stsview.ui.kit.table import Column, Placeholder, RowSelected, VirtualTable
from stsview.ui.kit.widgets.line_input import LineInput

_LONGEST_TITLE = 90
"""Cells of a title; wider than a chooser."""

_COLUMNS = (
    Column("mark", "", min_width=1),
    Column("label", "", min_width=8, max_width=48, priority=200),
    Column("hint", "", min_width=4, weight=1, priority=10),
)


class Choice(msgspec.Struct, frozen=True):
    """One line of the list."""

    value: str
    label: str
    hint: str = ""
    """Dim text after the label."""


def _input_command(name: str, keys: tuple[str, ...], label: str, words: str, footer: int = 0) -> Command:
    return Command(name, keys, label, words, footer=footer, action=f"request({name!r})", palette=False)


class ChoiceInput(CommandsMixin, LineInput):
    """The filter of the list, and the keys that act on the list.

    The keys post messages, which the chooser handles after those about the text typed before them: the text decides
    what Enter selects, however fast it was typed.
    """

    OWN_COMMANDS: ClassVar[Sequence[Command]] = (
        _input_command("select", ("enter",), "select", "Select what is marked, or the line of the cursor", 90),
        _input_command("cancel", ("escape",), "cancel", "Close without a change", 85),
        _input_command("down", ("down", "ctrl+n"), "down", "Move one line down"),
        _input_command("up", ("up",), "up", "Move one line up"),
        _input_command("page_down", ("pagedown",), "page down", "Move one page down"),
        _input_command("page_up", ("pageup",), "page up", "Move one page up"),
    )

    class ActionRequested(Message):
        """A request for an action of the chooser, by its name."""

        def __init__(self, action: str) -> None:
            super().__init__()
            self.action = action

    def __init__(self, placeholder: str = "type to filter") -> None:
        super().__init__(placeholder=placeholder)

    def action_request(self, action: str) -> None:
        self.post_message(self.ActionRequested(action))


class MarkingInput(ChoiceInput):
    """A filter whose space bar marks a line: for names, which contain no spaces."""

    OWN_COMMANDS: ClassVar[Sequence[Command]] = (
        _input_command("mark", ("space",), "mark", "Mark or unmark this line", 80),
    )

    def check_consume_key(self, key: str, character: str | None) -> bool:
        return key != "space" and super().check_consume_key(key, character)

    def on_key(self, event: events.Key) -> None:
        if event.key == "space":
            event.stop()
            event.prevent_default()
            self.action_request("mark")


class Chooser(ModalScreen[tuple[str, ...] | None]):
    """Returns the selected values, or None when cancelled."""

    COLUMNS: ClassVar[Sequence[Column]] = _COLUMNS
    """Mark, label and hint."""

    PLACEHOLDER: ClassVar[str] = "type to filter"

    def __init__(
        self,
        title: str,
        choices: Sequence[Choice],
        *,
        marked: Sequence[str] = (),
        multiple: bool = False,
    ) -> None:
        """`marked` are the current values.

        With `multiple`, several values can be marked and selected together.
        """
        super().__init__()
        self.multiple = multiple
        self._title = title
        self._choices = {choice.value: choice for choice in choices}
        self._marked = set(marked)
        self._initially_marked = frozenset(marked)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as dialog:
            # It may name something from the cluster.
            dialog.border_title = Content(crop(self._title, _LONGEST_TITLE))
            yield (MarkingInput if self.multiple else ChoiceInput)(self.PLACEHOLDER)
            table: VirtualTable[str] = VirtualTable(self.COLUMNS, self._row, open_label="", header=False)
            table.can_focus = False
            yield table
            yield from self.compose_below()
        yield KeyBar()

    def compose_below(self) -> Iterator[Widget]:
        """The widgets below the list."""
        yield from ()

    @property
    def table(self) -> VirtualTable[str]:
        return self.query_one(VirtualTable)

    def on_mount(self) -> None:
        self._filter("")
        self.set_focus(self.query_one(Input))
        first = next((value for value in self._choices if value in self._marked), None)
        if first is not None:
            self.table.move_cursor(first)

    def set_choices(self, choices: Sequence[Choice]) -> None:
        """Replace the choices; cursor and marks stay on their values."""
        self._choices = {choice.value: choice for choice in choices}
        self._filter(self.query_one(Input).value)
        self.table.invalidate()

    def _row(self, value: str) -> tuple[Spans, ...]:
        choice = self._choices[value]
        marked = value in self._marked
        sign: Spans = ((active().check if marked else " ", Role.ACCENT),)
        label: Spans = ((choice.label, Role.STRONG if marked else Role.TEXT),)
        return (sign, label, ((choice.hint, Role.DIM),))

    def _filter(self, text: str) -> None:
        words = text.casefold().split()
        keys = [
            value for value, choice in self._choices.items() if all(word in choice.label.casefold() for word in words)
        ]
        self.table.placeholder = Placeholder(f'no match for "{text}"' if words else "nothing to choose from")
        self.table.set_order(keys)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._filter(event.value)

    @on(RowSelected)
    def _double_clicked(self, event: RowSelected[str]) -> None:
        self.dismiss((event.key,))

    def mark(self) -> None:
        """Mark or unmark the line of the cursor."""
        value = self.table.cursor_key
        if value is not None:
            self.toggle(value)
            self.table.invalidate()

    def toggle(self, value: str) -> None:
        """Mark or unmark `value`."""
        self._marked ^= {value}

    def choose(self) -> None:
        """Return the marked values if the marks were changed, else the line of the cursor."""
        value = self.table.cursor_key
        if self.multiple and self._marked != self._initially_marked:
            self.dismiss(tuple(choice for choice in self._choices if choice in self._marked))
        elif value is not None:
            self.dismiss((value,))

    @on(ChoiceInput.ActionRequested)
    def _run_requested_action(self, event: ChoiceInput.ActionRequested) -> None:
        match event.action:
            case "select":
                self.choose()
            case "mark":
                self.mark()
            case "cancel":
                self.dismiss(None)
            case "down":
                self.table.action_cursor_down()
            case "up":
                self.table.action_cursor_up()
            case "page_down":
                self.table.action_page_down()
            case "page_up":
                self.table.action_page_up()
