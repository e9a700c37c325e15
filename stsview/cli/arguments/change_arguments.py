"""The commands that change something: what all of them take, and those about one number or one pod."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from stsview.cli.arguments.cluster_arguments import add_cluster
from stsview.cli.arguments.value_types import Commands, Parser, duration, replicas


def add_actions(commands: Commands) -> None:
    _scale(commands)
    _delete_pod(commands)
    _force_delete(commands)
    _reconcile(commands)


def _scale(commands: Commands) -> None:
    scale = add_action(commands, "scale", "SET", "set how many members a set has", "Scales one StatefulSet.")
    scale.add_argument("--replicas", type=replicas, required=True, metavar="N", help="how many members it is to have")


def _delete_pod(commands: Commands) -> None:
    add_action(
        commands,
        "delete-pod",
        "POD",
        "delete one pod of a set, gracefully",
        "Deletes one pod of a StatefulSet with the grace period that it has; the controller creates it anew.",
    )


def _force_delete(commands: Commands) -> None:
    force = add_action(
        commands,
        "force-delete",
        "POD",
        "take a pod that does not end out of the cluster",
        "Removes the object of a pod that is stuck Terminating, whatever runs on its machine.",
    )
    force.add_argument(
        "--override",
        default="",
        metavar="REASON",
        help="do it although the node may be alive, and write down this reason for it",
    )


def _reconcile(commands: Commands) -> None:
    add_action(
        commands,
        "reconcile",
        "SET",
        "trigger a reconcile",
        "Writes an annotation to one StatefulSet, which triggers a reconcile where its controller has silently "
        "stopped. No pod changes.",
        former="nudge",
    )


def add_action(
    commands: Commands,
    name: str,
    about: str,
    help_: str,
    description: str,
    *,
    own: Callable[[Parser], None] = lambda _: None,
    usual: str = "15m or so",
    sound: Callable[[argparse.Namespace], str] | None = None,
    former: str = "",
) -> Parser:
    """Add a command that changes the cluster, with the options that all of them share.

    `own` adds the options of this command alone. `usual` is the default timeout, in words; `sound` as in `Parser`;
    `former` a name of the command in the release before, which is still accepted but no longer listed.
    """
    action = commands.add_parser(
        name,
        help=help_,
        description=f"{description} Shows the plan and asks, or takes the confirmation from the options below; then "
        "follows until it is done. Exit code 0: done; 1: not reached; 2: refused, or not confirmed; 3: timed out; 130: "
        "stopped.",
        allow_abbrev=False,
        sound=sound,
    )
    action.add_argument("about", metavar=about, help="name, or namespace/name")
    own(action)
    action.add_argument("--dry-run", action="store_true", help="print the plan; send nothing but dry runs")
    action.add_argument("--reason", default="", metavar="TEXT", help="why, for the audit log")
    action.add_argument(
        "--timeout",
        type=duration,
        metavar="D",
        help=f"how long to wait until it is done: 90s, 20m (default: {usual})",
    )
    action.add_argument("-o", "--output", choices=("text", "json"), default="text", help="(default: text)")
    action.add_argument(
        "--read-only", action="store_true", default=argparse.SUPPRESS, help="refuse to change anything in the cluster"
    )
    confirmation = action.add_argument_group("confirmation, where nobody can be asked")
    confirmation.add_argument(
        "--confirm", default="", metavar="NAME", help=f"the name of the {about.lower()}, once more"
    )
    confirmation.add_argument(
        "--confirm-context", default="", metavar="CTX", help="the name of the context, where it is protected"
    )
    confirmation.add_argument(
        "--attest",
        action="append",
        default=[],
        metavar="WHAT",
        help="what you made sure of, as the plan asks for it: node-is-off; may be repeated",
    )
    add_cluster(action, default=argparse.SUPPRESS)
    action.set_defaults(command=name, module="actions", override="")
    if former:
        # Without a help text of its own a command is not listed in --help.
        commands.add_parser(
            former,
            parents=[action],
            prog=action.prog,
            description=action.description,
            add_help=False,
            allow_abbrev=False,
            sound=sound,
        )
    return action
