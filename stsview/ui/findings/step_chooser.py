"""The dialog that lists the steps of findings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual import on
from textual.widget import Widget
from textual.widgets import Input

from stsview.text.glyphs import active
from stsview.ui.findings.finding_text import danger_span, remedy_spans
from stsview.ui.findings.steps import Step
from stsview.ui.kit.choosers.chooser import Choice, Chooser
from stsview.ui.kit.look.roles import Role, Spans
from stsview.ui.kit.look.wrapping import wrap_at_most
from stsview.ui.kit.table import Column, RowHighlighted
from stsview.ui.kit.widgets.span_lines import SpanLines

_TEXT_LINES = 3

_COMMAND_LINES = 2

_DOES = {
    "plan": "opens the plan: nothing is sent before you confirm it",
    "logs": "opens the log",
    "describe": "opens describe, with the events",
    "YAML": "opens the YAML",
    "events": "opens the events",
    "revisions": "opens the revisions",
    "copy": "copies the command: stsview does not run it",
    "explain": "to be done outside stsview; opens the explanation of the finding",
}


class StepDetail(SpanLines):
    """The whole text of one step, what selecting it does, and its command."""

    DEFAULT_CSS = "StepDetail { height: 7; padding: 1 0 0 0; }"

    def __init__(self) -> None:
        super().__init__()
        self._step: Step | None = None

    def show_step(self, step: Step | None) -> None:
        self._step = step
        self.refresh()

    def lines_for(self, width: int) -> Sequence[Spans]:
        if self._step is None:
            return ()
        remedy, dot = self._step.remedy, (f" {active().separator} ", Role.DIM)
        lines = wrap_at_most(((remedy.text, Role.BRIGHT),), width, _TEXT_LINES)
        lines.append((danger_span(remedy.danger), dot, (_DOES[self._step.does], Role.DIM)))
        return (*lines, *wrap_at_most(((remedy.command, Role.DIM),), width, _COMMAND_LINES))


class StepChooser(Chooser):
    """Returns the number of the chosen step, or None; typing a number chooses it."""

    COLUMNS: ClassVar[Sequence[Column]] = (
        Column("mark", "", min_width=1),
        Column("label", "", min_width=20, weight=1, priority=200),
        Column("hint", "", min_width=4, max_width=10, priority=10),
    )
    PLACEHOLDER: ClassVar[str] = "type a number, or words to filter"

    def __init__(self, title: str, steps: Sequence[Step]) -> None:
        self._steps = {str(step.number): step for step in steps}
        choices = [Choice(number, f"{number} {step.remedy.text}", step.does) for number, step in self._steps.items()]
        super().__init__(f"Steps for {title}", choices)

    def _row(self, value: str) -> tuple[Spans, ...]:
        step = self._steps[value]
        number = f"{value:>{len(str(len(self._steps)))}}  "
        return (), ((number, Role.KEY), *remedy_spans(step.remedy.text, step.remedy.danger)), ((step.does, Role.DIM),)

    def compose_below(self) -> Iterator[Widget]:
        yield StepDetail()

    @on(RowHighlighted)
    def _row_highlighted(self, event: RowHighlighted[str]) -> None:
        self.query_one(StepDetail).show_step(self._steps[event.key] if event.key is not None else None)

    @on(Input.Changed)
    def _number_typed(self, event: Input.Changed) -> None:
        """Choose the step of the number, unless it may be the beginning of another."""
        number = event.value.strip()
        if number in self._steps and sum(one.startswith(number) for one in self._steps) == 1:
            self.dismiss((number,))
