"""Commands that restart pods or control the rollout of a StatefulSet."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from stsview.cli.arguments.change_arguments import add_change_command
from stsview.cli.arguments.placeholders import ORDINAL_LIST, REVISION, SET
from stsview.cli.arguments.value_types import (
    Parser,
    Subparsers,
    count,
    duration,
    image,
    label,
    order,
    ordinals,
    shell_command,
)
from stsview.program_name import program_name

_TIMEOUT_PER_POD = "about 15m for each pod"


def _revision() -> str:
    return f"a revision as `{program_name()} history` lists it: number, name or hash"


def add_rollout_commands(commands: Subparsers) -> None:
    _restart(commands)
    _undo(commands)
    _unblock(commands)
    _canary(commands)
    _pause(commands)
    _resume(commands)


def _restart(commands: Subparsers) -> None:
    _rollout_command(
        commands,
        "restart",
        "restart the pods of a set one by one",
        "Restarts one StatefulSet: with an annotation on its template, as kubectl does, or with --ordered by removing "
        "one pod at a time, each only while all other members are available. Ctrl-Z pauses an ordered restart after "
        "the current pod and resumes it; Ctrl-C stops it.",
        add_options=_restart_options,
        validate=_restart_problem,
    )


def _restart_options(restart: Parser) -> None:
    ordered = restart.add_argument_group("ordered restart")
    ordered.add_argument(
        "--ordered",
        action="store_true",
        help="evict one pod at a time; continue with the next when its replacement is available",
    )
    ordered.add_argument(
        "--order",
        type=order,
        metavar="ORDER",
        help="highest-first (default), lowest-first, listed (in the order of --only), or the ordinals: 2,0,1",
    )
    ordered.add_argument(
        "--only",
        type=ordinals,
        metavar=ORDINAL_LIST,
        help="only these ordinals, as in 0,2 or 3-5; --order sets their order",
    )
    ordered.add_argument(
        "--last", type=label, metavar="LABEL", help="restart pods with this label last, as in role=leader"
    )
    ordered.add_argument(
        "--soak",
        type=duration,
        metavar="D",
        help="how long each pod must stay available before the next one: 30s, 5m",
    )
    ordered.add_argument(
        "--check",
        type=shell_command,
        metavar="CMD",
        help="shell command to run here when a pod is available again, with STSVIEW_POD and STSVIEW_NAMESPACE in its "
        "environment; the restart continues only if it succeeds",
    )
    ordered.add_argument(
        "--delete", action="store_true", help="delete the pods instead of evicting them, ignoring PodDisruptionBudgets"
    )
    ordered.add_argument("--other-revision", action="store_true", help="allow pods to change revision")
    ordered.add_argument(
        "--continue",
        action="store_true",
        dest="continue_unfinished",
        help="continue an unfinished ordered restart with its original options",
    )


_ORDERED_OPTIONS = (
    ("order", "--order"),
    ("only", "--only"),
    ("last", "--last"),
    ("soak", "--soak"),
    ("check", "--check"),
    ("delete", "--delete"),
)
"""Options that need `--ordered`, and that `--continue` reads from the journal instead."""


def _restart_problem(found: argparse.Namespace) -> str:
    given = [option for name, option in _ORDERED_OPTIONS if _is_given(getattr(found, name))]
    if found.continue_unfinished:
        return f"{given[0]} cannot be used with --continue, which keeps the original options" if given else ""
    if not found.ordered:
        given += ["--other-revision"] if found.other_revision else []
        return f"{given[0]} requires --ordered" if given else ""
    if isinstance(found.order, tuple) and found.only is not None:
        return "--order already names the ordinals: omit --only"
    if found.order == "listed" and found.only is None:
        return "--order listed requires --only"
    return ""


def _is_given(value: object) -> bool:
    # A soak of 0 counts as given.
    return value is not None and value is not False and value != []


def _undo(commands: Subparsers) -> None:
    _rollout_command(
        commands,
        "undo",
        "roll back to an earlier revision",
        "Rolls one StatefulSet back to the template of an earlier revision. If pods that cannot start would block the "
        "rollback, they are deleted gracefully, the lowest first, until none blocks it.",
        add_options=_undo_options,
    )


def _undo_options(undo: Parser) -> None:
    undo.add_argument("--to-revision", metavar=REVISION, help=f"{_revision()} (default: the previous one)")


def _unblock(commands: Subparsers) -> None:
    _rollout_command(
        commands,
        "unblock",
        "unblock a rollout stuck on a broken pod",
        "Gracefully deletes the pods that block their own update, one at a time: the lowest that is neither available "
        "nor on the update revision. Never deletes a healthy pod.",
        former="free",
    )


def _canary(commands: Subparsers) -> None:
    _rollout_command(
        commands,
        "canary",
        "canary a change",
        "Changes the template and the partition of one StatefulSet in one request, so that only the highest ordinals "
        "are updated (start); then updates one more (next) or all (finish), or rolls back (abort).",
        add_options=_canary_options,
        validate=_canary_problem,
    )


def _canary_options(canary: Parser) -> None:
    canary.add_argument(
        "step", type=_canary_step, choices=("start", "next", "finish", "abort"), help="step of the canary"
    )
    start = canary.add_argument_group("with start")
    start.add_argument("--pods", type=count, metavar="N", help="how many ordinals to update (default: 1)")
    start.add_argument(
        "--image",
        type=image,
        action="append",
        default=[],
        dest="images",
        metavar="C=I",
        help="the change: this image for this container; can be repeated",
    )
    start.add_argument("--to-revision", metavar=REVISION, help=f"the change: the template of {_revision()}")
    start.add_argument("--restart", action="store_true", help="the change: restart only")


def _canary_step(text: str) -> str:
    # The name of abort in the previous release.
    return "abort" if text == "back-out" else text


def _canary_problem(found: argparse.Namespace) -> str:
    given = [
        option
        for value, option in (
            (found.images, "--image"),
            (found.to_revision, "--to-revision"),
            (found.restart, "--restart"),
        )
        if _is_given(value)
    ]
    if found.step != "start":
        given += ["--pods"] if found.pods is not None else []
        return f"{given[0]} is only valid with canary start" if given else ""
    if not given:
        return "canary start requires a change: --image C=I, --to-revision N or --restart"
    if len(given) > 1:
        return f"{' and '.join(given)} cannot be combined: a canary has one change"
    containers = [container for container, _ in found.images]
    twice = next((one for one in containers if containers.count(one) > 1), None)
    return f"two images for container {twice}" if twice is not None else ""


def _pause(commands: Subparsers) -> None:
    _rollout_command(
        commands,
        "pause",
        "pause a rollout",
        "Raises the partition of one StatefulSet so that no further pod is updated; the previous partition is saved in "
        "an annotation.",
    )


def _resume(commands: Subparsers) -> None:
    _rollout_command(
        commands,
        "resume",
        "resume a paused rollout",
        "Restores the partition that one StatefulSet had before the pause.",
    )


def _rollout_command(
    commands: Subparsers,
    name: str,
    help_: str,
    description: str,
    *,
    add_options: Callable[[Parser], None] = lambda _: None,
    validate: Callable[[argparse.Namespace], str] | None = None,
    former: str = "",
) -> None:
    add_change_command(
        commands,
        name,
        SET,
        help_,
        description,
        add_options=add_options,
        default_timeout=_TIMEOUT_PER_POD,
        validate=validate,
        former=former,
    )
