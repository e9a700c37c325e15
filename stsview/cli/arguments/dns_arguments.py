"""Arguments of `stsview dns`."""

from __future__ import annotations

import argparse

from stsview.cli.arguments.cluster_arguments import add_cluster
from stsview.cli.arguments.placeholders import ASKED_POD, SET
from stsview.cli.arguments.value_types import Subparsers


def add_dns(commands: Subparsers) -> None:
    """Add the command that compares the DNS names of a set."""
    command = commands.add_parser(
        "dns",
        help="show the DNS names of a set, and what they resolve to",
        description="Shows the DNS name of each ordinal as the API publishes it: Service, slice, readiness. With "
        "--from it also asks for all names in a container of that pod, by one command with getent or nslookup, which "
        "is shown and confirmed before it runs, and compares the answers. Exit code 0: printed, and with --from all "
        "names agree; 1: with --from, some do not; 2: nothing was read or asked.",
        validate=_problem,
        allow_abbrev=False,
    )
    command.add_argument("set", metavar=SET, help="name, or namespace/name")
    command.add_argument("--from", dest="asked_from", metavar=ASKED_POD, help="ask from inside this pod")
    command.add_argument("-c", "--container", default="", metavar="CONTAINER", help="with --from: the container")
    command.add_argument("--yes", action="store_true", help="with --from: run the command without asking")
    command.add_argument("-o", "--output", choices=("text", "json"), default="text", help="(default: text)")
    command.add_argument(
        "--read-only", action="store_true", default=argparse.SUPPRESS, help="refuse to run anything in the cluster"
    )
    add_cluster(command, default=argparse.SUPPRESS)
    command.set_defaults(command="dns")


def _problem(found: argparse.Namespace) -> str:
    if found.asked_from is None and (found.yes or found.container):
        return f"{'--yes' if found.yes else '--container'} is only for --from"
    return ""
