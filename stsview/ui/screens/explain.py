"""All of a finding; what a rule means, what to do about it, and where Kubernetes says so."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen

from stsview.triage.rule import Rule
from stsview.ui.commands import Command, Commanded
from stsview.ui.presentation.explanation import explained
from stsview.ui.presentation.reason import Reason
from stsview.ui.widgets.span_lines import SpanLines

_WIDEST = 80

_FRAME = 11
"""Cells of the frame, its padding, its margin and a scrollbar, both sides."""


class ExplainScreen(Commanded, ModalScreen[None]):
    """One entry of the catalogue, below a finding of it where that was asked about; over the screen that asked."""

    OWN_COMMANDS: ClassVar = (
        Command("close", ("escape", "q", "question_mark", "enter"), "back", "Close it", footer=90, palette=False),
        Command("down", ("j",), "down", "A line down", group="Move", palette=False),
        Command("up", ("k",), "up", "A line up", group="Move", palette=False),
    )

    def __init__(self, rule: Rule, told: Reason | None = None) -> None:
        super().__init__()
        self._rule = rule
        self._told = told

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="explanation") as scroll:
            scroll.border_title = Content(self._rule.id)
            yield SpanLines(explained(self._rule, min(_WIDEST, self.app.size.width - _FRAME), self._told))

    def action_close(self) -> None:
        # A second press may be on its way already when the first closes the screen.
        if self.is_active:
            self.dismiss()

    def action_down(self) -> None:
        self.query_one(VerticalScroll).scroll_down(animate=False)

    def action_up(self) -> None:
        self.query_one(VerticalScroll).scroll_up(animate=False)
