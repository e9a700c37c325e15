"""Arguments of the commands about nodes."""

from __future__ import annotations

import argparse

from stsview.cli.arguments.change_arguments import add_change_command
from stsview.cli.arguments.cluster_arguments import add_cluster, add_files
from stsview.cli.arguments.placeholders import NODE
from stsview.cli.arguments.value_types import Subparsers


def add_nodes(commands: Subparsers) -> None:
    """Add `nodes` and `drain`."""
    nodes = commands.add_parser(
        "nodes",
        help="show the nodes with their members, and what a drain would do",
        description="Shows each node with the members of StatefulSets on it, and what a drain would do to them now. "
        "Reads all namespaces unless -n names some. Exit code 2: the cluster could not be read.",
        allow_abbrev=False,
    )
    nodes.add_argument("node", nargs="?", metavar=NODE, help="only this node, with its members (default: all)")
    _common(nodes)
    nodes.set_defaults(command="nodes")
    drain = commands.add_parser(
        "drain",
        help="what a drain of nodes would do (with --dry-run only)",
        description="Shows what a drain of these nodes would do to the members of StatefulSets now, and in which order "
        "they can be drained. stsview does not drain: kubectl does. Reads all namespaces unless -n names some. "
        "Exit code 0: safe; 1: a drain waits, loses "
        "something, or what decides is unknown; 2: the cluster could not be read, or --dry-run is missing.",
        allow_abbrev=False,
    )
    drain.add_argument("nodes", nargs="+", metavar=NODE, help="names of nodes")
    drain.add_argument("--dry-run", action="store_true", help="required: show what would happen")
    _common(drain)
    drain.set_defaults(command="drain")


def add_cordons(commands: Subparsers) -> None:
    """Add `cordon` and `uncordon`."""
    add_change_command(
        commands,
        "cordon",
        NODE,
        "close a node to new pods",
        "Closes one node to new pods; those that run there stay. The plan says which members could start nowhere else.",
        default_timeout="1m",
    )
    add_change_command(
        commands,
        "uncordon",
        NODE,
        "open a node to new pods again",
        "Opens one node to new pods again. The plan says which members wait for it.",
        default_timeout="1m",
    )


def _common(command: argparse.ArgumentParser) -> None:
    add_cluster(command, default=argparse.SUPPRESS)
    add_files(command, default=argparse.SUPPRESS)
    command.add_argument("-o", "--output", choices=("text", "json"), default="text", help="(default: text)")
