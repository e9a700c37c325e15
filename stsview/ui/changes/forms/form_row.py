"""One row of a form: label, input, and hint or problem."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Input

from stsview.model.states import Health
from stsview.ui.kit.commands.commands import Command, CommandsMixin
from stsview.ui.kit.look.health_roles import sign
from stsview.ui.kit.look.roles import Role, Spans
from stsview.ui.kit.look.wrapping import wrap_spans
from stsview.ui.kit.widgets.line_input import LineInput
from stsview.ui.kit.widgets.radio_row import RadioRow
from stsview.ui.kit.widgets.span_lines import SpanLines

_MIN_PROBLEM_CELLS = 20


class FormField(CommandsMixin, LineInput):
    """Text field of a form; Enter submits the whole form."""


class FormInput(FormField):
    """Text field of a form that opens a plan."""

    OWN_COMMANDS: ClassVar = (
        Command("submit", ("enter",), "show plan", "Show what would happen", footer=90, palette=False),
    )


class FormRow(Horizontal):
    """Label, input and hint. A problem replaces the hint until the answer changes."""

    def __init__(
        self,
        label: str,
        control: FormField | RadioRow,
        hint: str = "",
        *,
        wide: bool = False,
        id: str | None = None,  # noqa: A002 - Textual's name for it
    ) -> None:
        """`wide`: for long answers; the input takes all the room that the hint leaves."""
        super().__init__(classes="form-row -wide" if wide else "form-row", id=id)
        self.control = control
        self._label = label
        self._hint = hint
        self._problem = ""

    def compose(self) -> ComposeResult:
        yield SpanLines([((self._label, Role.TEXT),)], classes="form-label")
        yield self.control
        yield SpanLines([((self._hint, Role.DIM),)], classes="form-hint")

    @property
    def text(self) -> str:
        """The answer, without surrounding spaces."""
        return self.control.value.strip()

    @property
    def visible_in_form(self) -> bool:
        """Whether neither the row nor a container of it is hidden."""
        return all(node.display for node in self.ancestors_with_self if isinstance(node, Widget))

    @property
    def problem(self) -> str:
        return self._problem

    def set_hint(self, text: str) -> None:
        self._hint = text
        self._draw()

    def show_problem(self, text: str) -> None:
        """Show what is wrong with the answer, and focus the input. The answer is kept."""
        self._problem = text
        self._draw()
        self.screen.set_focus(self.control)

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    @on(Input.Changed)
    @on(RadioRow.Picked)
    def _answer_changed(self) -> None:
        self._problem = ""
        self._draw()

    def _draw(self) -> None:
        if not self.is_mounted:
            return
        hint = self.query_one(".form-hint", SpanLines)
        if self._problem:
            # A problem is wrapped: every word counts. A hint is cropped.
            problem: Spans = (sign(Health.WARNING), (f" {self._problem}", Role.WARNING))
            hint.show(wrap_spans(problem, max(_MIN_PROBLEM_CELLS, hint.content_size.width)))
        else:
            hint.show([((self._hint, Role.DIM),)])
