"""Fields that a plan's confirmation, or the override of a refusal, asks for."""

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

_LABEL_CELLS = 32

_OVERRIDE, _NAME, _CONTEXT, _REASON = "answer-override", "answer-name", "answer-context", "answer-reason"


_NOUNS = {"Pod": "pod", "StatefulSet": "set"}


class AnswerInput(CommandsMixin, LineInput):
    """Text field whose Enter key submits the dialog."""

    OWN_COMMANDS: ClassVar[Sequence[Command]] = (
        Command("enter", ("enter",), "", "Submit the fields", footer=90, palette=False, action="submit"),
    )

    def __init__(self, id_: str, label: str) -> None:
        """`label`: what Enter does, for the key bar."""
        super().__init__(id=id_)
        self._enter_label = label

    def commands(self) -> list[Command]:
        return [replace(command, label=self._enter_label) for command in super().commands()]


class AnswerFields(Vertical):
    """The fields of one plan, all unticked and empty at first; no fields before `ask`."""

    DEFAULT_CSS = "AnswerFields { height: auto; }"

    @property
    def any(self) -> bool:
        """Whether there are fields."""
        return bool(self.children)

    def ask(self, plan: Plan | None) -> None:
        """Replace the fields, and what was entered, by those that `plan` needs.

        None: no fields.
        """
        self.remove_children()
        if plan is not None:
            self.mount_all(_fields(plan))

    def answers(self, plan: Plan) -> Answers:
        """What was entered so far.

        The reason for an override also counts as the reason for the action.
        """
        ticked = frozenset(box.about for box in self.query(AttestationCheckbox) if box.ticked)
        reason = self._text(_REASON) or plan.override
        return Answers(self._text(_NAME), ticked, self._text(_CONTEXT), reason)

    @property
    def override(self) -> str:
        """The reason to override a refusal, as typed so far."""
        return self._text(_OVERRIDE).strip()

    def fit(self, width: int) -> int:
        """Lay the fields out for `width` cells; returns the number of lines."""
        return sum(child.fit(width) if isinstance(child, AttestationCheckbox) else 1 for child in self.children)

    def _text(self, id_: str) -> str:
        return next((field.value for field in self.query(LineInput) if field.id == id_), "")


def can_override(plan: Plan) -> bool:
    """Whether the plan is refused, and a written reason would override that."""
    return plan.overridable


def _fields(plan: Plan) -> Iterator[Widget]:
    if can_override(plan):
        yield _field("Reason to override the refusal", _OVERRIDE, "override")
    if plan.refused:
        return
    confirmation = plan.confirmation
    for attestation in confirmation.attestations:
        yield AttestationCheckbox(attestation.id, attestation.words)
    if confirmation.name:
        yield _field(f"Type the {_NOUNS.get(plan.about.kind, 'object')} name to confirm", _NAME)
    if confirmation.context:
        yield _field("Type the context name to confirm", _CONTEXT)
    if confirmation.reason and not plan.override:
        yield _field("Reason", _REASON)


def _field(label: str, id_: str, enter_label: str = "confirm") -> Horizontal:
    spans = SpanLines([((label.ljust(_LABEL_CELLS), Role.TEXT),)], classes="action-label")
    return Horizontal(spans, AnswerInput(id_, enter_label), classes="action-field")
