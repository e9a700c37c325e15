"""Base of the forms whose answers become an intent."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from stsview.actions.intents import Intent
from stsview.ui.changes.forms.form_screen import FormScreen, InvalidAnswer
from stsview.ui.changes.running_actions import running_actions_of
from stsview.ui.kit.commands.commands import Command


class PlanFormScreen(FormScreen):
    """Form that opens the plan of an intent made from its answers.

    Nothing is confirmed here. The answers are kept until an action starts or the form is closed.
    """

    OWN_COMMANDS: ClassVar = (
        Command("cancel", ("escape",), "cancel", "Close without a plan", footer=99, palette=False),
        Command("plan", ("enter",), "show plan", "Show what would happen", footer=90, palette=False),
    )

    @abstractmethod
    def intent(self) -> Intent:
        """The intent that the answers describe. Raises `InvalidAnswer`."""

    def action_plan(self) -> None:
        self.submit()

    def submit(self) -> None:
        if not self.is_active:
            return
        try:
            intent = self.intent()
        except InvalidAnswer as error:
            error.row.show_problem(str(error))
            return
        # Imported here: the first screen has to appear within two seconds, and does not need this.
        from stsview.ui.changes.action_screen import ActionScreen

        started, focused, form = len(running_actions_of(self.app).runs), self.focused, self.query_one("#form")

        def on_closed(_: None) -> None:
            if len(running_actions_of(self.app).runs) > started:
                self.dismiss()
            else:
                form.display = True
                self.set_focus(focused)

        # Hidden below the plan, where it would be in the way; a hidden form cannot keep the keyboard focus either.
        form.display = False
        self.app.push_screen(ActionScreen(intent, self._now), on_closed)
