"""One line of a form: what is asked, where it is answered, and a hint, or what is wrong with the answer."""

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

_NARROWEST = 20
"""Cells of a line of a problem, however few there are."""


class FormInput(CommandsMixin, LineInput):
    """Enter is for the whole form."""

    OWN_COMMANDS: ClassVar = (
        Command("submit", ("enter",), "see the plan", "See what would happen", footer=90, palette=False),
    )


class FormRow(Horizontal):
    """A problem stands where the hint stood, until the answer is another one."""

    def __init__(
        self,
        label: str,
        control: FormInput | RadioRow,
        hint: str = "",
        *,
        wide: bool = False,
        id: str | None = None,  # noqa: A002 - Textual's name for it
    ) -> None:
        """`wide`: the answer may be long, and has all the room that the hint leaves."""
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
        """What is typed or picked, without spaces around it."""
        return self.control.value.strip()

    @property
    def is_asked(self) -> bool:
        """Whether neither it nor what holds it is hidden."""
        return all(node.display for node in self.ancestors_with_self if isinstance(node, Widget))

    @property
    def problem(self) -> str:
        return self._problem

    def hint(self, words: str) -> None:
        """Show this hint instead."""
        self._hint = words
        self._draw()

    def complain(self, words: str) -> None:
        """Say what is wrong with the answer, and put the keyboard there. Nothing of the answer is lost."""
        self._problem = words
        self._draw()
        self.screen.set_focus(self.control)

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    @on(Input.Changed)
    @on(RadioRow.Picked)
    def _answered_otherwise(self) -> None:
        self._problem = ""
        self._draw()

    def _draw(self) -> None:
        if not self.is_mounted:
            return
        hint = self.query_one(".form-hint", SpanLines)
        if self._problem:
            # Of a problem every word counts, of a hint the first ones.
            problem: Spans = (sign(Health.WARNING), (f" {self._problem}", Role.WARNING))
            hint.show(wrap_spans(problem, max(_NARROWEST, hint.content_size.width)))
        else:
            hint.show([((self._hint, Role.DIM),)])
