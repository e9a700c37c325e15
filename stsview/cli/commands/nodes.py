"""`stsview nodes [NODE]`: the nodes with their members, and what a drain would do."""

from __future__ import annotations

import argparse
import sys

from stsview.cli.output.console import Console, print_origin
from stsview.cli.output.document import to_json
from stsview.cli.output.node_report import nodes_document, print_node, print_nodes
from stsview.cli.support.errors import CommandError, fail
from stsview.cli.support.read_nodes import read_nodes_of, require_nodes
from stsview.live.errors import CannotStart


def run(arguments: argparse.Namespace) -> int:
    """Print the nodes; returns 0, or 2 if they could not be read."""
    try:
        read = read_nodes_of(arguments)
        names = require_nodes(read, (arguments.node,)) if arguments.node else tuple(read.reports.rows)
    except (CannotStart, CommandError) as error:
        return fail(str(error))
    if arguments.output == "json":
        sys.stdout.write(to_json(nodes_document(read, names)) + "\n")
        return 0
    console = Console()
    print_origin(read.snapshot, console)
    if arguments.node:
        print_node(read, names[0], console)
    else:
        print_nodes(read, console)
    return 0
