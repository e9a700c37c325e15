"""Form for growing the storage of a set."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from msgspec.structs import replace
from textual.widget import Widget

from stsview.actions.intents import Grow, Intent
from stsview.actions.operations.grow.journal import Unfinished
from stsview.model.ordinals.ordinal_lists import parse_ordinals
from stsview.model.states import Health
from stsview.model.storage.sizes import claim_templates, parse_size, shown_sizes
from stsview.model.views import SetView
from stsview.objects.meta import cluster_of, in_cluster
from stsview.text.ages import in_local_time
from stsview.ui.changes.forms.form_row import FormInput, FormRow
from stsview.ui.changes.forms.form_screen import InvalidAnswer
from stsview.ui.changes.forms.plan_form import PlanFormScreen
from stsview.ui.kit.look.health_roles import sign
from stsview.ui.kit.look.roles import Role, Spans
from stsview.ui.kit.look.wrapping import wrap_spans
from stsview.ui.kit.widgets.radio_row import RadioRow
from stsview.ui.kit.widgets.span_lines import SpanLines

_CONTINUE, _START_OVER = "continue", "start-over"

_KEEP, _CHANGE = "keep", "change"

_MOST_AT_ONCE = 1000


class GrowScreen(PlanFormScreen):
    """The new size, of which claims, and whether the claim template gets it too."""

    def __init__(
        self, view: SetView, now: Callable[[], datetime], left: Unfinished | None = None, size: str = ""
    ) -> None:
        """`left`: an unfinished growth of this set; `size`: filled in at first."""
        super().__init__(f"Grow the storage of {view.key}", now)
        self._view = view
        self._left = left
        begun = left.intent() if left is not None and not left.running else None
        # The journal does not say in which of several clusters the set is shown.
        self._continuation = None if begun is None else replace(begun, set=in_cluster(cluster_of(view.key), begun.set))
        self._templates = claim_templates(view)
        self._members = [row.ordinal for row in view.ordinals if row.expected]
        self._unfinished = FormRow(
            "Unfinished",
            RadioRow([(_CONTINUE, "continue it"), (_START_OVER, "start over")], _START_OVER if size else _CONTINUE),
        )
        self._claim = FormRow("PVCs", RadioRow([(name, name) for name in self._templates] or [("", "none")]))
        self._wanted = FormRow("Size", FormInput(size, placeholder="20Gi", help_key=True))
        self._only = FormRow("Ordinals", FormInput(placeholder="all", help_key=True))
        self._parallel = FormRow("At once", FormInput("1", help_key=True), "how many PVCs grow at a time")
        self._template = FormRow("Template", RadioRow([(_KEEP, "stays as it is"), (_CHANGE, "gets the size too")]))

    def rows(self) -> Iterator[Widget]:
        yield SpanLines(id="grow-left", classes="form-words")
        yield self._unfinished
        yield from self._new_rows
        yield SpanLines(id="grow-template", classes="form-words")

    @property
    def _new_rows(self) -> tuple[FormRow, ...]:
        return (self._claim, self._wanted, self._only, self._parallel, self._template)

    @property
    def _continues(self) -> bool:
        return self._continuation is not None and self._unfinished.text == _CONTINUE

    def update_rows(self) -> None:
        status = self.query_one("#grow-left", SpanLines)
        status.display = self._left is not None
        self._unfinished.display = self._continuation is not None
        if self._left is not None:
            words = in_local_time(self._left.words, self._now())
            text: Spans = (sign(Health.WARNING), (f" {words}", Role.TEXT))
            status.show(wrap_spans(text, self.cells))
        for row in self._new_rows:
            row.display = not self._continues
        self._claim.display = len(self._templates) > 1 and not self._continues
        sizes = shown_sizes(self._view, self._claim.text)
        self._wanted.set_hint(f"now {sizes}" if sizes else "")
        members = f"{self._members[0]}-{self._members[-1]}" if self._members else "none"
        self._only.set_hint(f"of {members}: 0,2 or 3-5; the highest first")
        about_template = self.query_one("#grow-template", SpanLines)
        about_template.display = not self._continues and self._template.text == _CHANGE
        explanation = (
            "A claim template cannot be changed: the set is deleted without its pods, and created again with the new "
            "size. No pod restarts."
        )
        about_template.show(wrap_spans(((explanation, Role.DIM),), self.cells))

    def intent(self) -> Intent:
        view = self._view
        if self._continuation is not None and self._continues:
            return self._continuation
        try:
            size = parse_size(self._wanted.text)
        except ValueError as error:
            raise InvalidAnswer(self._wanted, str(error)) from error
        claim = self._claim.text if len(self._templates) > 1 else ""
        return Grow(
            view.key,
            view.uid,
            size,
            claim,
            self._ordinals(),
            self._at_once(),
            self._template.text == _CHANGE,
        )

    def _ordinals(self) -> tuple[int, ...]:
        try:
            ordinals = parse_ordinals(self._only.text)
        except ValueError as error:
            raise InvalidAnswer(self._only, str(error)) from error
        if unknown := [ordinal for ordinal in ordinals if ordinal not in self._members]:
            raise InvalidAnswer(self._only, f"no ordinal {unknown[0]}")
        return ordinals

    def _at_once(self) -> int:
        text = self._parallel.text or "1"
        if not text.isdecimal() or not text.isascii() or not 0 < int(text[:6]) <= _MOST_AT_ONCE:
            raise InvalidAnswer(self._parallel, f"write a number from 1 to {_MOST_AT_ONCE}")
        return int(text)
