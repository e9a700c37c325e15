"""Commands that recreate a set: to change what cannot be changed in place, or because it is gone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from stsview.actions.intents import Recreate
from stsview.model.action_id import ActionId
from stsview.model.states import Health
from stsview.model.views import SetView
from stsview.objects.meta import Key
from stsview.ui.changes.change_commands import SetActionCommands, can_change
from stsview.ui.changes.running_actions import running_actions_of
from stsview.ui.kit.commands.commands import Argument, Availability, Command, TypedCommand, Unavailable
from stsview.ui.kit.look.roles import Spans
from stsview.ui.kit.toast import toast

if TYPE_CHECKING:
    from stsview.actions.operations.grow.journal import Unfinished as UnfinishedGrowth
    from stsview.actions.operations.recreate.journal import Unfinished

_CHANGE = "Change"


_CONTINUE, _PUT_BACK = "continue", "put-back"
"""Arguments other than a change."""


def _change(screen: RecreateCommands, text: str) -> str:
    """The change that was typed. Raises ValueError for one that is not understood."""
    for word in (_CONTINUE, _PUT_BACK):
        if text and word.startswith(text):
            return word
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
            typed=TypedCommand(("recreate",), Argument("FIELD=VALUE", lambda _: (_CONTINUE, _PUT_BACK), parse=_change)),
        ),
    )

    def action_recreate(self, change: str = "") -> None:
        view = self.target_set
        if view is None:
            return
        begun = running_actions_of(self.app).recreation_of(view)
        if view.gone or change in (_CONTINUE, _PUT_BACK) or (begun is not None and not change):
            self._resume(view, begun, put_back=change == _PUT_BACK)
        elif change:
            self.open_plan(Recreate(view.key, view.uid, changes=(change,)))
        else:
            from stsview.ui.changes.forms.recreate_form import RecreateScreen

            self.app.push_screen(RecreateScreen(view, self.now))

    def _resume(self, view: SetView, begun: Unfinished | None, *, put_back: bool) -> None:
        from stsview.actions.operations.recreate.resuming import intent_to_resume

        intent = intent_to_resume(view, begun, put_back=put_back)
        if intent is None:
            toast(self, f"no unfinished recreation of {view.key}", title="recreate", health=Health.WARNING)
        else:
            self.open_plan(intent)

    @property
    def unfinished_recreation(self) -> tuple[SetView, Unfinished] | None:
        """A set of this screen with an unfinished recreation."""
        actions = running_actions_of(self.app)
        if not actions.recreations:
            return None
        snapshot = self.newest()
        shown = [view] if (view := self.target_set) is not None else []
        views = [*shown, *(view for one in actions.recreations for view in snapshot.named(one.journal.key))]
        return next(((view, begun) for view in views if (begun := actions.recreation_of(view)) is not None), None)

    @property
    def unfinished_growth(self) -> tuple[SetView, UnfinishedGrowth] | None:
        """A set of this screen with an unfinished growth."""
        actions = running_actions_of(self.app)
        if not actions.growths:
            return None
        snapshot = self.newest()
        shown = [view] if (view := self.target_set) is not None else []
        keys = [Key(one.journal.namespace, one.journal.set) for one in actions.growths if one.journal is not None]
        views = [*shown, *(view for key in keys for view in snapshot.named(key))]
        return next(((view, begun) for view in views if (begun := actions.growth_of(view)) is not None), None)

    def notice(self) -> Sequence[Spans]:
        if running := super().notice():
            return running
        if (left := self.unfinished_recreation) is not None:
            from stsview.ui.changes.running_text import unfinished_recreation_forms

            return unfinished_recreation_forms(*left)
        if (grows := self.unfinished_growth) is not None:
            from stsview.ui.changes.running_text import unfinished_growth_forms

            return unfinished_growth_forms(*grows)
        return ()
