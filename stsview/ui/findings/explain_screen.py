"""All of a finding; what a rule means, what to do about it, and where Kubernetes says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.screen import ModalScreen

from stsview.triage.rule import Rule
from stsview.ui.findings.rule_text import explained
from stsview.ui.kit.commands.commands import Command, CommandsMixin
from stsview.ui.kit.commands.key_bar import KeyBar
from stsview.ui.kit.look.labelled_lines import Reason
from stsview.ui.kit.widgets.measured_scroll import MeasuredScroll
from stsview.ui.kit.widgets.span_lines import SpanLines


def _has_step(screen: ExplainScreen) -> bool:
    return bool(screen.step())


class ExplainScreen(CommandsMixin, ModalScreen[bool]):
    """One entry of the catalogue, below a finding of it where that was asked about; over the screen that asked. Ends
    with whether a step of the finding is to be taken."""

    OWN_COMMANDS: ClassVar = (
        Command("fix", ("t",), "", "Open the plan of a step", footer=95, guard=_has_step, palette=False),
        Command("close", ("escape", "q", "question_mark", "enter"), "back", "Close it", footer=90, palette=False),
        Command("down", ("j",), "down", "A line down", group="Move", palette=False),
        Command("up", ("k",), "up", "A line up", group="Move", palette=False),
    )

    def __init__(self, rule: Rule, told: Reason | None = None, step: Callable[[], str] = str) -> None:
        """`step` says in a word or two what can be done about it now; nothing where nothing can."""
        super().__init__()
        self.step = step
        self._rule = rule
        self._told = told

    def compose(self) -> ComposeResult:
        with MeasuredScroll(id="explanation") as scroll:
            scroll.border_title = Content(self._rule.id)
            yield SpanLines()
        yield KeyBar()

    def on_mount(self) -> None:
        # What can be done goes with the picture, which may go stale meanwhile.
        self.set_interval(1.0, self.refresh_bindings)

    @on(MeasuredScroll.Measured)
    def _measured(self) -> None:
        scroll = self.query_one(MeasuredScroll)
        scroll.query_one(SpanLines).show(explained(self._rule, scroll.cells, self._told))

    def commands(self) -> list[Command]:
        return [
            replace(command, label=self.step()) if command.id == "fix" else command for command in super().commands()
        ]

    def action_close(self) -> None:
        self._end(step=False)

    def action_fix(self) -> None:
        self._end(step=True)

    def _end(self, *, step: bool) -> None:
        # A second press may be on its way already when the first closes the screen.
        if self.is_active:
            self.dismiss(step)

    def action_down(self) -> None:
        self.query_one(MeasuredScroll).scroll_down(animate=False)

    def action_up(self) -> None:
        self.query_one(MeasuredScroll).scroll_up(animate=False)
