"""The commands that move a recording; their actions are methods of `ReplayApp`."""

from __future__ import annotations

from typing import Any

from stsview.ui.kit.commands.commands import Argument, Availability, Command, TypedCommand
from stsview.ui.kit.commands.ranks import Rank
from stsview.ui.kit.commands.typing import not_typing

_REPLAY = "Recording"


def _offered(app: Any) -> Availability:
    """False where the keys are text, or move in it."""
    return not_typing(app) and not getattr(app.screen, "is_text", False)


def _time(_: Any, text: str) -> str:
    return text.strip()


REPLAY_COMMANDS = (
    Command("play", ("space",), "play/pause", "Play, or stand still", _REPLAY, Rank.MAIN, _offered, priority=True),
    Command(
        "next_finding",
        ("greater_than_sign",),
        "next finding",
        "Go to where the next finding begins or ends",
        _REPLAY,
        Rank.MAIN,
        _offered,
        priority=True,
        short="next",
    ),
    Command(
        "previous_finding",
        ("less_than_sign",),
        "prev finding",
        "Go back to where the last finding began or ended",
        _REPLAY,
        Rank.MAIN,
        _offered,
        priority=True,
        short="prev",
    ),
    Command(
        "step",
        ("full_stop",),
        "step",
        "Go to the next change of any set",
        _REPLAY,
        Rank.RELATED,
        _offered,
        priority=True,
    ),
    Command(
        "step_back",
        ("comma",),
        "back",
        "Go back to the last change of any set",
        _REPLAY,
        Rank.RELATED,
        _offered,
        priority=True,
    ),
    Command("faster", ("plus",), "faster", "Play at twice the speed", _REPLAY, guard=_offered, priority=True),
    Command("slower", ("minus",), "slower", "Play at half the speed", _REPLAY, guard=_offered, priority=True),
    Command(
        "speed",
        (),
        "speed",
        "Play at a speed, such as 10",
        _REPLAY,
        typed=TypedCommand(("speed",), Argument("X", lambda _: ("1", "10", "60", "600"))),
    ),
    Command(
        "at",
        (),
        "go to",
        "Go to a time of the recording, such as 18:22:07 or +12m",
        _REPLAY,
        typed=TypedCommand(("at", "seek"), Argument("TIME", parse=_time)),
    ),
    Command(
        "bookmark",
        ("M",),
        "bookmark",
        "Set a bookmark here, for the time line",
        _REPLAY,
        guard=_offered,
        priority=True,
        typed=TypedCommand(("mark", "bookmark"), Argument("TEXT")),
    ),
    Command(
        "timeline",
        ("T",),
        "time line",
        "List when findings began and ended, what was done, and bookmarks",
        _REPLAY,
        Rank.RELATED,
        _offered,
        priority=True,
        typed=TypedCommand(("timeline", "tl")),
    ),
)
