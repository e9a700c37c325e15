"""Base of the forms."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input

from stsview.objects.meta import Key
from stsview.text.terminal_text import crop
from stsview.ui.changes.forms.form_row import FormField, FormRow
from stsview.ui.kit.commands.commands import Command, CommandsMixin
from stsview.ui.kit.commands.key_bar import KeyBar
from stsview.ui.kit.widgets.radio_row import RadioRow

_CHROME_LINES = 7
"""Lines of the frame with its padding and margin, and of the key bar."""

_TALLEST_FORM = 22
"""Lines of the tallest form with its frame."""

_MIN_LINES = 3
_MIN_CELLS = 20
_MAX_TITLE = 80


class InvalidAnswer(Exception):
    """An answer is missing or cannot be parsed."""

    def __init__(self, row: FormRow, problem: str) -> None:
        super().__init__(problem)
        self.row = row


class FormBody(VerticalScroll, can_focus=False, inherit_bindings=False):
    """The rows; arrow keys move between them instead of scrolling."""


class FormScreen(CommandsMixin, ModalScreen[None]):
    """A form: rows with a label, an input, and a hint.

    Its commands for Esc and Enter are those of the subclass, with the actions `cancel` and `submit`.
    """

    OWN_COMMANDS: ClassVar[Sequence[Command]] = (
        # Keys typed right after one of these are meant for the next field.
        Command("next_field", ("tab",), "next field", "Next field", footer=80, priority=True, palette=False),
        Command("previous_field", ("shift+tab",), "previous field", "Previous field", priority=True, palette=False),
        Command("row_down", ("down",), "", "Next field, or next option of the only one", priority=True, palette=False),
        Command("row_up", ("up",), "", "Previous field, or previous option", priority=True, palette=False),
    )

    def __init__(self, title: str, now: Callable[[], datetime]) -> None:
        """`now` is the cluster's time."""
        super().__init__()
        self._form_title = title
        self._now = now

    @property
    def detail_key(self) -> Key | None:
        """The set whose details (revisions) the form needs."""
        return None

    @abstractmethod
    def rows(self) -> Iterator[Widget]:
        """The rows, from top to bottom."""

    @abstractmethod
    def submit(self) -> None:
        """Use the answers, or show which one is wrong. Called by Enter."""

    def update_rows(self) -> None:
        """Show the rows and hints that the present answers call for.

        Called whenever an answer changes.
        """

    def compose(self) -> ComposeResult:
        with Vertical(id="form") as frame:
            frame.border_title = Content(crop(self._form_title, _MAX_TITLE))
            with FormBody(id="form-body"):
                yield from self.rows()
        yield KeyBar()

    def on_mount(self) -> None:
        for picker in self.query(RadioRow):
            picker.picked = self.update_rows
        self.update_rows()
        first = next((row for row in self.query(FormRow) if row.visible_in_form), None)
        if first is not None:
            self.set_focus(first.control)

    def on_resize(self) -> None:
        height = self.app.size.height
        self.query_one(FormBody).styles.max_height = max(_MIN_LINES, height - _CHROME_LINES)
        # The first line keeps its place when rows appear or disappear.
        self.query_one("#form").styles.margin = (max(1, (height - _TALLEST_FORM) // 2), 1, 1, 1)
        # Wrapped text is wrapped again once the rows have their width.
        self.call_after_refresh(self.update_rows)

    @property
    def cells(self) -> int:
        """Width of a line, one cell short of the scrollbar."""
        return max(_MIN_CELLS, self.query_one(FormBody).size.width - 1)

    @on(Input.Changed)
    def _answer_changed(self) -> None:
        self.update_rows()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.submit()

    def action_next_field(self) -> None:
        self._focus_row(1)

    def action_previous_field(self) -> None:
        self._focus_row(-1)

    def action_row_down(self) -> None:
        self._move(1)

    def action_row_up(self) -> None:
        self._move(-1)

    def _move(self, by: int) -> None:
        """Move to another row; where there is no other, between the options of this one."""
        only = self._controls[0] if len(self._controls) == 1 else None
        if not isinstance(only, RadioRow):
            self._focus_row(by)
        elif by > 0:
            only.action_following()
        else:
            only.action_preceding()

    @property
    def _controls(self) -> list[FormField | RadioRow]:
        return [row.control for row in self.query(FormRow) if row.visible_in_form]

    def _focus_row(self, by: int) -> None:
        # Textual orders widgets by their place on the screen, which rows shown by the last key do not have yet.
        controls = self._controls
        place = next((place for place, control in enumerate(controls) if control is self.focused), -by)
        # At once: keys typed right after this one are meant for the next field.
        self.set_focus(controls[(place + by) % len(controls)])

    def action_cancel(self) -> None:
        if self.is_active:
            self.dismiss()
