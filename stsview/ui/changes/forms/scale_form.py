"""Form for the number of replicas."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from textual.widget import Widget

from stsview.actions.intents import Intent, Scale
from stsview.model.views import SetView
from stsview.ui.changes.forms.form_row import FormInput, FormRow
from stsview.ui.changes.forms.form_screen import InvalidAnswer
from stsview.ui.changes.forms.plan_form import PlanFormScreen
from stsview.ui.changes.replica_count import parse_replicas


class ScaleScreen(PlanFormScreen):
    """The number of replicas."""

    def __init__(self, view: SetView, now: Callable[[], datetime]) -> None:
        super().__init__(f"Scale {view.key}", now)
        self._view = view
        self._replicas = FormRow("Replicas", FormInput(help_key=True), f"now {view.replicas}")

    def rows(self) -> Iterator[Widget]:
        yield self._replicas

    def intent(self) -> Intent:
        view = self._view
        try:
            replicas = parse_replicas(view, self._replicas.text)
        except ValueError as error:
            raise InvalidAnswer(self._replicas, str(error)) from error
        return Scale(view.key, view.uid, replicas, view.replicas)
