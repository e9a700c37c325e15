"""Form for a forwarded port: which port of the pod, and the local one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import ClassVar

from textual import work
from textual.widget import Widget

from stsview.actions.errors import Refused
from stsview.actions.port_forward.listener import PortTaken, is_free
from stsview.actions.port_forward.port_spec import DeclaredPort, PortSpec, parse_local, parse_port
from stsview.ui.changes.forms.form_row import FormField, FormRow
from stsview.ui.changes.forms.form_screen import FormScreen, InvalidAnswer
from stsview.ui.inspect.forwards.open_forwards import OpenForwards
from stsview.ui.inspect.inspect_target import InspectTarget
from stsview.ui.kit.commands.commands import Command
from stsview.ui.kit.look.roles import Role
from stsview.ui.kit.widgets.radio_row import RadioRow
from stsview.ui.kit.widgets.span_lines import SpanLines

_OTHER = "other"
_MOST_CHOICES = 3
"""Declared ports that fit on a line; of more, the names are only a hint."""
_FIRST_UNRESERVED = 1024


class ForwardField(FormField):
    """Text field of the form."""

    OWN_COMMANDS: ClassVar = (
        Command("submit", ("enter",), "forward", "Open the local port", footer=90, palette=False),
    )


class ForwardScreen(FormScreen):
    """The port of the pod, offered from what its containers declare, and the local port."""

    OWN_COMMANDS: ClassVar = (
        Command("cancel", ("escape",), "cancel", "Close without a forward", footer=99, palette=False),
        Command("forward", ("enter",), "forward", "Open the local port", footer=90, palette=False),
    )

    def __init__(
        self,
        target: InspectTarget,
        declared: Sequence[DeclaredPort],
        opened: OpenForwards,
        now: Callable[[], datetime],
    ) -> None:
        super().__init__(f"Forward a port to {target.pod}", now)
        self._target = target
        self._opened = opened
        self._declared = tuple(declared)
        choices = [(str(one.number), _label(one)) for one in declared[:_MOST_CHOICES]]
        self._choice = FormRow("Pod port", RadioRow([*choices, (_OTHER, "other")]))
        offered = 0 < len(declared) <= _MOST_CHOICES
        first = "" if offered or not declared else str(declared[0].number)
        field = ForwardField(first, placeholder="number or name", help_key=True)
        self._port = FormRow("Other port" if offered else "Pod port", field, _hint(declared))
        self._local = FormRow("Local port", ForwardField(placeholder="any free", help_key=True))
        self._offered = offered
        self._proposed = ""
        self._opening = False

    def rows(self) -> Iterator[Widget]:
        if self._offered:
            yield self._choice
        yield self._port
        yield self._local
        yield SpanLines(
            [(("Only this machine can connect. The forward follows a replaced pod.", Role.DIM),)],
            classes="form-note",
        )

    def update_rows(self) -> None:
        if self._offered:
            self._port.display = self._choice.text == _OTHER
        self._propose()
        self._local.set_hint("empty: any free port")

    def _propose(self) -> None:
        """Keep the local port the same as the pod's where it is free, unless another one was typed."""
        if self._local.text != self._proposed:
            return
        try:
            remote = self._remote_number()
        except ValueError:
            remote = 0
        proposed = str(remote) if remote >= _FIRST_UNRESERVED and is_free(remote) else ""
        if proposed != self._proposed:
            self._proposed = proposed
            self._local.control.value = proposed  # type: ignore[misc]  # a field, which no radio buttons are

    def _remote_text(self) -> str:
        return self._choice.text if self._offered and self._choice.text != _OTHER else self._port.text

    def _remote_number(self) -> int:
        text = self._remote_text()
        named = next((one.number for one in self._declared if one.name == text), None)
        return int(parse_port(text).remote) if named is None else named

    def _spec(self) -> PortSpec:
        row = self._port if self._port.visible_in_form else self._choice
        text = self._remote_text()
        if ":" in text:
            raise InvalidAnswer(row, "the local port has a line of its own")
        try:
            remote = parse_port(text).remote
        except ValueError as error:
            raise InvalidAnswer(row, str(error) if text else "enter a port or its name") from error
        try:
            return PortSpec(remote, parse_local(self._local.text))
        except ValueError as error:
            raise InvalidAnswer(self._local, str(error)) from error

    def action_forward(self) -> None:
        self.submit()

    def submit(self) -> None:
        if not self.is_active or self._opening:
            return
        try:
            spec = self._spec()
        except InvalidAnswer as error:
            error.row.show_problem(str(error))
            return
        self._opening = True
        self._open(spec)

    @work(exit_on_error=False)
    async def _open(self, spec: PortSpec) -> None:
        try:
            await self._opened.open(self._target, spec)
        except Refused as error:
            row = self._local if isinstance(error, PortTaken) else self._port
            (row if row.visible_in_form else self._choice).show_problem(str(error))
        else:
            self.dismiss()
        finally:
            self._opening = False


def _label(port: DeclaredPort) -> str:
    return f"{port.number} {port.name}" if port.name else str(port.number)


def _hint(declared: Sequence[DeclaredPort]) -> str:
    if len(declared) <= _MOST_CHOICES:
        return "" if declared else "its containers declare none"
    return ", ".join(_label(one) for one in declared)
