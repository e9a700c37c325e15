"""Commands that open logs, YAML, describe, events, and revisions."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

from stsview.live.snapshot import OFFLINE, Link
from stsview.model.states import Health
from stsview.model.views import SetView
from stsview.objects.kinds import AUTOSCALERS, BUDGETS, CLAIMS, NODES, SERVICES, VOLUMES, Kind
from stsview.ui.inspect.exec.exec_requested import ExecRequested
from stsview.ui.inspect.forwards.forward_requested import ForwardRequested
from stsview.ui.inspect.inspect_target import InspectRequested, InspectTarget, InspectView
from stsview.ui.inspect.names.names_requested import NamesRequested
from stsview.ui.inspect.references.references_requested import Reference, ReferencesRequested
from stsview.ui.inspect.related_objects import pod_of_interest, related_objects
from stsview.ui.inspect.usage.usage_requested import UsageRequested
from stsview.ui.kit.commands.commands import Argument, Availability, Command, TypedCommand, Unavailable
from stsview.ui.kit.commands.ranks import Rank
from stsview.ui.kit.commands.typing import not_typing
from stsview.ui.kit.live.live_screen import LiveScreen
from stsview.ui.kit.toast import toast

_GROUP = "View"


def _inspect(
    inspect_view: InspectView, key: str, label: str, help_text: str, rank: Rank, names: tuple[str, ...], short: str = ""
) -> Command:
    def offered(screen: Any) -> bool:
        return screen.is_mounted and not_typing(screen) and screen.offers(inspect_view)

    action = f"inspect({inspect_view.value!r})"
    return Command(
        inspect_view.value,
        (key,),
        label,
        help_text,
        _GROUP,
        rank,
        offered,
        action,
        priority=True,
        typed=TypedCommand((inspect_view.value, *names)),
        short=short or label,
    )


def _names_set(screen: Any) -> Availability:
    if not screen.is_mounted or not not_typing(screen):
        return False
    target = screen.inspect_target()
    return (target is not None and target.of_set) or Unavailable("no StatefulSet is selected")


def _describe_related(kind: Kind, word: str, names: tuple[str, ...]) -> Command:
    """Describe another object of the selected pod or set, by the name that kubectl has for its kind."""

    return Command(
        f"describe_{kind.resource}",
        (),
        word,
        f"Describe the {word} of the selected pod",
        _GROUP,
        0,
        _names_set,
        f"describe_related({kind.resource!r})",
        typed=TypedCommand(names),
    )


def _referenced(
    reference: Reference, word: str, words: str, names: tuple[str, ...], keys: tuple[str, ...] = ()
) -> Command:
    return Command(
        f"reference_{reference.name.lower()}",
        keys,
        word,
        words,
        _GROUP,
        0,
        _names_set,
        f"referenced({reference.name!r})",
        typed=TypedCommand(names),
    )


def _shell_offered(screen: Any) -> Availability:
    if not screen.is_mounted or not not_typing(screen):
        return False
    return screen.shell_offered  # type: ignore[no-any-return]


def _forward_offered(screen: Any) -> Availability:
    if not screen.is_mounted or not not_typing(screen):
        return False
    return screen.forward_offered  # type: ignore[no-any-return]


def _names_offered(screen: Any) -> Availability:
    if not screen.is_mounted or not not_typing(screen):
        return False
    return screen.names_offered  # type: ignore[no-any-return]


def _usage_offered(screen: Any) -> Availability:
    if not screen.is_mounted or not not_typing(screen):
        return False
    return screen.usage_offered  # type: ignore[no-any-return]


class InspectCommands(LiveScreen):
    """Base of screens that can open logs, YAML, describe, events, or revisions.

    The app opens the view when it gets `InspectRequested`.
    """

    is_inspect_screen: ClassVar[bool] = False
    """Whether this screen is such a view itself. One such view replaces the other, so that Esc always leads back to the
    screen that opened the first."""
    is_text: ClassVar[bool] = False
    """Whether it shows text, where some keys have other meanings."""

    OWN_COMMANDS: ClassVar[Sequence[Command]] = (
        _inspect(
            InspectView.LOGS, "l", "logs", "Logs of the pod, or of all pods of the set", Rank.LOGS, ("log",), "log"
        ),
        _inspect(
            InspectView.PREVIOUS, "p", "previous", "Logs of the previous container run", Rank.PREVIOUS, (), "prev"
        ),
        _inspect(
            InspectView.EVENTS, "e", "events", "Events of the set, its pods and PVCs", Rank.EVENTS, ("ev", "event")
        ),
        _inspect(InspectView.DESCRIBE, "d", "describe", "Describe (human-readable)", Rank.DESCRIBE, (), "desc"),
        _inspect(InspectView.YAML, "y", "yaml", "The whole object as YAML", Rank.YAML, ()),
        _inspect(
            InspectView.REVISIONS,
            "u",
            "revisions",
            "Revisions of the set, and how they differ",
            Rank.REVISIONS,
            ("rev", "history"),
            "revs",
        ),
        _describe_related(CLAIMS, "PVC", ("pvc", "pvcs")),
        _describe_related(VOLUMES, "volume", ("pv", "volume")),
        _describe_related(SERVICES, "Service", ("svc", "services")),
        _describe_related(NODES, "node", ("node",)),
        _describe_related(BUDGETS, "PodDisruptionBudget", ("pdb",)),
        _describe_related(AUTOSCALERS, "HorizontalPodAutoscaler", ("hpa",)),
        _referenced(
            Reference.OWNER, "owner", "Show the owner of the set: an operator's object, as a rule", ("owner",), ("J",)
        ),
        _referenced(Reference.CONFIG_MAP, "ConfigMap", "Show a ConfigMap that the template names", ("cm", "configmap")),
        _referenced(
            Reference.SECRET,
            "Secret",
            "Show the keys of a Secret that the template names, without values",
            ("secret", "secrets", "sec"),
        ),
        Command(
            "shell",
            ("x",),
            "shell",
            "Open a shell in the pod, or run a command that the configuration names",
            _GROUP,
            Rank.SHELL,
            _shell_offered,
            priority=True,
            typed=TypedCommand(("shell", "sh")),
        ),
        Command(
            "exec",
            (),
            "exec",
            "Run a command in the pod, and show its output",
            _GROUP,
            0,
            _shell_offered,
            typed=TypedCommand(("exec",), Argument("COMMAND")),
        ),
        Command(
            "names",
            ("D",),
            "names",
            "DNS names of the set, and what they resolve to inside a pod",
            _GROUP,
            Rank.NAMES,
            _names_offered,
            priority=True,
            typed=TypedCommand(("dns", "names")),
        ),
        Command(
            "usage",
            ("U",),
            "usage",
            "CPU, memory and volumes of the set, and when a volume will be full",
            _GROUP,
            Rank.NAMES,
            _usage_offered,
            priority=True,
            typed=TypedCommand(("usage", "top")),
        ),
        Command(
            "forward",
            ("F",),
            "port-forward",
            "Forward a local port to the pod, also after it is replaced",
            _GROUP,
            Rank.FORWARD,
            _forward_offered,
            priority=True,
            typed=TypedCommand(("forward", "port-forward", "portforward"), Argument("[LOCAL:]REMOTE")),
            short="fwd",
        ),
    )

    @abstractmethod
    def inspect_target(self) -> InspectTarget | None:
        """What is under the cursor."""

    def log_target(self) -> InspectTarget | None:
        """Whose logs are opened."""
        return self.inspect_target()

    def offers(self, inspect_view: InspectView) -> bool:
        """Whether `inspect_view` can be opened from here now."""
        target = self.inspect_target()
        return target is not None and (target.of_set or inspect_view in (InspectView.DESCRIBE, InspectView.YAML))

    def commands(self) -> list[Command]:
        # In the help they come after the commands of the screen itself.
        inspect_ids = {command.id for command in InspectCommands.OWN_COMMANDS}
        return sorted(super().commands(), key=lambda command: command.id in inspect_ids)

    def action_inspect(self, name: str) -> None:
        inspect_view = InspectView(name)
        of_logs = inspect_view in (InspectView.LOGS, InspectView.PREVIOUS)
        target = self.log_target() if of_logs else self.inspect_target()
        if target is None:
            return
        if of_logs and not target.pod:
            view = self._latest().fleet.sets.get(target.set)
            pod = self._pod_of(view)
            if not pod:
                toast(self, f"{target.set} has no pods", title="no logs", health=Health.WARNING)
                return
            rows = [] if view is None else [row for row in view.ordinals if row.owned]
            # Of the previous runs, mostly the one of interest exists alone.
            if not target.pods and (inspect_view is InspectView.PREVIOUS or len(rows) < 2):
                target = InspectTarget(target.set, pod)
        self.post_message(InspectRequested(inspect_view, target))

    def action_describe_related(self, kind: str) -> None:
        target = self.inspect_target()
        view = None if target is None else self._latest().fleet.sets.get(target.set)
        if target is None or view is None:
            return
        pod = target.pod or self._pod_of(view)
        found = next((ref for ref in related_objects(view, pod) if ref.kind.resource == kind), None)
        if found is None:
            toast(self, f"{pod or view.key} has none of the {kind}", health=Health.WARNING)
        else:
            self.post_message(InspectRequested(InspectView.DESCRIBE, InspectTarget(target.set, pod, found)))

    def action_referenced(self, name: str) -> None:
        target = self.inspect_target()
        if target is not None:
            self.post_message(ReferencesRequested(target, Reference[name]))

    @property
    def shell_offered(self) -> Availability:
        """Whether something can be run in the pod under the cursor."""
        return self._pod_offered("no shell, no command")

    @property
    def forward_offered(self) -> Availability:
        """Whether a port of the pod under the cursor can be forwarded."""
        target = self.inspect_target()
        if target is not None and not target.pod and self.open_forward_count:
            # There the key lists them.
            return False
        return self._pod_offered("no port-forward")

    @property
    def names_offered(self) -> Availability:
        """Whether the names of the set under the cursor can be shown."""
        target = self.inspect_target()
        return target is not None and target.of_set

    @property
    def usage_offered(self) -> Availability:
        """Whether the usage of the set under the cursor can be shown."""
        target = self.inspect_target()
        if target is None or not target.of_set:
            return False
        if self.newest().health.link is Link.FILE:
            return Unavailable("the data comes from a file")
        return True

    def _pod_offered(self, without: str) -> Availability:
        """Whether the pod under the cursor can be accessed; `without` is what read-only mode refuses."""
        target, snapshot = self.inspect_target(), self.newest()
        if target is None or not target.of_set:
            return False
        if snapshot.scope.read_only:
            return Unavailable(f"{snapshot.scope.read_only}: {without}")
        if snapshot.health.link in OFFLINE:
            return Unavailable("the data comes from a file")
        if not target.pod:
            return Unavailable(f"select a pod of {target.set} first")
        view = snapshot.fleet.sets.get(target.set)
        row = next((one for one in view.ordinals if one.name == target.pod), None) if view is not None else None
        if row is not None and row.uid is None:
            return Unavailable(f"{target.pod} does not exist now")
        return True

    def action_shell(self, argument: str = "") -> None:
        self._exec("")

    def action_exec(self, line: str = "") -> None:
        self._exec(line)

    def action_names(self) -> None:
        if (target := self.inspect_target()) is not None:
            self.post_message(NamesRequested(target))

    def action_usage(self) -> None:
        if (target := self.inspect_target()) is not None:
            self.post_message(UsageRequested(target))

    def action_forward(self, ports: str = "") -> None:
        if (target := self.inspect_target()) is not None and target.pod:
            self.post_message(ForwardRequested(target, ports))

    def _exec(self, line: str) -> None:
        if (target := self.inspect_target()) is not None and target.pod:
            self.post_message(ExecRequested(target, line))

    def _pod_of(self, view: SetView | None) -> str:
        return "" if view is None else pod_of_interest(view)
