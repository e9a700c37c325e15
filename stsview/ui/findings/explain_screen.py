"""Dialog that explains a finding and its rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.screen import ModalScreen

from stsview.triage.rule import Rule
from stsview.ui.findings.rule_text import explanation_lines
from stsview.ui.kit.commands.commands import Command, CommandsMixin
from stsview.ui.kit.commands.key_bar import KeyBar
from stsview.ui.kit.look.labelled_lines import Reason
from stsview.ui.kit.widgets.measured_scroll import MeasuredScroll
from stsview.ui.kit.widgets.span_lines import SpanLines


def _has_fix(screen: ExplainScreen) -> bool:
    return bool(screen.fix_label())


class ExplainScreen(CommandsMixin, ModalScreen[bool]):
    """One rule, below the finding where one was selected.

    Returns whether the operator chose to fix the finding.
    """

    OWN_COMMANDS: ClassVar = (
        Command("fix", ("t",), "", "Open the plan of a fix", footer=95, guard=_has_fix, palette=False),
        Command("close", ("escape", "q", "question_mark", "enter"), "close", "Close", footer=90, palette=False),
        Command("down", ("j",), "down", "Line down", group="Move", palette=False),
        Command("up", ("k",), "up", "Line up", group="Move", palette=False),
    )

    def __init__(self, rule: Rule, finding: Reason | None = None, fix_label: Callable[[], str] = str) -> None:
        """`fix_label` returns the label of the fix that is possible now.

        Empty when there is none.
        """
        super().__init__()
        self.fix_label = fix_label
        self._rule = rule
        self._finding = finding

    def compose(self) -> ComposeResult:
        with MeasuredScroll(id="explanation") as scroll:
            scroll.border_title = Content(self._rule.id)
            yield SpanLines()
        yield KeyBar()

    def on_mount(self) -> None:
        # Fixes depend on the live data, which may become stale meanwhile.
        self.set_interval(1.0, self.refresh_bindings)

    @on(MeasuredScroll.Measured)
    def _measured(self) -> None:
        scroll = self.query_one(MeasuredScroll)
        scroll.query_one(SpanLines).show(explanation_lines(self._rule, scroll.cells, self._finding))

    def commands(self) -> list[Command]:
        return [
            replace(command, label=self.fix_label()) if command.id == "fix" else command
            for command in super().commands()
        ]

    def action_close(self) -> None:
        self._close(fix=False)

    def action_fix(self) -> None:
        self._close(fix=True)

    def _close(self, *, fix: bool) -> None:
        # A second key may already be queued when the first one closes the screen.
        if self.is_active:
            self.dismiss(fix)

    def action_down(self) -> None:
        self.query_one(MeasuredScroll).scroll_down(animate=False)

    def action_up(self) -> None:
        self.query_one(MeasuredScroll).scroll_up(animate=False)
