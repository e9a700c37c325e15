"""Arguments of `stsview replay`."""

from __future__ import annotations

import argparse

from stsview.cli.arguments.cluster_arguments import add_log
from stsview.cli.arguments.placeholders import FILE, RECORDED_NAMESPACES
from stsview.cli.arguments.value_types import Subparsers, position, speed
from stsview.program_name import program_name


def add_replay(commands: Subparsers) -> None:
    replay = commands.add_parser(
        "replay",
        help="play a recording in the dashboard, or report what happened in it",
        validate=_problem,
        description=f"Plays a recording that {program_name()} --record wrote, through the same rules and screens as a "
        "cluster. With --report, writes when each finding began and ended, and what was done. Exit code 2: it is no "
        "recording.",
        allow_abbrev=False,
    )
    replay.add_argument("recording", metavar=FILE, help="the recording")
    replay.add_argument("--speed", type=speed, metavar="X", help="play at once, at a multiple of real time")
    replay.add_argument(
        "--at",
        type=position,
        metavar="TIME",
        default=argparse.SUPPRESS,
        help="where to begin: a time, or +12m for 12 minutes after the start (default: its start)",
    )
    replay.add_argument(
        "--report", choices=("markdown", "json"), nargs="?", const="markdown", help="write a report (default: markdown)"
    )
    replay.add_argument(
        "-n",
        "--namespace",
        metavar=RECORDED_NAMESPACES,
        default=argparse.SUPPRESS,
        help="namespaces to show (default: all)",
    )
    add_log(replay, default=argparse.SUPPRESS)
    replay.set_defaults(command="replay", module="local.replay")


def _problem(found: argparse.Namespace) -> str:
    if found.report and (found.speed is not None or getattr(found, "at", None) is not None):
        return "--report is of the whole recording: omit --speed and --at"
    return ""
