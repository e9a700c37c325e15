"""The command that asks for names, shown before it runs."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen

from stsview.actions.exec.service import ExecPlan
from stsview.text.terminal_text import crop, wrap
from stsview.ui.kit.commands.commands import Command, CommandsMixin
from stsview.ui.kit.commands.key_bar import KeyBar
from stsview.ui.kit.look.roles import Role
from stsview.ui.kit.widgets.span_lines import SpanLines

_CHROME_LINES = 7
"""Lines of the frame with its padding and margin, and of the key bar."""
_TALLEST_DIALOG = 22
"""Lines of a dialog with a long command."""
_MIN_LINES = 3
_MIN_CELLS = 20
_MAX_TITLE = 80


class LookupDialog(CommandsMixin, ModalScreen[None]):
    """Confirms one command in a container; `confirmed` is called where it may run."""

    OWN_COMMANDS: ClassVar = (
        Command("cancel", ("escape", "q"), "cancel", "Run nothing", footer=99, palette=False),
        Command("run", ("y",), "run", "Run this command in the container", footer=90, palette=False),
    )

    def __init__(self, plan: ExecPlan, confirmed: Callable[[], object]) -> None:
        super().__init__()
        self._plan = plan
        self._confirmed = confirmed
        self._lines = SpanLines()

    def compose(self) -> ComposeResult:
        with Vertical(id="form") as frame:
            frame.border_title = Content(crop(f"Ask from {self._plan.target.pod}", _MAX_TITLE))
            with VerticalScroll(id="form-body"):
                yield self._lines
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def on_resize(self) -> None:
        self.query_one(VerticalScroll).styles.max_height = max(_MIN_LINES, self.app.size.height - _CHROME_LINES)
        self.query_one("#form").styles.margin = (max(1, (self.app.size.height - _TALLEST_DIALOG) // 2), 1, 1, 1)
        # Wrapped once the lines have their width.
        self.call_after_refresh(self._show_lines)

    def _show_lines(self) -> None:
        cells = max(_MIN_CELLS, self.query_one(VerticalScroll).size.width - 1)
        plan = self._plan
        container = plan.target.container or "its container"
        said = f"Runs one command in container {container}, which resolves the names and changes nothing:"
        self._lines.show(
            [
                *(((line, Role.TEXT),) for line in wrap(said, cells)),
                (),
                *(((line, Role.BRIGHT),) for line in wrap(shlex.join(plan.command), cells)),
                (),
                *(((line, Role.DIM),) for line in wrap("The audit log records it.", cells)),
            ]
        )

    def action_cancel(self) -> None:
        if self.is_active:
            self.dismiss()

    def action_run(self) -> None:
        if self.is_active:
            self.dismiss()
            self._confirmed()
