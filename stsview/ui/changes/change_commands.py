"""The commands that change something, for the screens that show what they change."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from stsview.actions.intents import DeletePod, ForceDelete, Intent, Reconcile, Scale
from stsview.live.snapshot import Link
from stsview.model.views import OrdinalView, PodKind, SetView
from stsview.text.terminal_text import crop
from stsview.ui.changes.remedy_intents import Step, steps_of
from stsview.ui.changes.running_actions import RunningAction, desk_of
from stsview.ui.changes.running_text import errand_forms, share_words
from stsview.ui.changes.step_chooser import StepChooser
from stsview.ui.kit.choosers.chooser import Choice, Chooser
from stsview.ui.kit.commands.commands import Command, Typed
from stsview.ui.kit.commands.typing import not_typing
from stsview.ui.kit.live.live_screen import PictureScreen
from stsview.ui.kit.look.roles import Spans

_CHANGE = "Change"

_STEP_CELLS = 36
"""Of the legend, for what the one step does that there is."""


def _may(screen: Acts) -> bool:
    """Whether anything can be changed by a key here."""
    return screen.may_change and not_typing(screen)


def _has_steps(screen: Acts) -> bool:
    return _may(screen) and bool(screen.steps)


def _on_set(screen: ActsOnSet) -> bool:
    return _may(screen) and screen.acted_set is not None


def _on_pod(screen: ActsOnPod) -> bool:
    return _may(screen) and screen.acted_set is not None and screen.acted_pod is not None


def _has_errands(screen: Acts) -> bool:
    return screen.is_mounted and bool(desk_of(screen.app).runs)


class Acts(PictureScreen):
    """A screen from which something can be changed."""

    OWN_COMMANDS: ClassVar[Sequence[Command]] = (
        Command(
            "take_step",
            ("t",),
            "take a step",
            "Open the plan of a step that a finding names",
            _CHANGE,
            56,
            _has_steps,
            typed=Typed(("step",)),
        ),
        Command(
            "errands",
            ("a",),
            "actions",
            "Back to the action that is under way, or was begun last",
            _CHANGE,
            40,
            _has_errands,
            typed=Typed(("actions",)),
        ),
    )

    @property
    @abstractmethod
    def steps(self) -> Sequence[Step]:
        """Those that findings name, of what is shown or selected now."""

    @property
    def may_change(self) -> bool:
        """Whether anything can be changed: on a stale picture, or where nothing may be, no action is offered."""
        if not self.is_mounted or desk_of(self.app).action_service is None:
            return False
        snapshot = self.newest()
        return snapshot.health.link is Link.LIVE and not snapshot.scope.read_only

    def action_take_step(self, argument: str = "") -> None:
        self.take_one(self.steps)

    def take_one(self, steps: Sequence[Step]) -> None:
        """Show the plan of one of the steps; which, somebody is asked where there are several."""
        if not steps:
            return
        if len(steps) == 1:
            self.ask_for(steps[0].intent)
            return

        def take(chosen: tuple[str, ...] | None) -> None:
            if chosen:
                self.ask_for(steps[int(chosen[0])].intent)

        self.app.push_screen(StepChooser(steps), take)

    def action_errands(self, argument: str = "") -> None:
        desk = desk_of(self.app)
        running, foremost = desk.running, desk.foremost
        if len(running) > 1:
            places = {running_action: place for place, running_action in enumerate(desk.runs)}
            choices = [
                Choice(str(places[running_action]), running_action.plan.title, share_words(running_action.progress))
                for running_action in running
            ]
            self.app.push_screen(Chooser("Under way", choices), self._take_errand)
        elif foremost is not None:
            self._show_action(foremost)

    def _take_errand(self, chosen: tuple[str, ...] | None) -> None:
        if chosen:
            self._show_action(desk_of(self.app).runs[int(chosen[0])])

    def notice(self) -> Sequence[Spans]:
        desk = desk_of(self.app)
        running, foremost = desk.running, desk.foremost
        if foremost is None or not (running or desk.unseen):
            return ()
        return errand_forms(foremost.plan.title, foremost.progress, max(0, len(running) - 1))

    def ask_for(self, intent: Intent) -> None:
        """Show the plan."""
        self._show_action(intent)

    def _show_action(self, about: Intent | RunningAction) -> None:
        # Nothing of this is needed for the first picture, which has two seconds to be there.
        from stsview.ui.changes.action_screen import ActionScreen

        self.app.push_screen(ActionScreen(about, self.now))


def step_label(steps: Sequence[Step]) -> str:
    """For the legend: where there is one step only, nobody need open its plan to learn which. Empty where there is
    none."""
    if len(steps) == 1:
        return crop(steps[0].label, _STEP_CELLS)
    return "take a step" if steps else ""


class ActsOnSet(Acts):
    """A screen on which a set is shown or selected."""

    OWN_COMMANDS: ClassVar[Sequence[Command]] = (
        Command("scale", ("s",), "scale", "Scale this set", _CHANGE, 55, _on_set, typed=Typed(("scale",))),
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
    )

    @property
    @abstractmethod
    def acted_set(self) -> SetView | None:
        """The set that is meant now."""

    @property
    def steps(self) -> Sequence[Step]:
        view = self.acted_set
        return () if view is None else steps_of(view, view.findings)

    def action_scale(self, argument: str = "") -> None:
        view = self.acted_set
        if view is None:
            return

        def take(replicas: int | None) -> None:
            if replicas is not None:
                self.ask_for(Scale(view.key, view.uid, replicas, view.replicas))

        from stsview.ui.changes.forms.scale_form import ScaleScreen

        self.app.push_screen(ScaleScreen(view), take)

    def action_nudge(self, argument: str = "") -> None:
        view = self.acted_set
        if view is not None:
            self.ask_for(Reconcile(view.key, view.uid))


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
        stuck = pod.state.kind is PodKind.STUCK_TERMINATING
        self.ask_for((ForceDelete if stuck else DeletePod)(view.key, view.uid, pod.name, pod.uid))
