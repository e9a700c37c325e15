"""The commands of the app, which every screen has; their actions are methods of `StsviewApp`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from stsview.nearest import did_you_mean
from stsview.objects.meta import Key, bare, cluster_of
from stsview.ui.fleet.fleet_screen import FleetScreen
from stsview.ui.inspect.inspect_commands import InspectCommands
from stsview.ui.kit.commands.commands import Argument, Availability, Command, TypedCommand, Unavailable, either
from stsview.ui.kit.commands.palette_command import PALETTE
from stsview.ui.kit.commands.ranks import Rank
from stsview.ui.kit.commands.typing import not_typing
from stsview.ui.kit.live.health_text import interrupted, restricted
from stsview.ui.kit.look.themes import PALETTES

THEME_PREFIX = "stsview-"
"""Before the names of the themes, as Textual has some of its own."""

HELP_KEYS = ("question_mark", "f1")

NOT_ON_TEXTS = frozenset({"namespaces", "all_namespaces", "contexts", "nodes"})
"""Ids of the commands that text screens do not have, where their keys mean something else."""

_EVERYWHERE = "Everywhere"


def _namespaces(app: Any) -> Iterable[str]:
    return sorted({key.namespace for key in app.latest().fleet.sets})


def _sets(app: Any) -> Iterable[str]:
    return map(str, sorted(app.latest().fleet.sets))


def _named_set(app: Any, text: str) -> Key:
    """The set with this `name` or `namespace/name`. Raises ValueError if there is none, or several."""
    sets: Iterable[Key] = app.latest().fleet.sets
    found = [key for key in sets if text in (key.name, str(key), str(bare(key)))]
    if len(found) == 1:
        return found[0]
    if found:
        places = sorted(str(key).removesuffix(f"/{key.name}") for key in found)
        what = "cluster and namespace" if any(map(cluster_of, found)) else "namespace"
        raise ValueError(f"{text} is in {either(places)}: add the {what}")
    hint = did_you_mean(text, (name for key in sets for name in (str(key), key.name)))
    raise ValueError(f"no StatefulSet {text}{hint}")


def _contexts(app: Any) -> Iterable[str]:
    return list(app.source.contexts())


def theme_names(app: Any) -> Iterable[str]:
    """Names of the themes, without their prefix."""
    return (name.removeprefix(THEME_PREFIX) for name in PALETTES)


def _scope_offered(app: Any) -> bool:
    """False on text screens, where `N` is the previous match, and numbers are ordinals."""
    return not_typing(app) and not getattr(app.screen, "is_text", False)


def _on_fleet(app: Any) -> bool:
    return isinstance(app.screen, FleetScreen)


def _triage_offered(app: Any) -> bool:
    return _on_fleet(app) and not_typing(app)


def _has_set(app: Any) -> Availability:
    screen = app.screen
    target = screen.inspect_target() if isinstance(screen, InspectCommands) and screen.is_mounted else None
    return (target is not None and target.of_set) or Unavailable("no StatefulSet is selected")


def _findings_offered(app: Any) -> bool:
    if _on_fleet(app):
        return False
    # Not with the first screen, which does not need it.
    from stsview.ui.findings.findings_screen import FindingsScreen

    return not any(isinstance(screen, FindingsScreen) for screen in app.screen_stack)


def _nodes_offered(app: Any) -> bool:
    """False on text screens, where `n` is the next match, and where the nodes are open already."""
    if not _scope_offered(app):
        return False
    # Not with the first screen, which does not need it.
    from stsview.ui.nodes.nodes_screen import NodesScreen

    return not any(isinstance(screen, NodesScreen) for screen in app.screen_stack)


def _lists_forwards(app: Any) -> bool:
    """Whether the key lists them: where no pod is selected, as on the fleet."""
    screen = app.screen
    if not app.open_forward_count or not not_typing(app) or not isinstance(screen, InspectCommands):
        return False
    target = screen.inspect_target() if screen.is_mounted else None
    return target is None or not target.pod


def _can_retry(app: Any) -> Availability:
    if not app.is_running:
        return False
    return interrupted(app.latest()) or Unavailable("data is current, and all of it can be read")


APP_COMMANDS = (
    Command(
        "namespaces",
        ("N",),
        "namespace",
        "Choose the namespaces to watch",
        "Scope",
        Rank.NAMESPACES,
        _scope_offered,
        priority=True,
        short="ns",
        typed=TypedCommand(("ns", "namespace", "namespaces"), Argument("NAME[,NAME]", _namespaces)),
    ),
    Command("all_namespaces", ("0",), "all namespaces", "Watch all namespaces", "Scope", guard=_scope_offered),
    Command(
        "contexts",
        ("C",),
        "context",
        "Switch to another context of the kubeconfig",
        "Scope",
        Rank.CONTEXTS,
        _scope_offered,
        priority=True,
        short="ctx",
        typed=TypedCommand(("ctx", "context", "contexts"), Argument("NAME", _contexts, closed=True)),
    ),
    Command(
        "fleet",
        (),
        "fleet",
        "Go to the fleet, or to a set of it",
        _EVERYWHERE,
        typed=TypedCommand(("sts", "statefulsets", "sets", "fleet"), Argument("SET", _sets, parse=_named_set)),
    ),
    Command(
        "pods",
        (),
        "pods",
        "Go to the pods of the selected set",
        _EVERYWHERE,
        guard=_has_set,
        typed=TypedCommand(("po", "pods", "pod")),
    ),
    Command(
        "nodes",
        ("n",),
        "nodes",
        "Nodes with their members, and what a drain would do",
        _EVERYWHERE,
        Rank.NODES,
        _nodes_offered,
        priority=True,
        typed=TypedCommand(("nodes", "no")),
    ),
    Command(
        "theme",
        (),
        "theme",
        "Switch the colour theme",
        _EVERYWHERE,
        typed=TypedCommand(("theme",), Argument("NAME", theme_names, closed=True)),
    ),
    Command(
        "keep",
        (),
        "keep settings",
        "Write theme, columns and order as they are now into config.toml",
        _EVERYWHERE,
        typed=TypedCommand(("keep",)),
    ),
    Command(
        "retry",
        ("ctrl+r",),
        "retry now",
        "Connect and log in again now instead of waiting for the next retry",
        _EVERYWHERE,
        Rank.RETRY,
        _can_retry,
        typed=TypedCommand(("retry",)),
        short="retry",
    ),
    Command(
        "check_access",
        ("ctrl+r",),
        "recheck access",
        "Check now whether you may read more than before",
        _EVERYWHERE,
        Rank.RETRY,
        lambda app: app.is_running and restricted(app.latest()),
        typed=TypedCommand(("retry",)),
        short="recheck",
    ),
    PALETTE,
    Command(
        "triage",
        ("f",),
        "findings",
        "Findings in all watched namespaces",
        _EVERYWHERE,
        Rank.TRIAGE,
        _triage_offered,
        priority=True,
        typed=TypedCommand(("findings",)),
    ),
    Command(
        "findings",
        ("f",),
        "findings",
        "Findings in all watched namespaces",
        _EVERYWHERE,
        Rank.FINDINGS,
        _findings_offered,
        typed=TypedCommand(("findings",)),
    ),
    Command(
        "forwards",
        (),
        "forwarded ports",
        "List the forwarded ports, to copy or end them",
        _EVERYWHERE,
        typed=TypedCommand(("forwards", "pf", "portforwards")),
    ),
    Command(
        "forwards_key",
        ("F",),
        "forwarded ports",
        "List the forwarded ports, where no pod is selected",
        _EVERYWHERE,
        Rank.FORWARD,
        _lists_forwards,
        priority=True,
        palette=False,
        short="fwds",
    ),
    Command(
        "record",
        (),
        "record",
        "Record the cluster in a new file, for the command replay; again to end it",
        _EVERYWHERE,
        typed=TypedCommand(("record",), Argument("FILE")),
    ),
    Command("help", HELP_KEYS, "help", "Keys of this screen", _EVERYWHERE, Rank.HELP, short=""),
    Command(
        "leave",
        ("q",),
        "quit",
        "Quit stsview; asks on any screen but the fleet",
        _EVERYWHERE,
        Rank.QUIT,
        palette=False,
    ),
    Command("quit", (), "quit", "Quit stsview", _EVERYWHERE, typed=TypedCommand(("q", "quit", "q!", "exit"))),
)
