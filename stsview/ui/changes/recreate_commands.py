"""Commands that recreate a set: to change what cannot be changed in place, or because it is gone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from stsview.actions.intents import Recreate, ResumeRecreate
from stsview.model.action_id import ActionId
from stsview.ui.changes.change_commands import SetActionCommands, can_change
from stsview.ui.kit.commands.commands import Argument, Availability, Command, TypedCommand, Unavailable

_CHANGE = "Change"


def _change(screen: RecreateCommands, text: str) -> str:
    """The change that was typed. Raises ValueError for one that is not understood."""
    # Imported here: the first screen has to appear within two seconds, and does not need this.
    from stsview.actions.operations.recreate.changes import parse_change

    return parse_change(text).option


def _has_any_set(screen: RecreateCommands) -> Availability:
    """As for other changes of a set, but also one that is gone."""
    return can_change(screen) and (screen.target_set is not None or Unavailable("no StatefulSet is selected"))


class RecreateCommands(SetActionCommands):
    """Base of screens that show or select a set that can be recreated."""

    OWN_COMMANDS: ClassVar[Sequence[Command]] = (
        Command(
            ActionId.RECREATE,
            (),
            "recreate",
            "Recreate this set without its pods: to change serviceName, podManagementPolicy or claim templates",
            _CHANGE,
            0,
            _has_any_set,
            typed=TypedCommand(("recreate",), Argument("FIELD=VALUE", parse=_change)),
        ),
    )

    def action_recreate(self, change: str = "") -> None:
        view = self.target_set
        if view is None:
            return
        if view.gone:
            self.open_plan(ResumeRecreate(view.key, ""))
        elif change:
            self.open_plan(Recreate(view.key, view.uid, changes=(change,)))
        else:
            from stsview.ui.changes.forms.recreate_form import RecreateScreen

            self.app.push_screen(RecreateScreen(view, self.now))
