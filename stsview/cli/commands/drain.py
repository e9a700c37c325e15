"""`stsview drain NODE... --dry-run`: what drains would do; draining itself is kubectl's."""

from __future__ import annotations

import argparse
import sys

from stsview.cli.output.console import Console, print_origin
from stsview.cli.output.document import to_json
from stsview.cli.output.node_report import drains_document, print_drains
from stsview.cli.support.errors import CommandError, fail
from stsview.cli.support.read_nodes import read_nodes_of, require_nodes
from stsview.live.errors import CannotStart


def run(arguments: argparse.Namespace) -> int:
    """Print what the drains would do; returns 0 if that is safe, 1 if not, 2 if it could not be read."""
    if not arguments.dry_run:
        return fail("draining is left to kubectl: add --dry-run to see what would happen, and the command")
    try:
        read = read_nodes_of(arguments)
        order = read.reports.order(require_nodes(read, arguments.nodes))
    except (CannotStart, CommandError) as error:
        return fail(str(error))
    if arguments.output == "json":
        sys.stdout.write(to_json(drains_document(read, order)) + "\n")
    else:
        console = Console()
        print_origin(read.snapshot, console)
        print_drains(read, order, console)
    return 0 if all(step.safe for step in order) else 1
