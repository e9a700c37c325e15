"""Dialog that explains a finding and its rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from msgspec.structs import replace
from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.screen import ModalScreen

from stsview.text.glyphs import active
from stsview.ui.findings.rule_text import explanation_lines
from stsview.ui.kit.commands.commands import Command, CommandsMixin
from stsview.ui.kit.commands.key_bar import KeyBar
from stsview.ui.kit.look.labelled_lines import Reason
from stsview.ui.kit.widgets.measured_scroll import MeasuredScroll
from stsview.ui.kit.widgets.span_lines import SpanLines

if TYPE_CHECKING:
    from stsview.triage.rule import Rule


def _has_steps(screen: ExplainScreen) -> bool:
    return screen.steps


class ExplainScreen(CommandsMixin, ModalScreen[bool]):
    """One rule, below the finding where one was selected.

    Returns whether the operator asked for the steps of the finding.
    """

    SHARED_KEYS = frozenset({"fix"})

    OWN_COMMANDS: ClassVar = (
        Command("fix", ("t",), "fix", "List the steps, to take one", footer=95, guard=_has_steps, palette=False),
        Command("close", ("escape", "q", "x", "enter"), "close", "Close", footer=90, palette=False),
        Command("down", ("j",), "down", "Line down", group="Move", palette=False),
        Command("up", ("k",), "up", "Line up", group="Move", palette=False),
    )

    def __init__(self, rule: Rule, finding: Reason | None = None, *, steps: bool = False) -> None:
        """`steps`: whether the finding has steps to take."""
        super().__init__()
        self.steps = steps
        self._rule = rule
        self._finding = finding

    def compose(self) -> ComposeResult:
        with MeasuredScroll(id="explanation") as scroll:
            scroll.border_title = Content(self._rule.id)
            yield SpanLines()
        yield KeyBar()

    @on(MeasuredScroll.Measured)
    def _measured(self) -> None:
        scroll = self.query_one(MeasuredScroll)
        scroll.query_one(SpanLines).show(explanation_lines(self._rule, scroll.cells, self._finding))

    def commands(self) -> list[Command]:
        # The ellipsis depends on what the terminal can draw.
        label = f"fix{active().ellipsis}"
        return [replace(command, label=label) if command.id == "fix" else command for command in super().commands()]

    def action_close(self) -> None:
        self._close(fix=False)

    def action_fix(self) -> None:
        self._close(fix=True)

    def _close(self, *, fix: bool) -> None:
        # A second key may already be queued when the first one closes the screen.
        if self.is_active:
            self.dismiss(fix)

    def action_down(self) -> None:
        self.query_one(MeasuredScroll).scroll_down(animate=False, immediate=True)

    def action_up(self) -> None:
        self.query_one(MeasuredScroll).scroll_up(animate=False, immediate=True)
