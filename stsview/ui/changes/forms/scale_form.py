"""Form for the number of replicas."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input

from stsview.model.views import SetView
from stsview.text.terminal_text import crop
from stsview.ui.changes.replica_count import parse_replicas
from stsview.ui.kit.commands.commands import Command, CommandsMixin
from stsview.ui.kit.commands.key_bar import KeyBar
from stsview.ui.kit.look.roles import Role
from stsview.ui.kit.widgets.line_input import LineInput
from stsview.ui.kit.widgets.span_lines import SpanLines

_MAX_TITLE = 80


class ScaleScreen(CommandsMixin, ModalScreen[int | None]):
    """Returns the number of replicas, or None. Nothing is sent: a plan comes next."""

    OWN_COMMANDS: ClassVar = (
        Command("cancel", ("escape",), "cancel", "Close without a plan", footer=99, palette=False),
        Command("plan", ("enter",), "show plan", "Show what would happen", footer=90, palette=False),
    )

    def __init__(self, view: SetView) -> None:
        super().__init__()
        self._view = view

    def compose(self) -> ComposeResult:
        with Vertical(id="scale") as frame:
            frame.border_title = Content(crop(f"Scale {self._view.key}", _MAX_TITLE))
            with Horizontal(id="scale-line"):
                yield SpanLines([((f"Replicas (now {self._view.replicas})", Role.TEXT),)], id="scale-label")
                yield LineInput(id="scale-input")
            yield SpanLines(id="scale-problem")
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_plan()

    def action_plan(self) -> None:
        text = self.query_one(Input).value.strip()
        try:
            replicas = parse_replicas(self._view, text)
        except ValueError as error:
            self._show_problem(str(error))
            return
        if self.is_active:
            self.dismiss(replicas)

    def action_cancel(self) -> None:
        if self.is_active:
            self.dismiss(None)

    def _show_problem(self, text: str) -> None:
        self.query_one("#scale-problem", SpanLines).show([((text, Role.WARNING),)])
