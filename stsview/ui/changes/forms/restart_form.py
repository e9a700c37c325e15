"""Form for a rolling or ordered restart."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from msgspec.structs import replace
from textual.widget import Widget

from stsview.actions.intents import Intent, Order, OrderedRestart, RemovalMethod, Restart
from stsview.actions.operations.ordered_restart.journal import Unfinished
from stsview.model.ordinals.ordinal_lists import parse_ordinals
from stsview.model.related.roles import leading
from stsview.model.states import Health
from stsview.model.timing.durations import parse
from stsview.model.views import OrdinalView, SetView
from stsview.objects.meta import cluster_of, in_cluster
from stsview.ui.changes.forms.form_row import FormInput, FormRow
from stsview.ui.changes.forms.form_screen import InvalidAnswer
from stsview.ui.changes.forms.plan_form import PlanFormScreen
from stsview.ui.changes.remedy_intents import outdated_ordinals
from stsview.ui.changes.running_text import unfinished_text
from stsview.ui.kit.look.health_roles import sign
from stsview.ui.kit.look.roles import Role, Spans
from stsview.ui.kit.look.wrapping import wrap_spans
from stsview.ui.kit.widgets.radio_row import RadioRow
from stsview.ui.kit.widgets.span_lines import SpanLines

_CONTINUE, _START_OVER = "continue", "start-over"

_ROLLING, _ORDERED = "rolling", "ordered"

_SAME, _OTHER = "same", "other"

_EXPLANATIONS = {
    _ROLLING: (
        "Sets the kubectl restart annotation on the pod template, which makes a new revision.",
        "The controller replaces the pods that the partition allows, highest ordinal first.",
    ),
    _ORDERED: (
        "Restarts one pod at a time, and only while all others are available.",
        "The template does not change. You can pause it, and continue it later.",
    ),
}


class RestartScreen(PlanFormScreen):
    """Rolling as with `kubectl rollout restart`, or pod by pod in a chosen order."""

    def __init__(
        self, view: SetView, now: Callable[[], datetime], left: Unfinished | None = None, how: str = ""
    ) -> None:
        """`left`: an unfinished restart of this set; `how`: `rolling` or `ordered`, selected at first."""
        super().__init__(f"Restart {view.key}", now)
        self._view = view
        self._left = left
        begun = left.intent() if left is not None and not left.running else None
        # The journal does not say in which of several clusters the set is shown.
        self._continuation = None if begun is None else replace(begun, set=in_cluster(cluster_of(view.key), begun.set))
        self._members: list[OrdinalView] = [row for row in view.ordinals if row.expected]
        self._unfinished = FormRow(
            "Unfinished",
            RadioRow([(_CONTINUE, "continue it"), (_START_OVER, "start over")], _START_OVER if how else _CONTINUE),
        )
        # With OnDelete a new template restarts no pod.
        hows = [(_ROLLING, "rolling, as kubectl does"), (_ORDERED, "in order, one at a time")]
        self._how = FormRow("How", RadioRow(hows, how or (_ROLLING if view.rollout.rolling else _ORDERED)))
        orders = [
            (Order.HIGHEST_FIRST.value, "highest first"),
            (Order.LOWEST_FIRST.value, "lowest first"),
            (Order.LISTED.value, "as listed"),
        ]
        self._order = FormRow("Order", RadioRow(orders))
        # With OnDelete pods wait for their update until they are restarted.
        waiting = outdated_ordinals(view) if view.rollout.on_delete else ()
        self._only = FormRow("Ordinals", FormInput(",".join(map(str, waiting)), placeholder="all", help_key=True))
        last = FormInput(leading(view), placeholder="none", help_key=True)
        self._last = FormRow("Last", last, "pods to restart last: label=value")
        methods = [
            (RemovalMethod.EVICTION.value, "evict (honours PDBs)"),
            (RemovalMethod.DELETION.value, "delete"),
        ]
        self._method = FormRow("Method", RadioRow(methods))
        self._soak = FormRow(
            "Soak", FormInput(placeholder="none", help_key=True), "wait while each stays available: 30s, 2m"
        )
        self._command = FormRow("Check", FormInput(placeholder="none"), "shell command per pod", wide=True)
        revisions = [(_SAME, "must not change"), (_OTHER, "may change")]
        self._revision = FormRow("Revision", RadioRow(revisions, _OTHER if waiting else _SAME))

    def rows(self) -> Iterator[Widget]:
        yield SpanLines(id="restart-left", classes="form-words")
        yield self._unfinished
        yield self._how
        yield SpanLines(id="restart-how", classes="form-words")
        yield from self._ordered_rows

    @property
    def _ordered_rows(self) -> tuple[FormRow, ...]:
        return (self._order, self._only, self._last, self._method, self._soak, self._command, self._revision)

    @property
    def _is_ordered(self) -> bool:
        return self._how.text == _ORDERED

    @property
    def _continues(self) -> bool:
        return self._continuation is not None and self._unfinished.text == _CONTINUE

    def update_rows(self) -> None:
        self._update_unfinished()
        how = self.query_one("#restart-how", SpanLines)
        explanation = _EXPLANATIONS[self._how.text]
        how.show([line for text in explanation for line in wrap_spans(((text, Role.DIM),), self.cells)])
        how.display = self._how.display = not self._continues
        for row in self._ordered_rows:
            row.display = self._is_ordered and not self._continues
        span = _span(self._members)
        listed = self._order.text == Order.LISTED.value
        self._only.set_hint(f"of {span}, in this order: 2,0,1" if listed else f"all of {span}, or only 0,2 or 3-5")

    def _update_unfinished(self) -> None:
        status = self.query_one("#restart-left", SpanLines)
        status.display = self._left is not None
        self._unfinished.display = self._continuation is not None
        if self._left is not None:
            text: Spans = (sign(Health.WARNING), (f" {unfinished_text(self._left, self._now())}", Role.TEXT))
            status.show(wrap_spans(text, self.cells))

    def intent(self) -> Intent:
        view = self._view
        if self._continuation is not None and self._continues:
            return self._continuation
        if not self._is_ordered:
            return Restart(view.key, view.uid, view.rollout.update)
        order, only = Order(self._order.text), self._ordinals()
        if order is Order.LISTED and not only:
            raise InvalidAnswer(self._only, "list the ordinals in order: 2,0,1")
        return OrderedRestart(
            view.key,
            view.uid,
            view.rollout.update,
            order,
            only,
            last=self._label(),
            means=RemovalMethod(self._method.text),
            soak=self._soak_seconds(),
            command=self._command.text,
            other_revision=self._revision.text == _OTHER,
        )

    def _ordinals(self) -> tuple[int, ...]:
        try:
            ordinals = parse_ordinals(self._only.text)
        except ValueError as error:
            raise InvalidAnswer(self._only, str(error)) from error
        known = {row.ordinal for row in self._members}
        unknown = [ordinal for ordinal in ordinals if ordinal not in known]
        if unknown:
            raise InvalidAnswer(self._only, f"no ordinal {unknown[0]}, only {_span(self._members)}")
        return ordinals

    def _label(self) -> str:
        label = self._last.text
        name, equals, value = label.partition("=")
        if label and (" " in label or not name or (equals and not value)):
            raise InvalidAnswer(self._last, "write the label as role=leader or role")
        return label

    def _soak_seconds(self) -> float:
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
