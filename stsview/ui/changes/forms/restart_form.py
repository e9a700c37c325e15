"""How the pods of a set are to be restarted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from textual.widget import Widget

from stsview.actions.intents import Intent, Order, OrderedRestart, RemovalMethod, Restart
from stsview.actions.operations.ordered_restart.journal import Unfinished
from stsview.model.ordinals.ordinal_lists import parse_ordinals
from stsview.model.related.roles import leading
from stsview.model.states import Health
from stsview.model.timing.durations import parse
from stsview.model.views import OrdinalView, SetView
from stsview.ui.changes.forms.form_row import FormInput, FormRow
from stsview.ui.changes.forms.form_screen import FormScreen, InvalidAnswer
from stsview.ui.changes.running_text import unfinished_text
from stsview.ui.kit.look.health_roles import sign
from stsview.ui.kit.look.roles import Role, Spans
from stsview.ui.kit.look.wrapping import wrap_spans
from stsview.ui.kit.widgets.radio_row import RadioRow
from stsview.ui.kit.widgets.span_lines import SpanLines

_GO_ON, _ANEW = "go-on", "anew"

_ROLLING, _ORDERED = "rolling", "ordered"

_HOW = {
    _ROLLING: (
        "The template gets the annotation that kubectl writes, and with it a new revision.",
        "The controller replaces the pods that its partition lets through, highest first.",
    ),
    _ORDERED: (
        "One pod goes at a time, and only while all others are available.",
        "The template stays as it is. It can be paused, and continued later.",
    ),
}


class RestartScreen(FormScreen):
    """Rolling, as kubectl does it, or in an order of one's own."""

    def __init__(self, view: SetView, now: Callable[[], datetime], left: Unfinished | None = None) -> None:
        """`left` is a restart of it that was not finished."""
        super().__init__(f"Restart {view.key}", now)
        self._view = view
        self._left = left
        self._further = left.intent() if left is not None and not left.running else None
        self._members: list[OrdinalView] = [row for row in view.ordinals if row.expected]
        self._begin = FormRow("Unfinished", RadioRow([(_GO_ON, "go on with it"), (_ANEW, "begin anew")]))
        # Elsewhere a new template restarts nothing by itself.
        rolling = view.rollout.rolling
        hows = [(_ROLLING, "rolling, as kubectl does"), (_ORDERED, "in order, one at a time")]
        self._how = FormRow("How", RadioRow(hows, _ROLLING if rolling else _ORDERED))
        orders = [
            (Order.HIGHEST_FIRST.value, "highest first"),
            (Order.LOWEST_FIRST.value, "lowest first"),
            (Order.LISTED.value, "as listed"),
        ]
        self._order = FormRow("Order", RadioRow(orders))
        self._only = FormRow("Ordinals", FormInput(placeholder="all"))
        last = FormInput(leading(view), placeholder="none")
        self._last = FormRow("Last", last, "pods with this label go last: label=value")
        means = [(RemovalMethod.EVICTION.value, "eviction: budgets hold"), (RemovalMethod.DELETION.value, "deletion")]
        self._means = FormRow("Taken by", RadioRow(means))
        self._soak = FormRow("Soak", FormInput(placeholder="none"), "each stays available so long: 30s, 2m")
        self._command = FormRow("Check", FormInput(placeholder="none"), "shell command, for each pod", wide=True)
        revisions = [("", "on the revision it runs"), ("other", "on another as well")]
        self._revision = FormRow("Comes back", RadioRow(revisions))

    def rows(self) -> Iterator[Widget]:
        yield SpanLines(id="restart-left", classes="form-words")
        yield self._begin
        yield self._how
        yield SpanLines(id="restart-how", classes="form-words")
        yield from self._ordered_rows

    @property
    def _ordered_rows(self) -> tuple[FormRow, ...]:
        return (self._order, self._only, self._last, self._means, self._soak, self._command, self._revision)

    @property
    def _ordered(self) -> bool:
        return self._how.text == _ORDERED

    @property
    def _goes_on(self) -> bool:
        return self._further is not None and self._begin.text == _GO_ON

    def settle(self) -> None:
        self._settle_left()
        how = self.query_one("#restart-how", SpanLines)
        how.show([line for words in _HOW[self._how.text] for line in wrap_spans(((words, Role.DIM),), self.cells)])
        how.display = self._how.display = not self._goes_on
        for row in self._ordered_rows:
            row.display = self._ordered and not self._goes_on
        span = _span(self._members)
        listed = self._order.text == Order.LISTED.value
        self._only.hint(f"in this order, of {span}: 2,0,1" if listed else f"all of {span}, or only 0,2 or 3-5")

    def _settle_left(self) -> None:
        told = self.query_one("#restart-left", SpanLines)
        told.display = self._left is not None
        self._begin.display = self._further is not None
        if self._left is not None:
            words: Spans = (sign(Health.WARNING), (f" {unfinished_text(self._left, self._now())}", Role.TEXT))
            told.show(wrap_spans(words, self.cells))

    def intent(self) -> Intent:
        view = self._view
        if self._further is not None and self._goes_on:
            return self._further
        if not self._ordered:
            return Restart(view.key, view.uid, view.rollout.update)
        order, only = Order(self._order.text), self._ordinals()
        if order is Order.LISTED and not only:
            raise InvalidAnswer(self._only, "which, in the order wanted: 2,0,1")
        return OrderedRestart(
            view.key,
            view.uid,
            view.rollout.update,
            order,
            only,
            last=self._label(),
            means=RemovalMethod(self._means.text),
            soak=self._seconds(),
            command=self._command.text,
            other_revision=bool(self._revision.text),
        )

    def _ordinals(self) -> tuple[int, ...]:
        try:
            ordinals = parse_ordinals(self._only.text)
        except ValueError as error:
            raise InvalidAnswer(self._only, str(error)) from error
        known = {row.ordinal for row in self._members}
        strange = [ordinal for ordinal in ordinals if ordinal not in known]
        if strange:
            raise InvalidAnswer(self._only, f"there is no ordinal {strange[0]}, only {_span(self._members)}")
        return ordinals

    def _label(self) -> str:
        label = self._last.text
        name, equals, value = label.partition("=")
        if label and (" " in label or not name or (equals and not value)):
            raise InvalidAnswer(self._last, "a label is written role=leader or role")
        return label

    def _seconds(self) -> float:
        if not self._soak.text:
            return 0.0
        try:
            return parse(self._soak.text)
        except ValueError as error:
            raise InvalidAnswer(self._soak, str(error)) from error


def _span(members: list[OrdinalView]) -> str:
    if not members:
        return "none"
    first, last = members[0].ordinal, members[-1].ordinal
    return str(first) if first == last else f"{first}-{last}"
