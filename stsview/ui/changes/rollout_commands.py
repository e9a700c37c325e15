"""Commands that change a rollout: restart, roll back, canary, pause, unblock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar

from textual.message import Message

from stsview.actions.intents import CanaryAbort, CanaryStep, PauseRollout, ResumeRollout, Unblock, Undo
from stsview.model.action_id import ActionId
from stsview.model.names import short_revision
from stsview.model.rollout.blocked import seems_blocked
from stsview.model.rollout.history import find_revision, history_of
from stsview.model.states import Health
from stsview.model.views import SetView
from stsview.text.terminal_text import crop
from stsview.ui.changes.change_commands import SetActionCommands
from stsview.ui.changes.partition_choices import CANARY_CHOICES, LABELS, PartitionChoice, partition_choices
from stsview.ui.changes.running_actions import running_actions_of
from stsview.ui.kit.choosers.chooser import Choice, Chooser
from stsview.ui.kit.commands.commands import Command, TypedCommand
from stsview.ui.kit.commands.typing import not_typing
from stsview.ui.kit.toast import toast

_CHANGE = "Change"

_MAX_TITLE = 60


class CanaryRequested(Message):
    """The operator asked to start a canary of a set; the app opens the form."""

    def __init__(self, view: SetView) -> None:
        super().__init__()
        self.view = view


def can_change_set(screen: RolloutCommands) -> bool:
    """Guard: whether a key may change the set now."""
    return screen.may_change and not_typing(screen) and screen.target_set is not None


def _can(*choices: PartitionChoice) -> Callable[[RolloutCommands], bool]:
    return lambda screen: can_change_set(screen) and not screen.partition_choices.isdisjoint(choices)


def _is_blocked(screen: RolloutCommands) -> bool:
    view = screen.target_set
    return view is not None and can_change_set(screen) and seems_blocked(view)


def _canary_arguments(screen: RolloutCommands) -> Iterable[str]:
    return (choice.value for choice in CANARY_CHOICES if choice in screen.partition_choices)


class RolloutCommands(SetActionCommands):
    """Base of screens that show or select a set whose rollout can be changed."""

    OWN_COMMANDS: ClassVar[Sequence[Command]] = (
        Command(
            ActionId.RESTART,
            ("r",),
            "restart",
            "Restart: rolling, or pod by pod in your order",
            _CHANGE,
            54,
            can_change_set,
            typed=TypedCommand(("restart",)),
        ),
        Command(
            "partition",
            ("P",),
            "canary",
            "Canary / pause / resume (partition)",
            _CHANGE,
            53,
            _can(*PartitionChoice),
            typed=TypedCommand(("partition",)),
        ),
        Command(
            "canary",
            (),
            "canary",
            "Start, advance, finish, or abort a canary",
            _CHANGE,
            0,
            _can(*CANARY_CHOICES),
            typed=TypedCommand(("canary",), "STEP", _canary_arguments),
            palette=False,
        ),
        Command(
            ActionId.PAUSE,
            (),
            "pause",
            "Pause the rollout: no more pods are replaced",
            _CHANGE,
            0,
            _can(PartitionChoice.PAUSE),
            typed=TypedCommand(("pause",)),
        ),
        Command(
            ActionId.RESUME,
            (),
            "resume",
            "Resume the rollout",
            _CHANGE,
            0,
            _can(PartitionChoice.RESUME),
            typed=TypedCommand(("resume",)),
        ),
        Command(
            ActionId.UNDO,
            (),
            "undo",
            "Roll back to the previous or given revision",
            _CHANGE,
            0,
            can_change_set,
            # No completion: a typed number must not turn into a revision name that contains it.
            typed=TypedCommand(("undo",), "REVISION"),
        ),
        Command(
            ActionId.UNBLOCK,
            (),
            "unblock",
            "Unblock a rollout that is stuck on a broken pod: delete that pod",
            _CHANGE,
            0,
            _is_blocked,
            typed=TypedCommand(("unblock", "free")),
        ),
    )

    @property
    def partition_choices(self) -> frozenset[PartitionChoice]:
        """What the partition allows for the set now."""
        view = self.target_set
        return frozenset() if view is None else frozenset(partition_choices(view))

    def action_restart(self, argument: str = "") -> None:
        view, action_service = self.target_set, running_actions_of(self.app).action_service
        if view is not None and action_service is not None:
            # Imported here: the first screen has to appear within two seconds, and does not need this.
            from stsview.ui.changes.forms.restart_form import RestartScreen

            self.app.push_screen(RestartScreen(view, self.now, action_service.unfinished(view.uid)))

    def action_partition(self, argument: str = "") -> None:
        view = self.target_set
        if view is not None:
            self._choose(view, tuple(PartitionChoice))

    def action_canary(self, argument: str = "") -> None:
        view = self.target_set
        if view is None:
            return
        # The former name of `abort` is still understood.
        value = "abort" if argument == "back-out" else argument
        choice = next((one for one in CANARY_CHOICES if one.value == value), None)
        if choice is not None and choice in self.partition_choices:
            self._apply(view, choice)
        else:
            self._choose(view, CANARY_CHOICES)

    def action_pause(self, argument: str = "") -> None:
        self._apply_if_possible(PartitionChoice.PAUSE)

    def action_resume(self, argument: str = "") -> None:
        self._apply_if_possible(PartitionChoice.RESUME)

    def action_unblock(self, argument: str = "") -> None:
        view = self.target_set
        if view is not None:
            self.open_plan(Unblock(view.key, view.uid, view.rollout.update))

    def action_undo(self, argument: str = "") -> None:
        view = self.target_set
        if view is None:
            return
        try:
            name = self._revision_name(view, argument.strip())
        except ValueError as error:
            toast(self, str(error), title="cannot roll back", health=Health.WARNING)
        else:
            self.undo(view, name)

    def undo(self, view: SetView, name: str) -> None:
        """Open the plan to roll back to the revision of that name.

        Empty for the previous one.
        """
        self.open_plan(Undo(view.key, view.uid, view.rollout.update, name))

    def _revision_name(self, view: SetView, text: str) -> str:
        """Name of the revision with this hash, name, or number; empty for empty text.

        Numbers are known once the revisions are loaded.
        Raises ValueError when there is none.
        """
        if not text:
            return ""
        for name in view.rollout.history:
            if text in (name, short_revision(name, view.name)):
                return name
        detail = self.newest().detail
        revisions = detail.revisions if detail is not None and detail.key == view.key else ()
        return find_revision(history_of(view, revisions), text, view.name).name

    def _choose(self, view: SetView, offered: Sequence[PartitionChoice]) -> None:
        possible = partition_choices(view)
        choices = [Choice(choice.value, LABELS[choice], possible[choice]) for choice in offered if choice in possible]

        def on_chosen(chosen: tuple[str, ...] | None) -> None:
            if chosen:
                self._apply(view, PartitionChoice(chosen[0]))

        if choices:
            self.app.push_screen(Chooser(crop(str(view.key), _MAX_TITLE), choices), on_chosen)

    def _apply_if_possible(self, choice: PartitionChoice) -> None:
        view = self.target_set
        if view is not None and choice in self.partition_choices:
            self._apply(view, choice)

    def _apply(self, view: SetView, choice: PartitionChoice) -> None:
        """Open the plan of `choice`, or the form of a new canary."""
        about = view.key, view.uid, view.rollout.update
        partition = view.rollout.partition
        match choice:
            case PartitionChoice.START:
                self.post_message(CanaryRequested(view))
            case PartitionChoice.NEXT | PartitionChoice.FINISH:
                self.open_plan(CanaryStep(*about, partition, to_end=choice is PartitionChoice.FINISH))
            case PartitionChoice.ABORT:
                self.open_plan(CanaryAbort(*about, partition))
            case PartitionChoice.PAUSE:
                self.open_plan(PauseRollout(*about, partition))
            case PartitionChoice.RESUME:
                self.open_plan(ResumeRollout(*about, partition))
