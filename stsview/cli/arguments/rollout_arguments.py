"""The commands that move several pods of a set."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from stsview.cli.arguments.change_arguments import add_action
from stsview.cli.arguments.value_types import (
    Commands,
    Parser,
    count,
    duration,
    image,
    label,
    order,
    ordinals,
    shell_command,
)

_EACH = "15m or so for each pod"

_REVISION = "a revision as `stsview history` has it: its number, name or hash"


def add_moves(commands: Commands) -> None:
    _restart(commands)
    _undo(commands)
    _unblock(commands)
    _canary(commands)
    _pause(commands)
    _resume(commands)


def _restart(commands: Commands) -> None:
    _move(
        commands,
        "restart",
        "restart the pods of a set, one after the other",
        "Restarts one StatefulSet: by an annotation of its template, as kubectl does it, or with --ordered by taking "
        "away one pod at a time, each only while every other member is available. Ctrl-Z pauses that after the pod "
        "under way, and lets it go on again; Ctrl-C stops it there.",
        own=_restart_options,
        sound=_restart_is_sound,
    )


def _restart_options(restart: Parser) -> None:
    ordered = restart.add_argument_group("in an order of your own")
    ordered.add_argument(
        "--ordered",
        action="store_true",
        help="one pod at a time by eviction, each back and available before the next goes",
    )
    ordered.add_argument(
        "--order",
        type=order,
        metavar="ORDER",
        help="highest-first (default), lowest-first, listed (as --only has them), or the ordinals themselves: 2,0,1",
    )
    ordered.add_argument(
        "--only",
        type=ordinals,
        metavar="0,2",
        help="only these ordinals, as in 0,2 or 3-5; in which order they go, --order says",
    )
    ordered.add_argument("--last", type=label, metavar="LABEL", help="pods with this label, as in role=leader, go last")
    ordered.add_argument(
        "--soak", type=duration, metavar="D", help="how long each stays available before the next goes: 30s, 5m"
    )
    ordered.add_argument(
        "--check",
        type=shell_command,
        metavar="CMD",
        help="run this in a shell here once a pod is back, with STSVIEW_POD and STSVIEW_NAMESPACE in its environment; "
        "the next goes only when it succeeds",
    )
    ordered.add_argument("--delete", action="store_true", help="delete the pods instead, whatever their budgets say")
    ordered.add_argument(
        "--other-revision",
        action="store_true",
        help="do it although pods come back on another revision than the one they run",
    )
    ordered.add_argument(
        "--continue",
        action="store_true",
        dest="goes_on",
        help="go on with an ordered restart that was not finished, as it was begun",
    )


_ORDERED = (
    ("order", "--order"),
    ("only", "--only"),
    ("last", "--last"),
    ("soak", "--soak"),
    ("check", "--check"),
    ("delete", "--delete"),
)
"""What an ordered restart is begun with."""


def _restart_is_sound(found: argparse.Namespace) -> str:
    said = [option for name, option in _ORDERED if _said(getattr(found, name))]
    if found.goes_on:
        return f"{said[0]} is not for --continue: it goes on as it was begun" if said else ""
    if not found.ordered:
        said += ["--other-revision"] if found.other_revision else []
        return f"{said[0]} is for a restart with --ordered" if said else ""
    if isinstance(found.order, tuple) and found.only is not None:
        return "--order names the ordinals already: leave --only away"
    if found.order == "listed" and found.only is None:
        return "--order listed is for the ordinals of --only"
    return ""


def _said(value: object) -> bool:
    # A soak of 0 is said as well.
    return value is not None and value is not False and value != []


def _undo(commands: Commands) -> None:
    _move(
        commands,
        "undo",
        "go back to an earlier revision",
        "Gives one StatefulSet the template of an earlier revision. Where pods that cannot start would hold that up, "
        "it is freed as well: the lowest of them is deleted gracefully, and so on until none is left.",
        own=_undo_options,
    )


def _undo_options(undo: Parser) -> None:
    undo.add_argument("--to-revision", metavar="N", help=f"{_REVISION} (default: the one before)")


def _unblock(commands: Commands) -> None:
    _move(
        commands,
        "unblock",
        "unblock a rollout stuck on a broken pod",
        "Deletes gracefully, one after the other, the pods that block their own update: the lowest that is neither "
        "available nor on the update revision. Never a healthy one.",
        former="free",
    )


def _canary(commands: Commands) -> None:
    _move(
        commands,
        "canary",
        "try a change on the highest ordinals of a set",
        "Changes the template and the partition of one StatefulSet in one request, so that only the highest ordinals "
        "get it; then goes on by one (next), to all (finish), or back (abort).",
        own=_canary_options,
        sound=_canary_is_sound,
    )


def _canary_options(canary: Parser) -> None:
    canary.add_argument("step", type=_canary_step, choices=("start", "next", "finish", "abort"), help="what to do")
    start = canary.add_argument_group("with start")
    start.add_argument("--pods", type=count, metavar="N", help="how many ordinals get the change (default: 1)")
    start.add_argument(
        "--image",
        type=image,
        action="append",
        default=[],
        dest="images",
        metavar="C=I",
        help="the change: this image for this container; may be repeated",
    )
    start.add_argument("--to-revision", metavar="N", help=f"the change: the template of {_REVISION}")
    start.add_argument("--restart", action="store_true", help="the change: none but a restart")


def _canary_step(text: str) -> str:
    # `back-out` was its name in the release before.
    return "abort" if text == "back-out" else text


def _canary_is_sound(found: argparse.Namespace) -> str:
    said = [
        option
        for value, option in (
            (found.images, "--image"),
            (found.to_revision, "--to-revision"),
            (found.restart, "--restart"),
        )
        if _said(value)
    ]
    if found.step != "start":
        said += ["--pods"] if found.pods is not None else []
        return f"{said[0]} is for canary start" if said else ""
    if not said:
        return "canary start takes the change: --image C=I, --to-revision N, or --restart"
    if len(said) > 1:
        return f"{' and '.join(said)} are two changes: a canary tries one"
    containers = [container for container, _ in found.images]
    twice = next((one for one in containers if containers.count(one) > 1), None)
    return f"two images for the container {twice}" if twice is not None else ""


def _pause(commands: Commands) -> None:
    _move(
        commands,
        "pause",
        "hold a rollout where it is",
        "Raises the partition of one StatefulSet, so that no further pod is updated; the partition that it had is kept "
        "in an annotation.",
    )


def _resume(commands: Commands) -> None:
    _move(
        commands,
        "resume",
        "let a paused rollout go on",
        "Gives one StatefulSet the partition back that it had before it was paused.",
    )


def _move(
    commands: Commands,
    name: str,
    help_: str,
    description: str,
    *,
    own: Callable[[Parser], None] = lambda _: None,
    sound: Callable[[argparse.Namespace], str] | None = None,
    former: str = "",
) -> None:
    add_action(commands, name, "SET", help_, description, own=own, usual=_EACH, sound=sound, former=former)
