"""The commands that change something, for the screens that show what they change."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from stsview.actions.intent import DeletePod, ForceDelete, Intent, Nudge, Scale
from stsview.live.snapshot import Link
from stsview.model.views import OrdinalView, Place, SetView
from stsview.ui.commands import Command, Typed
from stsview.ui.desk import Errand, desk_of
from stsview.ui.screens.picture import PictureScreen
from stsview.ui.typing import not_typing

_CHANGE = "Change"


def _may(screen: ActsOnSet) -> bool:
    """Whether anything can be changed: on a stale picture, or where nothing may be, no action is offered."""
    if not screen.is_mounted or not not_typing(screen) or desk_of(screen.app).door is None:
        return False
    snapshot = screen.newest()
    return snapshot.health.link is Link.LIVE and not snapshot.scope.read_only


def _on_set(screen: ActsOnSet) -> bool:
    return _may(screen) and screen.acted_set is not None


def _on_pod(screen: ActsOnPod) -> bool:
    return _may(screen) and screen.acted_set is not None and screen.acted_pod is not None


def _has_errands(screen: ActsOnSet) -> bool:
    return screen.is_mounted and bool(desk_of(screen.app).errands)


class ActsOnSet(PictureScreen):
    """A screen on which a set is shown or selected."""

    OWN_COMMANDS: ClassVar[Sequence[Command]] = (
        Command("scale", ("s",), "scale", "Scale this set", _CHANGE, 45, _on_set, typed=Typed(("scale",))),
        Command(
            "nudge",
            (),
            "nudge",
            "Nudge the controller of this set, if it has silently stopped",
            _CHANGE,
            0,
            _on_set,
            typed=Typed(("nudge",)),
        ),
        Command(
            "errands",
            ("a",),
            "actions",
            "Back to the action that was begun last",
            _CHANGE,
            40,
            _has_errands,
            typed=Typed(("actions",)),
        ),
    )

    @property
    @abstractmethod
    def acted_set(self) -> SetView | None:
        """The set that is meant now."""

    def action_scale(self, argument: str = "") -> None:
        view = self.acted_set
        if view is None:
            return

        def take(replicas: int | None) -> None:
            if replicas is not None:
                self.ask_for(Scale(view.key, view.uid, replicas, view.replicas))

        from stsview.ui.screens.scale import ScaleScreen

        self.app.push_screen(ScaleScreen(view), take)

    def action_nudge(self, argument: str = "") -> None:
        view = self.acted_set
        if view is not None:
            self.ask_for(Nudge(view.key, view.uid))

    def action_errands(self, argument: str = "") -> None:
        errands = desk_of(self.app).errands
        if errands:
            self._show_action(errands[-1])

    def ask_for(self, intent: Intent) -> None:
        """Show the plan."""
        self._show_action(intent)

    def _show_action(self, about: Intent | Errand) -> None:
        # Nothing of this is needed for the first picture, which has two seconds to be there.
        from stsview.ui.screens.action import ActionScreen

        self.app.push_screen(ActionScreen(about, self.now))


class ActsOnPod(ActsOnSet):
    """A screen on which a pod of that set is selected."""

    OWN_COMMANDS: ClassVar[Sequence[Command]] = (
        Command(
            "delete_pod",
            ("ctrl+d",),
            "delete",
            "Delete this pod, gracefully",
            _CHANGE,
            42,
            _on_pod,
            typed=Typed(("delete",)),
        ),
        Command(
            "kill",
            ("ctrl+k",),
            "kill",
            "Force-delete this pod where it is stuck, else delete it gracefully",
            _CHANGE,
            41,
            _on_pod,
            typed=Typed(("kill",)),
        ),
    )

    @property
    @abstractmethod
    def acted_pod(self) -> OrdinalView | None:
        """The pod that is meant now; None where there is none, or where it is somebody else's."""

    def action_delete_pod(self, argument: str = "") -> None:
        view, pod = self.acted_set, self.acted_pod
        if view is not None and pod is not None and pod.uid:
            self.ask_for(DeletePod(view.key, view.uid, pod.name, pod.uid))

    def action_kill(self, argument: str = "") -> None:
        view, pod = self.acted_set, self.acted_pod
        if view is None or pod is None or not pod.uid:
            return
        stuck = pod.state.word == "stuck Terminating"
        self.ask_for((ForceDelete if stuck else DeletePod)(view.key, view.uid, pod.name, pod.uid))


def owned(row: OrdinalView | None) -> OrdinalView | None:
    """The row, if its pod is there and the set's own."""
    if row is None or row.uid is None or row.place not in (Place.EXPECTED, Place.CONDEMNED):
        return None
    return row
