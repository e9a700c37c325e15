"""Commands that change a rollout: restart, roll back, canary, pause, unblock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.message import Message

from stsview.actions.intents import CanaryAbort, CanaryStep, PauseRollout, ResumeRollout, Unblock, Undo
from stsview.live.snapshot import Snapshot
from stsview.model.action_id import ActionId
from stsview.model.cache.coverage import Coverage
from stsview.model.names import short_revision
from stsview.model.states import Health
from stsview.model.views import SetView
from stsview.objects.meta import Key
from stsview.text.terminal_text import crop
from stsview.ui.changes.change_commands import has_set
from stsview.ui.changes.partition_choices import CANARY_CHOICES, LABELS, PartitionChoice, partition_choices, why_not
from stsview.ui.changes.recreate_commands import RecreateCommands
from stsview.ui.changes.running_actions import running_actions_of
from stsview.ui.kit.commands.commands import Argument, Availability, Command, TypedCommand, Unavailable, either
from stsview.ui.kit.commands.ranks import Rank
from stsview.ui.kit.toast import toast

if TYPE_CHECKING:
    from stsview.model.rollout.detail import RevisionView

_CHANGE = "Change"

_MAX_TITLE = 60

RESTARTS = ("rolling", "ordered")
"""Arguments of `:restart`."""

_READING_SECONDS = 15.0
"""How long a typed command waits for the revisions of a set."""


class CanaryRequested(Message):
    """The operator asked to start a canary of a set; the app opens the form."""

    def __init__(self, view: SetView, on_closed: Callable[[None], None] | None) -> None:
        """`on_closed` is called when the form is closed."""
        super().__init__()
        self.view = view
        self.on_closed = on_closed


def _can(choice: PartitionChoice) -> Callable[[RolloutCommands], Availability]:
    def guard(screen: RolloutCommands) -> Availability:
        view = screen.target_set
        possible = view is not None and (choice in screen.partition_choices or Unavailable(why_not(view, choice)))
        return has_set(screen) and possible

    return guard


def _has_choice(screen: RolloutCommands) -> Availability:
    """Whether the partition allows anything; the reason is that of a pause, or of a canary while nothing rolls."""
    view = screen.target_set
    if view is None or screen.partition_choices:
        return has_set(screen)
    return has_set(screen) and Unavailable(why_not(view, _PAUSE if view.rollout.active else PartitionChoice.START))


def _is_blocked(screen: RolloutCommands) -> Availability:
    view = screen.target_set
    if view is None:
        return has_set(screen)
    from stsview.model.rollout.blocked import seems_blocked

    return has_set(screen) and (seems_blocked(view) or Unavailable(f"no pod blocks the rollout of {view.key}"))


def _canary_step(screen: RolloutCommands, text: str) -> PartitionChoice:
    # The former name of `abort` is still understood.
    value = "abort" if text == "back-out" else text
    choice = next((one for one in CANARY_CHOICES if one.value == value), None)
    if choice is None:
        raise ValueError(f'no step "{text}": use {either([one.value for one in CANARY_CHOICES])}')
    view = screen.target_set
    if view is not None and choice not in screen.partition_choices:
        raise ValueError(why_not(view, choice))
    return choice


_PAUSE = PartitionChoice.PAUSE

_CANARY = Argument("STEP", lambda _: (choice.value for choice in CANARY_CHOICES), parse=_canary_step)

_HOW = Argument("HOW", lambda _: RESTARTS, closed=True)


class RolloutCommands(RecreateCommands):
    """Base of screens that show or select a set whose rollout can be changed."""

    OWN_COMMANDS: ClassVar[Sequence[Command]] = (
        Command(
            ActionId.RESTART,
            ("r",),
            "restart",
            "Restart: rolling, or pod by pod in your order",
            _CHANGE,
            Rank.RESTART,
            has_set,
            typed=TypedCommand(("restart",), _HOW),
        ),
        Command(
            "partition",
            ("P",),
            "canary",
            "Canary / pause / resume (partition)",
            _CHANGE,
            Rank.CANARY,
            _has_choice,
            typed=TypedCommand(("partition",)),
        ),
        Command(
            "canary",
            (),
            "canary",
            "Start, advance, finish, or abort a canary",
            _CHANGE,
            0,
            _has_choice,
            typed=TypedCommand(("canary",), _CANARY),
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
            has_set,
            typed=TypedCommand(("undo", "rollback"), Argument("REVISION")),
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

    def __init__(self, latest: Callable[[], Snapshot], now: Callable[[], datetime], zone: tzinfo | None) -> None:
        super().__init__(latest, now, zone)
        self._revisions_of: Key | None = None
        """The set whose revisions a typed command waits for."""
        self._updated = asyncio.Event()

    @property
    def partition_choices(self) -> frozenset[PartitionChoice]:
        """What the partition allows for the set now."""
        view = self.target_set
        return frozenset() if view is None else frozenset(partition_choices(view))

    def action_restart(self, how: str = "") -> None:
        view, action_service = self.target_set, running_actions_of(self.app).action_service
        if view is not None and action_service is not None:
            # Imported here: the first screen has to appear within two seconds, and does not need this.
            from stsview.ui.changes.forms.restart_form import RestartScreen

            self.app.push_screen(RestartScreen(view, self.now, action_service.unfinished(view.uid), how))

    def action_partition(self) -> None:
        view = self.target_set
        if view is not None:
            self._choose(view, tuple(PartitionChoice))

    def action_canary(self, step: PartitionChoice | None = None) -> None:
        view = self.target_set
        if view is None:
            return
        if step is None:
            self._choose(view, CANARY_CHOICES)
        else:
            self._apply(view, step)

    def action_pause(self) -> None:
        self._apply_if_possible(PartitionChoice.PAUSE)

    def action_resume(self) -> None:
        self._apply_if_possible(PartitionChoice.RESUME)

    def action_unblock(self, argument: str = "") -> None:
        view = self.target_set
        if view is not None:
            self.open_plan(Unblock(view.key, view.uid, view.rollout.update))

    def action_undo(self, revision: str = "") -> None:
        view = self.target_set
        if view is None:
            return
        known = (name for name in view.rollout.history if revision in (name, short_revision(name, view.name)))
        name = next(known, "") if revision else ""
        if revision and not name:
            self._undo_to(view, revision)
        else:
            self.undo(view, name)

    @work(group="undo", exclusive=True)
    async def _undo_to(self, view: SetView, text: str) -> None:
        """Roll back to the revision with this number, once the revisions of the set are read."""
        from stsview.model.rollout.history import find_revision, history_of

        try:
            name = find_revision(history_of(view, await self._read_revisions(view)), text, view.name).name
        except (ValueError, TimeoutError) as error:
            words = str(error) or f"the revisions of {view.key} could not be read; try again"
            toast(self, words, title="cannot roll back", health=Health.WARNING)
        else:
            self.undo(view, name)

    async def _read_revisions(self, view: SetView) -> Sequence[RevisionView]:
        """Raises ValueError if they cannot be read, TimeoutError if it takes too long."""
        self._revisions_of = view.key
        self.post_message(self.Resumed())
        try:
            async with asyncio.timeout(_READING_SECONDS):
                while True:
                    self._updated.clear()
                    detail = self.newest().detail
                    if detail is not None and detail.key == view.key:
                        health = detail.revisions_health
                        if health.coverage.coverage is Coverage.COMPLETE:
                            return detail.revisions
                        if health.coverage.coverage is not Coverage.LOADING:
                            raise ValueError(health.reason)
                    await self._updated.wait()
        finally:
            self._revisions_of = None
            self.post_message(self.Resumed())

    @property
    def detail_key(self) -> Key | None:
        return self._revisions_of

    def update(self, snapshot: Snapshot, *, whole: bool = False) -> None:
        super().update(snapshot, whole=whole)
        self._updated.set()

    def undo(self, view: SetView, name: str) -> None:
        """Open the plan to roll back to the revision of that name.

        Empty for the previous one.
        """
        self.open_plan(Undo(view.key, view.uid, view.rollout.update, name))

    def _choose(self, view: SetView, offered: Sequence[PartitionChoice]) -> None:
        from stsview.ui.kit.choosers.chooser import Choice, Chooser

        possible = partition_choices(view)
        choices = [Choice(choice.value, LABELS[choice], possible[choice]) for choice in offered if choice in possible]

        def on_chosen(chosen: tuple[str, ...] | None) -> None:
            if chosen:
                self._apply(view, PartitionChoice(chosen[0]), lambda: self._choose(view, offered))

        if len(choices) == 1:
            # Without a choice there is nothing to go back to.
            self._apply(view, PartitionChoice(choices[0].value))
        elif choices:
            self.app.push_screen(Chooser(crop(f"Canary and pause: {view.key}", _MAX_TITLE), choices), on_chosen)

    def _apply_if_possible(self, choice: PartitionChoice) -> None:
        view = self.target_set
        if view is not None and choice in self.partition_choices:
            self._apply(view, choice)

    def _apply(self, view: SetView, choice: PartitionChoice, back: Callable[[], None] | None = None) -> None:
        """Open the plan of `choice`, or the form of a new canary; when it is cancelled, `back`."""
        about = view.key, view.uid, view.rollout.update
        partition = view.rollout.partition
        match choice:
            case PartitionChoice.START:
                self.post_message(CanaryRequested(view, None if back is None else self.unless_started(back)))
            case PartitionChoice.NEXT | PartitionChoice.FINISH:
                self.open_plan(CanaryStep(*about, partition, to_end=choice is PartitionChoice.FINISH), back)
            case PartitionChoice.ABORT:
                self.open_plan(CanaryAbort(*about, partition), back)
            case PartitionChoice.PAUSE:
                self.open_plan(PauseRollout(*about, partition), back)
            case PartitionChoice.RESUME:
                self.open_plan(ResumeRollout(*about, partition), back)
