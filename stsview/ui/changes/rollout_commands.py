"""The commands that move a whole set: restarts, going back, canaries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar

from textual.message import Message

from stsview.actions.intents import CanaryAbort, CanaryStep, PauseRollout, ResumeRollout, Unblock, Undo
from stsview.model.names import short_revision
from stsview.model.rollout.history import find_revision, history_of
from stsview.model.views import Health, SetView
from stsview.text.terminal_text import crop
from stsview.ui.changes.change_commands import ActsOnSet
from stsview.ui.changes.partition_choices import CANARY, LABELS, Move, moves
from stsview.ui.changes.running_actions import desk_of
from stsview.ui.kit.choosers.chooser import Choice, Chooser
from stsview.ui.kit.commands.commands import Command, Typed
from stsview.ui.kit.commands.typing import not_typing
from stsview.ui.kit.toast import toast

_CHANGE = "Change"


class CanaryAsked(Message):
    """Somebody wants to start a canary of a set: what it is to be is asked next."""

    def __init__(self, view: SetView) -> None:
        super().__init__()
        self.view = view


def on_set(screen: MovesSet) -> bool:
    """Whether the set can be changed by a key now."""
    return screen.may_change and not_typing(screen) and screen.acted_set is not None


def _can(*wanted: Move) -> Callable[[MovesSet], bool]:
    return lambda screen: on_set(screen) and not screen.possible.isdisjoint(wanted)


def _has_blocking(screen: MovesSet) -> bool:
    view = screen.acted_set
    if view is None or not on_set(screen):
        return False
    # What tells reads from clusters too: nothing of that is needed for the first picture.
    from stsview.model.rollout.blocked import seems_blocked

    return seems_blocked(view)


def _canary_steps(screen: MovesSet) -> Iterable[str]:
    return (move.value for move in CANARY if move in screen.possible)


class MovesSet(ActsOnSet):
    """A screen on which a set is shown or selected that can be moved as a whole."""

    OWN_COMMANDS: ClassVar[Sequence[Command]] = (
        Command(
            "restart",
            ("r",),
            "restart",
            "Restart the pods of this set, rolling or in an order of your own",
            _CHANGE,
            54,
            on_set,
            typed=Typed(("restart",)),
        ),
        Command(
            "partition",
            ("P",),
            "canary",
            "Canary, pause and go on: what the partition can do for this set now",
            _CHANGE,
            53,
            _can(*Move),
            typed=Typed(("partition",)),
        ),
        Command(
            "canary",
            (),
            "canary",
            "Start a canary, go on with it, or back out of it",
            _CHANGE,
            0,
            _can(*CANARY),
            typed=Typed(("canary",), "STEP", _canary_steps),
            palette=False,
        ),
        Command(
            "pause",
            (),
            "pause",
            "Pause the rollout of this set: no further pod is replaced",
            _CHANGE,
            0,
            _can(Move.PAUSE),
            typed=Typed(("pause",)),
        ),
        Command(
            "resume",
            (),
            "resume",
            "Let the rollout of this set go on",
            _CHANGE,
            0,
            _can(Move.RESUME),
            typed=Typed(("resume",)),
        ),
        Command(
            "undo_to",
            (),
            "undo",
            "Go back to the revision before, or to the one that is named",
            _CHANGE,
            0,
            on_set,
            # None are offered to complete it: a number that is typed must not become a name that contains it.
            typed=Typed(("undo",), "REVISION"),
        ),
        Command(
            "free",
            (),
            "free",
            "Delete the pod that holds up its own replacement",
            _CHANGE,
            0,
            _has_blocking,
            typed=Typed(("free",)),
        ),
    )

    @property
    def possible(self) -> frozenset[Move]:
        """What the partition can do for the set now."""
        view = self.acted_set
        return frozenset() if view is None else frozenset(moves(view))

    def action_restart(self, argument: str = "") -> None:
        view, action_service = self.acted_set, desk_of(self.app).action_service
        if view is not None and action_service is not None:
            # Nothing of this is needed for the first picture, which has two seconds to be there.
            from stsview.ui.changes.forms.restart_form import RestartScreen

            self.app.push_screen(RestartScreen(view, self.now, action_service.unfinished(view.uid)))

    def action_partition(self, argument: str = "") -> None:
        view = self.acted_set
        if view is not None:
            self._choose(view, tuple(Move))

    def action_canary(self, argument: str = "") -> None:
        view = self.acted_set
        if view is None:
            return
        wanted = next((move for move in CANARY if move.value == argument), None)
        if wanted is not None and wanted in self.possible:
            self._move(view, wanted)
        else:
            self._choose(view, CANARY)

    def action_pause(self, argument: str = "") -> None:
        self._move_if_possible(Move.PAUSE)

    def action_resume(self, argument: str = "") -> None:
        self._move_if_possible(Move.RESUME)

    def action_free(self, argument: str = "") -> None:
        view = self.acted_set
        if view is not None:
            self.ask_for(Unblock(view.key, view.uid, view.rollout.update))

    def action_undo_to(self, argument: str = "") -> None:
        view = self.acted_set
        if view is None:
            return
        try:
            name = self._named(view, argument.strip())
        except ValueError as error:
            toast(self, str(error), title="no undo", health=Health.WARNING)
        else:
            self.undo(view, name)

    def undo(self, view: SetView, name: str) -> None:
        """Show the plan to go back to the revision of that name; empty: to the one before."""
        self.ask_for(Undo(view.key, view.uid, view.rollout.update, name))

    def _named(self, view: SetView, words: str) -> str:
        """Name of the revision that is meant, by its hash or, where the revisions are read, its number. Raises
        ValueError where there is none."""
        if not words:
            return ""
        for name in view.rollout.history:
            if words in (name, short_revision(name, view.name)):
                return name
        detail = self.newest().detail
        known = detail.revisions if detail is not None and detail.key == view.key else ()
        return find_revision(history_of(view, known), words, view.name).name

    def _choose(self, view: SetView, offered: Sequence[Move]) -> None:
        found = moves(view)
        choices = [Choice(move.value, LABELS[move], found[move]) for move in offered if move in found]

        def take(chosen: tuple[str, ...] | None) -> None:
            if chosen:
                self._move(view, Move(chosen[0]))

        if choices:
            self.app.push_screen(Chooser(crop(str(view.key), 60), choices), take)

    def _move_if_possible(self, move: Move) -> None:
        view = self.acted_set
        if view is not None and move in self.possible:
            self._move(view, move)

    def _move(self, view: SetView, move: Move) -> None:
        about = view.key, view.uid, view.rollout.update
        partition = view.rollout.partition
        match move:
            case Move.START:
                self.post_message(CanaryAsked(view))
            case Move.NEXT | Move.FINISH:
                self.ask_for(CanaryStep(*about, partition, to_end=move is Move.FINISH))
            case Move.BACK_OUT:
                self.ask_for(CanaryAbort(*about, partition))
            case Move.PAUSE:
                self.ask_for(PauseRollout(*about, partition))
            case Move.RESUME:
                self.ask_for(ResumeRollout(*about, partition))
