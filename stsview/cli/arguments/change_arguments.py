"""Commands that change a cluster.

Their common options, and those about replicas or one pod.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

from stsview.cli.arguments.cluster_arguments import add_cluster
from stsview.cli.arguments.placeholders import POD, SET, Placeholder
from stsview.cli.arguments.value_types import Parser, Subparsers, duration, replicas


def add_change_commands(commands: Subparsers) -> None:
    _scale(commands)
    _delete_pod(commands)
    _force_delete(commands)
    _reconcile(commands)


def _scale(commands: Subparsers) -> None:
    scale = add_change_command(commands, "scale", SET, "set the number of replicas", "Scales one StatefulSet.")
    scale.add_argument("--replicas", type=replicas, required=True, metavar="N", help="desired number of replicas")


def _delete_pod(commands: Subparsers) -> None:
    add_change_command(
        commands,
        "delete-pod",
        POD,
        "delete one pod gracefully",
        "Deletes one pod of a StatefulSet with its own grace period; the controller recreates it.",
    )


def _force_delete(commands: Subparsers) -> None:
    add_change_command(
        commands,
        "force-delete",
        POD,
        "force-delete a pod stuck Terminating",
        "Removes a pod that is stuck Terminating from the API, even if its containers still run on the node.",
    )


def _reconcile(commands: Subparsers) -> None:
    add_change_command(
        commands,
        "reconcile",
        SET,
        "trigger a reconcile",
        "Writes an annotation to one StatefulSet, which triggers a reconcile where its controller has silently "
        "stopped. No pod changes.",
        former="nudge",
    )


def add_change_command(
    commands: Subparsers,
    name: str,
    metavar: Placeholder,
    help_: str,
    description: str,
    *,
    add_options: Callable[[Parser], None] = lambda _: None,
    default_timeout: str = "about 15m",
    validate: Callable[[argparse.Namespace], str] | None = None,
    former: str = "",
) -> Parser:
    """Add a command that changes the cluster, with the options that all of them share.

    `add_options` adds those of this command alone; `default_timeout` is for the help text; `validate` as in `Parser`;
    `former` is the name of the command in the previous release, which is still accepted but not listed.
    """
    command = commands.add_parser(
        name,
        help=help_,
        description=f"{description} Shows the plan, asks for confirmation or takes it from the options below, then "
        "follows the change until it is done. Exit code 0: done; 1: goal not reached; 2: refused or not confirmed; "
        "3: timed out; 130: stopped.",
        allow_abbrev=False,
        validate=validate,
    )
    command.add_argument("name", metavar=metavar, help="name, or namespace/name")
    add_options(command)
    command.add_argument("--dry-run", action="store_true", help="print the plan; send only dry-run requests")
    command.add_argument("-v", "--verbose", action="store_true", help="print all checks and details of the plan")
    command.add_argument("--reason", default="", metavar="TEXT", help="reason, for the audit log")
    command.add_argument(
        "--timeout",
        type=duration,
        metavar="D",
        help=f"how long to wait until it is done: 90s, 20m (default: {default_timeout})",
    )
    command.add_argument("-o", "--output", choices=("text", "json"), default="text", help="(default: text)")
    command.add_argument(
        "--read-only", action="store_true", default=argparse.SUPPRESS, help="refuse to change anything in the cluster"
    )
    confirmation = command.add_argument_group("non-interactive confirmation")
    confirmation.add_argument("--confirm", default="", metavar="NAME", help=f"the name of the {metavar.lower()}")
    confirmation.add_argument(
        "--confirm-context", default="", metavar="CTX", help="the name of the context, if it is protected"
    )
    confirmation.add_argument(
        "--attest",
        action="append",
        default=[],
        metavar="FACT",
        help="a fact that you have verified and the plan asks for, as in node-is-off; can be repeated",
    )
    command.add_argument(
        "--override",
        default="",
        metavar="REASON",
        help="override a refusal that accepts it, such as possible data loss; the reason is written to the audit log",
    )
    add_cluster(command, default=argparse.SUPPRESS)
    command.set_defaults(command=name, module="actions")
    if former:
        # A command without a help text of its own is not listed in --help.
        commands.add_parser(
            former,
            parents=[command],
            prog=command.prog,
            description=command.description,
            add_help=False,
            allow_abbrev=False,
            validate=validate,
        )
    return command
