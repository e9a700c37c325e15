"""Arguments of `stsview exec`."""

from __future__ import annotations

import argparse

from stsview.cli.arguments.cluster_arguments import add_cluster
from stsview.cli.arguments.placeholders import EXEC_POD
from stsview.cli.arguments.value_types import Subparsers
from stsview.program_name import program_name


def add_exec(commands: Subparsers) -> None:
    """Add the command that runs a shell or a command in a container."""
    command = commands.add_parser(
        "exec",
        help="open a shell in a container, or run a command",
        usage=f"{program_name()} exec [options] POD|SET/ORDINAL [-c CONTAINER] [-- COMMAND [ARG ...]]",
        description="Opens the first shell that there is (bash, ash, sh) in a container of a running pod, or runs a "
        "command. With a terminal on standard input and output the command gets one too; otherwise standard input is "
        "passed on as it is. The local audit log records the command and how it ended, never what was typed. Exit "
        "code: that of the command; 255: not known, as the connection was lost or the pod is gone; 2: nothing was run.",
        allow_abbrev=False,
        after_dashes="command_line",
        validate=_problem,
    )
    command.add_argument(
        "pod", metavar=EXEC_POD, help="name of a pod, or a StatefulSet and an ordinal; NAMESPACE/ may precede"
    )
    command.add_argument(
        "-c",
        "--container",
        default="",
        metavar="CONTAINER",
        help="(default: by the annotation kubectl.kubernetes.io/default-container, else the first one)",
    )
    command.add_argument(
        "-T", "--no-tty", action="store_true", help="request no terminal, although standard input and output are one"
    )
    command.add_argument(
        "--read-only", action="store_true", default=argparse.SUPPRESS, help="refuse to run anything in the cluster"
    )
    add_cluster(command, default=argparse.SUPPRESS)
    command.set_defaults(command="exec")


def _problem(found: argparse.Namespace) -> str:
    return "no command after --" if found.command_line == [] else ""
