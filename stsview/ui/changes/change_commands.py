"""Commands that open the plan of a change to a set or pod."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar

from msgspec.structs import replace

from stsview.actions.intents import DeletePod, ForceDelete, Grow, Intent, Reconcile, Scale
from stsview.live.snapshot import Link
from stsview.model.action_id import ActionId
from stsview.model.states import PodKind
from stsview.model.views import OrdinalView, SetView
from stsview.objects.meta import Key
from stsview.text.glyphs import active
from stsview.ui.changes.remedy_intents import owned_pod
from stsview.ui.changes.replica_count import parse_replicas
from stsview.ui.changes.running_actions import RunningAction, running_actions_of
from stsview.ui.kit.commands.commands import Argument, Availability, Command, TypedCommand, Unavailable
from stsview.ui.kit.commands.ranks import Rank
from stsview.ui.kit.commands.typing import not_typing
from stsview.ui.kit.live.live_screen import LiveScreen
from stsview.ui.kit.look.roles import Spans

_CHANGE = "Change"

_NOT_LIVE = "no changes until data is live"


def can_change(screen: ActionCommands) -> Availability:
    return not_typing(screen) and screen.is_mounted and screen.changes


def _has_steps(screen: ActionCommands) -> Availability:
    # Without the right to change anything too: some steps only read.
    return not_typing(screen) and screen.is_mounted and screen.has_steps


def has_set(screen: SetActionCommands) -> Availability:
    """Guard: whether a key may change the set now."""
    view = screen.target_set
    if view is not None and view.gone:
        return can_change(screen) and Unavailable(f"StatefulSet {view.key} is gone: :recreate creates it again")
    return can_change(screen) and (view is not None or Unavailable("no StatefulSet is selected"))


def _has_pod(screen: PodActionCommands) -> Availability:
    return has_set(screen) and (screen.target_pod is not None or Unavailable("no pod of this set is selected"))


def _pod_names(screen: PodActionCommands) -> Iterable[str]:
    return (row.name for row in screen.owned_pods)


def _named_pod(screen: PodActionCommands, text: str) -> OrdinalView:
    """The pod of the set with this name or ordinal. Raises ValueError if there is none."""
    for row in screen.owned_pods:
        if text in (row.name, str(row.ordinal)):
            return row
    view = screen.target_set
    raise ValueError(f'{"the set" if view is None else view.name} has no pod "{text}"')


def _replicas(screen: SetActionCommands, text: str) -> int | None:
    view = screen.target_set
    return None if view is None else parse_replicas(view, text)


def _has_storage(screen: SetActionCommands) -> Availability:
    from stsview.model.storage.sizes import claim_templates

    view = screen.target_set
    if view is None:
        return has_set(screen)
    return has_set(screen) and (bool(claim_templates(view)) or Unavailable(f"{view.key} has no PVCs of its own"))


def _size(screen: SetActionCommands, text: str) -> str:
    from stsview.model.storage.sizes import parse_size

    return parse_size(text)


def _has_actions(screen: ActionCommands) -> Availability:
    return screen.is_mounted and (bool(running_actions_of(screen.app).runs) or Unavailable("no action has run yet"))


class ActionCommands(LiveScreen):
    """Base of screens from which something can be changed."""

    OWN_COMMANDS: ClassVar[Sequence[Command]] = (
        Command(
            "fix",
            ("t",),
            "fix",
            "List the steps of the findings, to take one",
            _CHANGE,
            Rank.FIX,
            _has_steps,
            typed=TypedCommand(("fix", "step")),
            short="fix",
        ),
        Command(
            "actions",
            ("a",),
            "actions",
            "Show the running action, or the last one",
            _CHANGE,
            Rank.ACTIONS,
            _has_actions,
            typed=TypedCommand(("actions",)),
        ),
    )

    def commands(self) -> list[Command]:
        # The ellipsis depends on what the terminal can draw.
        label = f"fix{active().ellipsis}"
        return [replace(command, label=label) if command.id == "fix" else command for command in super().commands()]

    @property
    def has_steps(self) -> Availability:
        """Whether findings propose steps for what is shown or selected now; False on screens without findings."""
        return False

    @property
    def changes(self) -> Availability:
        """Whether actions are offered: not on stale data, and not in read-only mode."""
        return self.changes_of(self.selected_key)

    def changes_of(self, key: Key | None) -> Availability:
        """The same of one set, where the sets may be in several clusters."""
        state = self.newest().state_of(key)
        if state.scope.read_only:
            return Unavailable(state.scope.read_only)
        if running_actions_of(self.app).action_service is None:
            return Unavailable("this dashboard is read-only")
        match state.health.link:
            case Link.LIVE:
                return True
            case Link.CONNECTING | Link.LOADING:
                return Unavailable(f"still loading: {_NOT_LIVE}")
            case Link.DISCONNECTED:
                return Unavailable(f"disconnected: {_NOT_LIVE}")
            case Link.SILENT:
                return Unavailable(f"{state.scope.context} does not respond: {_NOT_LIVE}")
            case Link.POLLED:
                return Unavailable(f"data is polled: {_NOT_LIVE}")
            case Link.FILE:
                return Unavailable("the data comes from a file")
            case Link.REPLAY:
                return Unavailable("the data comes from a recording")

    def action_fix(self, argument: str = "") -> None:
        """List the steps; only screens with findings have any."""

    def action_actions(self, argument: str = "") -> None:
        actions = running_actions_of(self.app)
        running, foremost = actions.running, actions.foremost
        if len(running) > 1:
            from stsview.ui.changes.running_text import share_text
            from stsview.ui.kit.choosers.chooser import Choice, Chooser

            places = {action: place for place, action in enumerate(actions.runs)}
            choices = [
                Choice(str(places[action]), action.plan.heading, share_text(action.progress)) for action in running
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
        from stsview.ui.changes.running_text import notice_forms

        return notice_forms(foremost.plan.heading, foremost.progress, max(0, len(running) - 1))

    def open_plan(self, intent: Intent, back: Callable[[], None] | None = None) -> None:
        """Open the plan of `intent`. Nothing is sent before it is confirmed there.

        `back` opens what was asked before, when the plan is cancelled.
        """
        self._show_action(intent, None if back is None else self.unless_started(back))

    def unless_started(self, back: Callable[[], None]) -> Callable[[None], None]:
        """A callback of a dialog that calls `back` unless an action was started in the meantime."""
        actions = running_actions_of(self.app)
        started = len(actions.runs)

        def on_closed(_: None) -> None:
            if len(actions.runs) == started:
                back()

        return on_closed

    def _show_action(self, about: Intent | RunningAction, on_closed: Callable[[None], None] | None = None) -> None:
        # Imported here: the first screen has to appear within two seconds, and does not need this.
        from stsview.ui.changes.action_screen import ActionScreen

        self.app.push_screen(ActionScreen(about, self.now), on_closed)


class SetActionCommands(ActionCommands):
    """Base of screens that show or select a set."""

    OWN_COMMANDS: ClassVar[Sequence[Command]] = (
        Command(
            ActionId.SCALE,
            ("s",),
            "scale",
            "Scale this set",
            _CHANGE,
            Rank.SCALE,
            has_set,
            typed=TypedCommand(("scale",), Argument("REPLICAS", parse=_replicas)),
        ),
        Command(
            ActionId.RECONCILE,
            (),
            "reconcile",
            "Trigger a reconcile of this set, when its controller seems stuck",
            _CHANGE,
            0,
            has_set,
            typed=TypedCommand(("reconcile", "nudge")),
        ),
        Command(
            ActionId.GROW,
            ("plus",),
            "grow",
            "Grow the volumes of this set",
            _CHANGE,
            0,
            _has_storage,
            typed=TypedCommand(("grow",), Argument("SIZE", parse=_size)),
        ),
    )

    @property
    @abstractmethod
    def target_set(self) -> SetView | None:
        """The set that a command would change now."""

    def action_scale(self, replicas: int | None = None) -> None:
        view = self.target_set
        if view is None:
            return
        if replicas is not None:
            self.open_plan(Scale(view.key, view.uid, replicas, view.replicas))
            return

        # Imported here: the first screen has to appear within two seconds, and does not need this.
        from stsview.ui.changes.forms.scale_form import ScaleScreen

        self.app.push_screen(ScaleScreen(view, self.now))

    def action_reconcile(self, argument: str = "") -> None:
        view = self.target_set
        if view is not None:
            self.open_plan(Reconcile(view.key, view.uid))

    def action_grow(self, size: str = "") -> None:
        view, action_service = self.target_set, running_actions_of(self.app).action_service
        if view is None or action_service is None:
            return
        from stsview.model.storage.sizes import claim_templates

        left = action_service.unfinished_growth(view.uid)
        if size and left is None and len(claim_templates(view)) == 1:
            self.open_plan(Grow(view.key, view.uid, size))
            return

        # Imported here: the first screen has to appear within two seconds, and does not need this.
        from stsview.ui.changes.forms.grow_form import GrowScreen

        self.app.push_screen(GrowScreen(view, self.now, left, size))


_POD = Argument("POD", _pod_names, parse=_named_pod)


class PodActionCommands(SetActionCommands):
    """Base of screens on which a pod of a set is selected."""

    PLACE: ClassVar[str] = "on the screen of a set"

    OWN_COMMANDS: ClassVar[Sequence[Command]] = (
        Command(
            ActionId.DELETE_POD,
            ("ctrl+d",),
            "delete",
            "Delete this pod gracefully",
            _CHANGE,
            Rank.DELETE,
            _has_pod,
            action="delete_pod",
            typed=TypedCommand(("delete",), _POD),
            short="del",
        ),
        Command(
            ActionId.FORCE_DELETE,
            ("ctrl+k",),
            "kill",
            "Force-delete this pod if it is stuck terminating, or else delete it gracefully",
            _CHANGE,
            Rank.KILL,
            _has_pod,
            action="force_delete",
            typed=TypedCommand(("kill",), _POD),
        ),
    )

    @property
    @abstractmethod
    def target_pod(self) -> OrdinalView | None:
        """The pod that a command would change now.

        None when there is none, or it belongs to another owner.
        """

    @property
    def owned_pods(self) -> Sequence[OrdinalView]:
        """The existing pods of the set."""
        view = self.target_set
        return [] if view is None else [row for row in view.ordinals if owned_pod(row) is not None]

    def action_delete_pod(self, named: OrdinalView | None = None) -> None:
        view, pod = self.target_set, named or self.target_pod
        if view is not None and pod is not None and pod.uid:
            self.open_plan(DeletePod(view.key, view.uid, pod.name, pod.uid))

    def action_force_delete(self, named: OrdinalView | None = None) -> None:
        view, pod = self.target_set, named or self.target_pod
        if view is None or pod is None or not pod.uid:
            return
        stuck = pod.state.kind is PodKind.STUCK_TERMINATING
        self.open_plan((ForceDelete if stuck else DeletePod)(view.key, view.uid, pod.name, pod.uid))
