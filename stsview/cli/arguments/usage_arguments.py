"""Arguments of `stsview usage`."""

from __future__ import annotations

import argparse

from stsview.cli.arguments.cluster_arguments import add_cluster
from stsview.cli.arguments.placeholders import SET
from stsview.cli.arguments.value_types import Subparsers


def add_usage(commands: Subparsers) -> None:
    """Add the command that shows CPU, memory and volumes."""
    usage = commands.add_parser(
        "usage",
        help="show CPU, memory and volumes of each ordinal",
        description="Shows what each pod of a StatefulSet uses of CPU and memory (metrics.k8s.io) against its requests "
        "and limits, and how full its PVCs are (kubelet, by nodes/proxy). Exit code 2: the set could not be read.",
        allow_abbrev=False,
    )
    usage.add_argument("set", metavar=SET, help="name, or namespace/name")
    usage.add_argument("-o", "--output", choices=("text", "json"), default="text", help="(default: text)")
    add_cluster(usage, default=argparse.SUPPRESS)
    usage.set_defaults(command="usage")
