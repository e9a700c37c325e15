"""Commands that change the storage of a StatefulSet."""

from __future__ import annotations

import argparse

from stsview.cli.arguments.change_arguments import add_change_command
from stsview.cli.arguments.placeholders import ORDINAL_LIST, SET
from stsview.cli.arguments.value_types import Parser, Subparsers, count, ordinals, size


def add_grow(commands: Subparsers) -> None:
    add_change_command(
        commands,
        "grow",
        SET,
        "grow the volumes of a set",
        "Expands the PVCs of one StatefulSet, one at a time: waits for each until its volume and its file system have "
        "the size, and evicts its pod where the storage driver needs that. With --template it then gives the claim "
        "template the size too, for future ordinals: it deletes the set without its pods, and creates it again. "
        "Ctrl-Z pauses it after the current PVC and resumes it; Ctrl-C stops it.",
        add_options=_options,
        default_timeout="about 15m for each PVC",
        validate=_problem,
    )


def _options(grow: Parser) -> None:
    grow.add_argument("--size", type=size, metavar="SIZE", help="the new size of each PVC, as in 20Gi")
    grow.add_argument(
        "--claim", default="", metavar="NAME", help="the claim template whose PVCs grow, if the set has several"
    )
    grow.add_argument(
        "--ordinals",
        type=ordinals,
        metavar=ORDINAL_LIST,
        help="only the PVCs of these ordinals, in this order, as in 0,2 or 3-5 (default: all, the highest first)",
    )
    grow.add_argument("--parallel", type=count, metavar="N", help="how many PVCs grow at a time (default: 1)")
    grow.add_argument(
        "--template", action="store_true", help="then give the claim template the size too, for future ordinals"
    )
    grow.add_argument(
        "--continue",
        action="store_true",
        dest="continue_unfinished",
        help="continue what was begun and did not end, with its original options",
    )


_OPTIONS = (
    ("size", "--size"),
    ("claim", "--claim"),
    ("ordinals", "--ordinals"),
    ("parallel", "--parallel"),
    ("template", "--template"),
)


def _problem(found: argparse.Namespace) -> str:
    given = [option for name, option in _OPTIONS if getattr(found, name)]
    if found.continue_unfinished:
        return f"{given[0]} cannot be used with --continue, which keeps the original options" if given else ""
    return "" if found.size else "grow requires --size, as in --size 20Gi (or --continue)"
