"""What somebody has to tick, type and write before a plan is carried out, or before a refusal of it is overridden."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import ClassVar

from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from stsview.actions.plan import Answers, Plan
from stsview.ui.kit.commands.commands import Command, CommandsMixin
from stsview.ui.kit.look.roles import Role
from stsview.ui.kit.widgets.checkbox import AttestationCheckbox
from stsview.ui.kit.widgets.line_input import LineInput
from stsview.ui.kit.widgets.span_lines import SpanLines

_LABEL = 28

_OVERRIDE, _NAME, _CONTEXT, _REASON = "answer-override", "answer-name", "answer-context", "answer-reason"


class AnswerInput(CommandsMixin, LineInput):
    """A line that says what Enter does while somebody is in it."""

    OWN_COMMANDS: ClassVar[Sequence[Command]] = (
        Command("enter", ("enter",), "", "Go on with what is written", footer=90, palette=False, action="submit"),
    )

    def __init__(self, id_: str, does: str) -> None:
        super().__init__(id=id_)
        self._does = does

    def commands(self) -> list[Command]:
        return [replace(command, label=self._does) for command in super().commands()]


class AnswerFields(Vertical):
    """Nothing, until it is told what to ask for; everything is unticked and empty then."""

    DEFAULT_CSS = "AnswerFields { height: auto; }"

    @property
    def any(self) -> bool:
        """Whether anything is asked for."""
        return bool(self.children)

    def ask(self, plan: Plan | None) -> None:
        """Ask for what `plan` takes; what was answered before is forgotten. None: for nothing."""
        self.remove_children()
        if plan is not None:
            self.mount_all(_fields(plan))

    def answers(self, plan: Plan) -> Answers:
        """What is ticked, typed and written so far. Whoever overrode a refusal has said why already."""
        ticked = frozenset(tick.about for tick in self.query(AttestationCheckbox) if tick.ticked)
        reason = self._text(_REASON) or plan.override
        return Answers(self._text(_NAME), ticked, self._text(_CONTEXT), reason)

    @property
    def override(self) -> str:
        """Why a refusal is not to count, as far as it is written."""
        return self._text(_OVERRIDE).strip()

    def fit(self, width: int) -> int:
        """Lay it out in lines of `width` cells; returns how many there are."""
        return sum(child.fit(width) if isinstance(child, AttestationCheckbox) else 1 for child in self.children)

    def _text(self, id_: str) -> str:
        return next((field.value for field in self.query(LineInput) if field.id == id_), "")


def can_override(plan: Plan) -> bool:
    """Whether it is refused, and a written reason would lift that."""
    return plan.overridable and hasattr(plan.intent, "override")


def _fields(plan: Plan) -> Iterator[Widget]:
    if can_override(plan):
        yield _line("Override it? Write down why", _OVERRIDE, "override")
    if plan.refused:
        return
    needs = plan.confirmation
    for attestation in needs.attestations:
        yield AttestationCheckbox(attestation.id, attestation.words)
    if needs.name:
        yield _line(f"Type the name of the {_noun(plan)}", _NAME)
    if needs.context:
        yield _line("Protected: the context’s name", _CONTEXT)
    if needs.reason and not plan.override:
        yield _line("Write down why", _REASON)


def _line(label: str, id_: str, does: str = "do it") -> Horizontal:
    words = SpanLines([((label.ljust(_LABEL), Role.TEXT),)], classes="action-label")
    return Horizontal(words, AnswerInput(id_, does), classes="action-field")


def _noun(plan: Plan) -> str:
    return {"Pod": "pod", "StatefulSet": "set"}.get(plan.about.kind, "object")
