"""What has to be said before there can be a plan."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input

from stsview.actions.intents import Intent
from stsview.objects.meta import Key
from stsview.text.terminal_text import crop
from stsview.ui.changes.forms.form_row import FormRow
from stsview.ui.changes.running_actions import running_actions_of
from stsview.ui.kit.commands.commands import Command, CommandsMixin
from stsview.ui.kit.commands.key_bar import KeyBar
from stsview.ui.kit.widgets.radio_row import RadioRow

_AROUND = 7
"""Lines of the frame, its padding and margin, and of the keys."""

_TALL = 22
"""Lines of the tallest form, frame and all."""


class InvalidAnswer(Exception):
    """An answer cannot be understood, or is none."""

    def __init__(self, row: FormRow, words: str) -> None:
        super().__init__(words)
        self.row = row


class FormBody(VerticalScroll, can_focus=False, inherit_bindings=False):
    """The rows; the arrow keys go from one to the other instead of scrolling."""


class FormScreen(CommandsMixin, ModalScreen[None]):
    """Opens the plan of what is said here. Nothing is confirmed here, and what was said is kept until an action begins
    or the form is left."""

    OWN_COMMANDS: ClassVar = (
        Command("leave", ("escape",), "leave it", "Back without a plan", footer=99, palette=False),
        Command("plan", ("enter",), "see the plan", "See what would happen", footer=90, palette=False),
        Command(
            "next_field",
            ("tab", "down"),
            "next field",
            "To the next field",
            footer=80,
            palette=False,
        ),
        Command(
            "former_field",
            ("shift+tab", "up"),
            "field before",
            "To the field before",
            palette=False,
        ),
    )

    def __init__(self, title: str, now: Callable[[], datetime]) -> None:
        """`now` is the cluster's time."""
        super().__init__()
        self._form_title = title
        self._now = now

    @property
    def detail_key(self) -> Key | None:
        """The set of which the form shows more than its view."""
        return None

    @abstractmethod
    def rows(self) -> Iterator[Widget]:
        """What is asked, from the top down."""

    @abstractmethod
    def intent(self) -> Intent:
        """What is asked for. Raises `InvalidAnswer`."""

    def settle(self) -> None:
        """Show what is asked now, and nothing else; called whenever an answer has changed."""

    def compose(self) -> ComposeResult:
        with Vertical(id="form") as frame:
            frame.border_title = Content(crop(self._form_title, 80))
            with FormBody(id="form-body"):
                yield from self.rows()
        yield KeyBar()

    def on_mount(self) -> None:
        for picker in self.query(RadioRow):
            picker.picked = self.settle
        self.settle()
        first = next((row for row in self.query(FormRow) if row.is_asked), None)
        if first is not None:
            self.set_focus(first.control)

    def on_resize(self) -> None:
        height = self.app.size.height
        self.query_one(FormBody).styles.max_height = max(3, height - _AROUND)
        # Its first line keeps its place, however many are asked below.
        self.query_one("#form").styles.margin = (max(1, (height - _TALL) // 2), 1, 1, 1)
        # What is broken into lines is broken anew once the rows have their width.
        self.call_after_refresh(self.settle)

    @property
    def cells(self) -> int:
        """How wide a line is, a cell off the scrollbar."""
        return max(20, self.query_one(FormBody).size.width - 1)

    @on(Input.Changed)
    def _typed(self) -> None:
        self.settle()

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_plan()

    def action_plan(self) -> None:
        if not self.is_active:
            return
        try:
            intent = self.intent()
        except InvalidAnswer as wrong:
            wrong.row.complain(str(wrong))
            return
        # Nothing of this is needed for the first picture, which has two seconds to be there.
        from stsview.ui.changes.action_screen import ActionScreen

        begun, focused, form = len(running_actions_of(self.app).runs), self.focused, self.query_one("#form")

        def returned(_: None) -> None:
            if len(running_actions_of(self.app).runs) > begun:
                self.dismiss()
            else:
                form.display = True
                self.set_focus(focused)

        # Below the plan it would only be in the way; what is not shown cannot keep the keyboard either.
        form.display = False
        self.app.push_screen(ActionScreen(intent, self._now), returned)

    def action_next_field(self) -> None:
        self._go(1)

    def action_former_field(self) -> None:
        self._go(-1)

    def _go(self, by: int) -> None:
        # Textual's own way is by the places on the screen, which rows that were not shown before the last key lack.
        controls = [row.control for row in self.query(FormRow) if row.is_asked]
        place = next((place for place, control in enumerate(controls) if control is self.focused), -by)
        # At once: what is typed behind the key is for the next field already.
        self.set_focus(controls[(place + by) % len(controls)])

    def action_leave(self) -> None:
        if self.is_active:
            self.dismiss()
