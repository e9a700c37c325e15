"""The commands of the app, which every screen has; their actions are methods of `StsviewApp`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from stsview.ui.findings.findings_screen import FindingsScreen
from stsview.ui.kit.commands.commands import Argument, Command, TypedCommand
from stsview.ui.kit.commands.palette_screen import PALETTE
from stsview.ui.kit.commands.typing import not_typing
from stsview.ui.kit.live.health_text import interrupted, restricted
from stsview.ui.kit.look.themes import PALETTES

THEME_PREFIX = "stsview-"
"""Before the names of the themes, as Textual has some of its own."""

_EVERYWHERE = "Everywhere"


def _namespaces(app: Any) -> Iterable[str]:
    return sorted({key.namespace for key in app.latest().fleet.sets})


def _contexts(app: Any) -> Iterable[str]:
    return list(app.source.contexts())


def theme_names(app: Any) -> Iterable[str]:
    """Names of the themes, without their prefix."""
    return (name.removeprefix(THEME_PREFIX) for name in PALETTES)


def _scope_offered(app: Any) -> bool:
    """False on text screens, where `N` is the previous match."""
    return not_typing(app) and not getattr(app.screen, "is_text", False)


def _findings_offered(app: Any) -> bool:
    return not any(isinstance(screen, FindingsScreen) for screen in app.screen_stack)


APP_COMMANDS = (
    Command(
        "namespaces",
        ("N",),
        "namespace",
        "Choose the namespaces to watch",
        "Scope",
        60,
        _scope_offered,
        priority=True,
        typed=TypedCommand(("ns", "namespace", "namespaces"), Argument("NAME[,NAME]", _namespaces)),
    ),
    Command("all_namespaces", ("0",), "all namespaces", "Watch all namespaces", "Scope"),
    Command(
        "contexts",
        ("C",),
        "context",
        "Switch to another context of the kubeconfig",
        "Scope",
        50,
        _scope_offered,
        priority=True,
        typed=TypedCommand(("ctx", "context", "contexts"), Argument("NAME", _contexts, closed=True)),
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
        "retry",
        ("ctrl+r",),
        "retry now",
        "Connect and log in again now instead of waiting for the next retry",
        _EVERYWHERE,
        92,
        lambda app: app.is_running and interrupted(app.latest()),
        typed=TypedCommand(("retry",)),
    ),
    Command(
        "check_access",
        ("ctrl+r",),
        "recheck access",
        "Check now whether you may read more than before",
        _EVERYWHERE,
        55,
        lambda app: app.is_running and restricted(app.latest()),
        typed=TypedCommand(("retry",)),
    ),
    PALETTE,
    Command(
        "findings",
        ("f",),
        "findings",
        "Findings in all watched namespaces",
        _EVERYWHERE,
        78,
        _findings_offered,
        typed=TypedCommand(("findings",)),
    ),
    Command("help", ("question_mark", "f1"), "help", "Keys of this screen", _EVERYWHERE, 70),
    Command("quit", ("q",), "quit", "Quit stsview", _EVERYWHERE, 20, typed=TypedCommand(("q", "quit", "q!", "exit"))),
)
