"""Arguments of `watch`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from stsview.cli.arguments.cluster_arguments import add_cluster
from stsview.cli.arguments.placeholders import SET
from stsview.cli.arguments.value_types import Subparsers


def add_watch(commands: Subparsers, levels: Sequence[str]) -> None:
    watch = commands.add_parser(
        "watch",
        help="print findings as they begin, change and end",
        description="Prints the findings that there are, and then each that begins, changes or ends, until "
        "interrupted. While the cluster cannot be read nothing ends, and the loss and the return of the connection are "
        "printed. Exit code 0: ended by SIGINT, SIGTERM or SIGHUP, or because the reader of the output has gone; 2: "
        "the cluster could not be read at the start.",
        allow_abbrev=False,
    )
    watch.add_argument("sets", nargs="*", metavar=SET, help="names, or namespace/name (default: all)")
    watch.add_argument("--min-severity", choices=levels, default="notice", help="lowest level to print")
    watch.add_argument(
        "-o",
        "--output",
        choices=("text", "json"),
        default="text",
        help="(default: text; json: one document a line)",
    )
    add_cluster(watch, default=argparse.SUPPRESS)
    watch.set_defaults(command="watch")
