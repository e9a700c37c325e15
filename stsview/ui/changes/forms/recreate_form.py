"""Form for a recreation: which field, and its new value."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from textual.widget import Widget

from stsview.actions.intents import Intent, Recreate
from stsview.actions.operations.recreate.changes import POLICIES, BadChange, Field, FieldChange, parse_change
from stsview.model.views import SetView
from stsview.objects.quantity import format_bytes
from stsview.ui.changes.forms.form_row import FormInput, FormRow
from stsview.ui.changes.forms.form_screen import InvalidAnswer
from stsview.ui.changes.forms.plan_form import PlanFormScreen
from stsview.ui.kit.widgets.radio_row import RadioRow

_LABELS = {
    Field.SERVICE_NAME: "Service",
    Field.POD_MANAGEMENT_POLICY: "policy",
    Field.STORAGE_CLASS: "class",
    Field.SIZE: "size",
    Field.LABEL: "label",
}
"""As options on one line of 80 cells."""

_OF_TEMPLATES = (Field.STORAGE_CLASS, Field.SIZE, Field.LABEL)


class RecreateScreen(PlanFormScreen):
    """The field and its new value. Several at once can be changed on the command line."""

    def __init__(self, view: SetView, now: Callable[[], datetime]) -> None:
        super().__init__(f"Recreate {view.key}", now)
        self._view = view
        self._templates = _templates(view)
        fields = [field for field in Field if self._templates or field not in _OF_TEMPLATES]
        self._field = FormRow("Change", RadioRow([(field.name, _LABELS[field]) for field in fields]))
        self._template = FormRow("Claims", RadioRow([(name, name) for name in self._templates] or [("", "none")]))
        self._policy = FormRow("Policy", RadioRow([(one, one) for one in _others(view.policy)]))
        self._value = FormRow("New value", FormInput(help_key=True), wide=True)

    def rows(self) -> Iterator[Widget]:
        yield self._field
        yield self._template
        yield self._policy
        yield self._value

    @property
    def _chosen(self) -> Field:
        return Field[self._field.text]

    def update_rows(self) -> None:
        field = self._chosen
        self._template.display = field in _OF_TEMPLATES and len(self._templates) > 1
        self._policy.display = field is Field.POD_MANAGEMENT_POLICY
        self._value.display = field is not Field.POD_MANAGEMENT_POLICY
        self._policy.set_hint(f"now {self._view.policy}")
        self._value.set_hint(self._hint(field))

    def _hint(self, field: Field) -> str:
        claims = [claim for row in self._view.ordinals for claim in row.claims if claim.template == self._template.text]
        match field:
            case Field.SERVICE_NAME:
                return f"now {self._view.service.name or 'empty'}"
            case Field.STORAGE_CLASS if claims:
                return f"PVCs: {', '.join(sorted({claim.storage_class or 'none' for claim in claims}))}"
            case Field.SIZE if claims:
                return f"PVCs: {', '.join(sorted({_size(claim.requested) for claim in claims}))}"
            case Field.LABEL:
                return "NAME=VALUE"
        return ""

    def intent(self) -> Intent:
        field, value = self._chosen, self._value.text
        if field is Field.POD_MANAGEMENT_POLICY:
            change = FieldChange(field, self._policy.text)
        elif field is Field.SERVICE_NAME:
            change = FieldChange(field, value)
        elif field is Field.LABEL:
            label, _, value = value.partition("=")
            change = FieldChange(field, value, self._template.text, label)
        else:
            change = FieldChange(field, value, self._template.text)
        try:
            parse_change(change.option)
        except BadChange as error:
            raise InvalidAnswer(self._value, str(error)) from error
        return Recreate(self._view.key, self._view.uid, changes=(change.option,))


def _templates(view: SetView) -> list[str]:
    """Names of its claim templates, as far as its claims show them."""
    return sorted({claim.template for row in view.ordinals for claim in row.claims if claim.template})


def _others(policy: str) -> list[str]:
    return [one for one in POLICIES if one != policy] or list(POLICIES)


def _size(size: int | None) -> str:
    return "unknown" if size is None else "".join(format_bytes(size))
