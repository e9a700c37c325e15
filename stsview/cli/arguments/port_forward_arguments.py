"""Arguments of `stsview port-forward`."""

from __future__ import annotations

import argparse

from stsview.cli.arguments.cluster_arguments import add_cluster
from stsview.cli.arguments.placeholders import FORWARDED_POD
from stsview.cli.arguments.value_types import Subparsers


def add_port_forward(commands: Subparsers) -> None:
    """Add the command that forwards local ports to a pod."""
    command = commands.add_parser(
        "port-forward",
        help="forward local ports to a pod, also after it is replaced",
        description="Forwards local ports to ports of a pod until interrupted. When the pod is replaced, new "
        "connections go to its successor of the same name. Each line says what changed; refused connections are "
        "reported on the standard error. Exit code 130: interrupted; 2: nothing was forwarded.",
        allow_abbrev=False,
    )
    command.add_argument(
        "pod",
        metavar=FORWARDED_POD,
        help="a StatefulSet and an ordinal, or the name of a pod; NAMESPACE/ may precede",
    )
    command.add_argument(
        "ports",
        nargs="+",
        metavar="[LOCAL:]REMOTE",
        help="ports, as in 8080, 8080:9092, :9092 for any free local port, or by the name in a container, as in :http",
    )
    command.add_argument(
        "--address",
        default="localhost",
        metavar="ADDRESS[,ADDRESS]",
        help="local IP addresses to listen on (default: localhost, which other hosts cannot reach)",
    )
    command.add_argument(
        "--read-only", action="store_true", default=argparse.SUPPRESS, help="refuse to forward ports into the cluster"
    )
    add_cluster(command, default=argparse.SUPPRESS)
    command.set_defaults(command="port-forward", module="port_forward")
