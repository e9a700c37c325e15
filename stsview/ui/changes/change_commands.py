"""Commands that open the plan of a change to a set or pod."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from textual import events

from stsview.actions.intents import DeletePod, ForceDelete, Intent, Reconcile, Scale
from stsview.live.snapshot import Link
from stsview.model.action_id import ActionId
from stsview.model.states import Health, PodKind
from stsview.model.views import OrdinalView, SetView
from stsview.text.glyphs import active
from stsview.text.terminal_text import crop
from stsview.ui.changes.fix_chooser import FixChooser
from stsview.ui.changes.remedy_intents import Fix, fixes_for
from stsview.ui.changes.running_actions import RunningAction, running_actions_of
from stsview.ui.changes.running_text import notice_forms, share_text
from stsview.ui.kit.choosers.chooser import Choice, Chooser
from stsview.ui.kit.commands.commands import Command, TypedCommand
from stsview.ui.kit.commands.typing import not_typing
from stsview.ui.kit.live.live_screen import LiveScreen
from stsview.ui.kit.look.roles import Spans
from stsview.ui.kit.toast import toast

_CHANGE = "Change"

_FIX_CELLS = 36
"""Cells of the key bar for the label of the only fix."""


def _can_change(screen: ActionCommands) -> bool:
    return screen.may_change and not_typing(screen)


def _has_fixes(screen: ActionCommands) -> bool:
    return _can_change(screen) and bool(screen.fixes)


def _has_set(screen: SetActionCommands) -> bool:
    return _can_change(screen) and screen.target_set is not None


def _has_pod(screen: PodActionCommands) -> bool:
    return _can_change(screen) and screen.target_set is not None and screen.target_pod is not None


def _has_actions(screen: ActionCommands) -> bool:
    return screen.is_mounted and bool(running_actions_of(screen.app).runs)


class ActionCommands(LiveScreen):
    """Base of screens from which something can be changed."""

    OWN_COMMANDS: ClassVar[Sequence[Command]] = (
        Command(
            "fix",
            ("t",),
            "fix",
            "Open the plan of a fix that a finding proposes",
            _CHANGE,
            56,
            _has_fixes,
            typed=TypedCommand(("fix", "step")),
        ),
        Command(
            "actions",
            ("a",),
            "actions",
            "Show the running action, or the last one",
            _CHANGE,
            40,
            _has_actions,
            typed=TypedCommand(("actions",)),
        ),
    )

    def commands(self) -> list[Command]:
        # The ellipsis depends on what the terminal can draw.
        label = f"fix{active().ellipsis}"
        return [replace(command, label=label) if command.id == "fix" else command for command in super().commands()]

    @property
    @abstractmethod
    def fixes(self) -> Sequence[Fix]:
        """Fixes for what is shown or selected now."""

    @property
    def may_change(self) -> bool:
        """Whether actions are offered: not on stale data, and not in read-only mode."""
        if not self.is_mounted or running_actions_of(self.app).action_service is None:
            return False
        snapshot = self.newest()
        return snapshot.health.link is Link.LIVE and not snapshot.scope.read_only

    def on_key(self, event: events.Key) -> None:
        """Say why a key that would change something does nothing."""
        read_only = self.newest().scope.read_only
        if not read_only or not not_typing(self):
            return
        for command in self.commands():
            if command.group == _CHANGE and command.guard is not _has_actions and event.key in command.keys:
                toast(self, f"cannot {command.label}: {read_only}", health=Health.WARNING)

    def action_fix(self, argument: str = "") -> None:
        self.choose_fix(self.fixes)

    def choose_fix(self, fixes: Sequence[Fix]) -> None:
        """Open the plan of the only fix, or ask which one."""
        if not fixes:
            return
        if len(fixes) == 1:
            self.open_plan(fixes[0].intent)
            return

        def on_chosen(chosen: tuple[str, ...] | None) -> None:
            if chosen:
                self.open_plan(fixes[int(chosen[0])].intent)

        self.app.push_screen(FixChooser(fixes), on_chosen)

    def action_actions(self, argument: str = "") -> None:
        actions = running_actions_of(self.app)
        running, foremost = actions.running, actions.foremost
        if len(running) > 1:
            places = {action: place for place, action in enumerate(actions.runs)}
            choices = [
                Choice(str(places[action]), action.plan.title, share_text(action.progress)) for action in running
            ]
            self.app.push_screen(Chooser("Running actions", choices), self._show_chosen_action)
        elif foremost is not None:
            self._show_action(foremost)

    def _show_chosen_action(self, chosen: tuple[str, ...] | None) -> None:
        if chosen:
            self._show_action(running_actions_of(self.app).runs[int(chosen[0])])

    def notice(self) -> Sequence[Spans]:
        actions = running_actions_of(self.app)
        running, foremost = actions.running, actions.foremost
        if foremost is None or not (running or actions.unseen):
            return ()
        return notice_forms(foremost.plan.title, foremost.progress, max(0, len(running) - 1))

    def open_plan(self, intent: Intent) -> None:
        """Open the plan of `intent`. Nothing is sent before it is confirmed there."""
        self._show_action(intent)

    def _show_action(self, about: Intent | RunningAction) -> None:
        # Imported here: the first screen has to appear within two seconds, and does not need this.
        from stsview.ui.changes.action_screen import ActionScreen

        self.app.push_screen(ActionScreen(about, self.now))


def fix_label(fixes: Sequence[Fix]) -> str:
    """Key bar label: the fix itself when there is only one; empty when there is none."""
    if len(fixes) == 1:
        return crop(fixes[0].label, _FIX_CELLS)
    return f"fix{active().ellipsis}" if fixes else ""


class SetActionCommands(ActionCommands):
    """Base of screens that show or select a set."""

    OWN_COMMANDS: ClassVar[Sequence[Command]] = (
        Command(
            ActionId.SCALE, ("s",), "scale", "Scale this set", _CHANGE, 55, _has_set, typed=TypedCommand(("scale",))
        ),
        Command(
            ActionId.RECONCILE,
            (),
            "reconcile",
            "Trigger a reconcile of this set, when its controller seems stuck",
            _CHANGE,
            0,
            _has_set,
            typed=TypedCommand(("reconcile", "nudge")),
        ),
    )

    @property
    @abstractmethod
    def target_set(self) -> SetView | None:
        """The set that a command would change now."""

    @property
    def fixes(self) -> Sequence[Fix]:
        view = self.target_set
        return () if view is None else fixes_for(view, view.findings)

    def action_scale(self, argument: str = "") -> None:
        view = self.target_set
        if view is None:
            return

        def on_replicas(replicas: int | None) -> None:
            if replicas is not None:
                self.open_plan(Scale(view.key, view.uid, replicas, view.replicas))

        from stsview.ui.changes.forms.scale_form import ScaleScreen

        self.app.push_screen(ScaleScreen(view), on_replicas)

    def action_reconcile(self, argument: str = "") -> None:
        view = self.target_set
        if view is not None:
            self.open_plan(Reconcile(view.key, view.uid))


class PodActionCommands(SetActionCommands):
    """Base of screens that select a pod of that set."""

    OWN_COMMANDS: ClassVar[Sequence[Command]] = (
        Command(
            ActionId.DELETE_POD,
            ("ctrl+d",),
            "delete",
            "Delete this pod gracefully",
            _CHANGE,
            42,
            _has_pod,
            action="delete_pod",
            typed=TypedCommand(("delete",)),
        ),
        Command(
            ActionId.FORCE_DELETE,
            ("ctrl+k",),
            "kill",
            "Force-delete this pod if it is stuck terminating, or else delete it gracefully",
            _CHANGE,
            41,
            _has_pod,
            action="force_delete",
            typed=TypedCommand(("kill",)),
        ),
    )

    @property
    @abstractmethod
    def target_pod(self) -> OrdinalView | None:
        """The pod that a command would change now.

        None when there is none, or it belongs to another owner.
        """

    def action_delete_pod(self, argument: str = "") -> None:
        view, pod = self.target_set, self.target_pod
        if view is not None and pod is not None and pod.uid:
            self.open_plan(DeletePod(view.key, view.uid, pod.name, pod.uid))

    def action_force_delete(self, argument: str = "") -> None:
        view, pod = self.target_set, self.target_pod
        if view is None or pod is None or not pod.uid:
            return
        stuck = pod.state.kind is PodKind.STUCK_TERMINATING
        self.open_plan((ForceDelete if stuck else DeletePod)(view.key, view.uid, pod.name, pod.uid))
