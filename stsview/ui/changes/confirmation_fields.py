"""Fields that a plan's confirmation, or the override of a refusal, asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar

from msgspec.structs import replace
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from stsview.actions.plan import Answers, Plan
from stsview.model.states import Health
from stsview.text.glyphs import active
from stsview.text.terminal_text import width as cells_of
from stsview.ui.kit.commands.commands import Command, CommandsMixin
from stsview.ui.kit.look.health_roles import sign
from stsview.ui.kit.look.roles import Role
from stsview.ui.kit.look.wrapping import wrap_spans
from stsview.ui.kit.widgets.checkbox import AttestationCheckbox
from stsview.ui.kit.widgets.line_input import LineInput
from stsview.ui.kit.widgets.span_lines import SpanLines

_OVERRIDE, _NAME, _CONTEXT, _REASON = "answer-override", "answer-name", "answer-context", "answer-reason"

_NOUNS = {"Pod": "pod", "StatefulSet": "set"}

_MIN_FIELD_CELLS, _MAX_FIELD_CELLS = 12, 40
_MARK_CELLS = 11
"""Room for a gap and the longest mark."""


class AnswerInput(CommandsMixin, LineInput):
    """Text field whose Enter key submits the dialog."""

    OWN_COMMANDS: ClassVar[Sequence[Command]] = (
        Command("enter", ("enter",), "confirm", "Submit the fields", footer=90, palette=False, action="submit"),
    )

    def __init__(self, id_: str, placeholder: str, enter: Callable[[], str], *, help_key: bool) -> None:
        """`enter` returns what Enter does now, for the key bar; empty while something is missing."""
        super().__init__(id=id_, placeholder=placeholder, help_key=help_key)
        self._enter = enter

    def commands(self) -> list[Command]:
        label = self._enter()
        return [replace(one, label=label, footer=one.footer if label else 0) for one in super().commands()]


class AnswerField(Container):
    """Label, text field, and whether the text is the expected one; the label stands above where there is no room."""

    def __init__(self, id_: str, label: str, expected: str, placeholder: str, enter: Callable[[], str]) -> None:
        """`expected`: the text to type; empty for free text."""
        super().__init__(classes="action-field")
        self.expected = expected
        self._label = label
        self.input = AnswerInput(id_, placeholder, enter, help_key=bool(expected) and "?" not in expected)
        # Kept, since it is laid out before it is composed.
        self._label_lines = SpanLines(classes="action-label")
        self._mark_lines = SpanLines(classes="action-mark")

    def compose(self) -> ComposeResult:
        yield self._label_lines
        yield self.input
        yield self._mark_lines

    @property
    def label_cells(self) -> int:
        return cells_of(self._label)

    def fit(self, width: int, label_cells: int) -> int:
        """Lay it out for `width` cells, with labels of `label_cells`; returns the number of lines."""
        least = max(_MIN_FIELD_CELLS, cells_of(self.expected) + 1)
        room = width - (_MARK_CELLS if self.expected else 0)
        beside = label_cells + 2 + least <= room
        label = wrap_spans(((self._label, Role.TEXT),), width)
        self.set_class(not beside, "-stacked")
        self._label_lines.show(label)
        self._label_lines.styles.width = label_cells + 2 if beside else "100%"
        self._label_lines.styles.height = len(label)
        self.styles.height = 1 if beside else len(label) + 1
        room -= label_cells + 2 if beside else 0
        self.input.styles.width = max(1, room if not self.expected else min(room, max(least, _MAX_FIELD_CELLS)))
        return 1 if beside else len(label) + 1

    @on(Input.Changed)
    def _mark(self) -> None:
        value, mark = self.value, self._mark_lines
        if not self.expected or not value:
            mark.show([])
        elif value == self.expected:
            mark.show([((f" {active().check}", Role.READY),)])
        elif not self.expected.startswith(value):
            mark.show([((f" {sign(Health.DEGRADED)[0]} no match", Role.DEGRADED),)])
        else:
            mark.show([])

    @property
    def value(self) -> str:
        """What was typed, without the spaces around it: no name has any."""
        return self.input.value.strip()

    @property
    def problem(self) -> str:
        """What has to be typed; empty where nothing is missing."""
        value = self.value
        if self.expected and value and value != self.expected:
            return f'"{value}" does not match: type {self.expected}'
        if self.expected:
            return "" if value else f"type {self.expected} to confirm"
        return "" if value else "enter a reason"


class Attested(AttestationCheckbox):
    """A checkbox that passes typed text on to a text field."""

    def __init__(self, about: str, words: str, text_field: Callable[[], AnswerInput | None]) -> None:
        super().__init__(about, words)
        self._text_field = text_field

    def post_message(self, message: Message) -> bool:
        """Pass on what is typed before the next key is read, so that letters keep their order."""
        typed = isinstance(message, events.Key) and message.is_printable and message.character != " "
        field = self._text_field() if typed or isinstance(message, events.Paste) else None
        if field is None:
            return super().post_message(message)
        self.screen.set_focus(field)
        return field.post_message(message)


class AnswerFields(Vertical):
    """The fields of one plan, all unticked and empty at first; no fields before `ask`."""

    DEFAULT_CSS = "AnswerFields { height: auto; }"

    def __init__(self, id_: str) -> None:
        super().__init__(id=id_)
        self.busy = False
        """Whether nothing can be submitted now; the fields can be filled in all the same."""
        self._plan: Plan | None = None
        self._asked: object = None

    @property
    def any(self) -> bool:
        """Whether there are fields."""
        return bool(self.children)

    async def ask(self, plan: Plan | None, *, keep: bool = False) -> None:
        """Replace the fields, and what was entered, by those that `plan` needs.

        None: no fields. With `keep` the same fields keep what was entered.
        """
        asked = plan and (plan.about, plan.confirmation, bool(plan.refused), plan.overridable, plan.override)
        self._plan = plan
        if keep and asked == self._asked:
            return
        self._asked = asked
        await self.remove_children()
        if plan is not None:
            await self.mount_all(self._fields(plan))
        self.focus_first()

    def focus_first(self) -> None:
        """Focus the first text field: nothing is attested by the first key."""
        first = self.text_field or next(iter(self.query(Attested)), None)
        self.screen.set_focus(first)

    @property
    def text_field(self) -> AnswerInput | None:
        """The first text field that lacks its text, or else the first of all."""
        fields = list(self.query(AnswerField))
        return next((one.input for one in fields if one.problem), fields[0].input if fields else None)

    def answers(self, plan: Plan) -> Answers:
        """What was entered so far.

        The reason for an override also counts as the reason for the action.
        """
        ticked = frozenset(box.about for box in self.query(Attested) if box.ticked)
        reason = self._text(_REASON) or plan.override
        return Answers(self._text(_NAME), ticked, self._text(_CONTEXT), reason)

    @property
    def override(self) -> str:
        """The reason to override a refusal, as typed so far."""
        return self._text(_OVERRIDE)

    def first_problem(self) -> tuple[str, Widget | None]:
        """What is missing first, and where to enter it; an empty text where nothing is."""
        for child in self.children:
            if isinstance(child, Attested) and not child.ticked:
                return f"not attested (space ticks it): {child.words}", child
            if isinstance(child, AnswerField) and child.problem:
                return child.problem, child.input
        return "", None

    def fit(self, width: int) -> int:
        """Lay the fields out for `width` cells; returns the number of lines."""
        labels = max((one.label_cells for one in self.query(AnswerField)), default=0)
        lines = sum(child.fit(width) for child in self.query(Attested))
        return lines + sum(one.fit(width, labels) for one in self.query(AnswerField))

    def _text(self, id_: str) -> str:
        return next((field.value for field in self.query(AnswerField) if field.input.id == id_), "")

    def _enter_label(self) -> str:
        if self.busy or self._plan is None or self.first_problem()[0]:
            return ""
        return "override" if self._plan.overridable else "confirm"

    def _fields(self, plan: Plan) -> Iterator[Widget]:
        if plan.overridable:
            yield self._field(_OVERRIDE, "Reason to override the refusal", "", "for the audit log")
        if plan.refused:
            return
        confirmation = plan.confirmation
        for attestation in confirmation.attestations:
            yield Attested(attestation.id, attestation.words, lambda: self.text_field)
        if confirmation.name:
            noun = _NOUNS.get(plan.about.kind, "object")
            yield self._field(_NAME, f"Type the {noun} name ({confirmation.name}) to confirm", confirmation.name)
        if confirmation.context:
            label = f"Type the context name ({confirmation.context}) to confirm"
            yield self._field(_CONTEXT, label, confirmation.context)
        if confirmation.reason and not plan.override:
            yield self._field(_REASON, "Reason", "", "for the audit log")

    def _field(self, id_: str, label: str, expected: str, placeholder: str = "") -> AnswerField:
        return AnswerField(id_, label, expected, placeholder or expected, self._enter_label)
