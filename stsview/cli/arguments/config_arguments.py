"""Arguments of `stsview config`."""

from __future__ import annotations

import argparse

from stsview.cli.arguments.cluster_arguments import add_cluster
from stsview.cli.arguments.placeholders import FILE
from stsview.cli.arguments.value_types import Subparsers


def add_config(commands: Subparsers) -> argparse.ArgumentParser:
    """Add the command."""
    config = commands.add_parser(
        "config",
        help="show, check or write the settings",
        description="Prints the settings in effect, each with where it comes from: the default, a line of the "
        "configuration file, the environment, or an option. With --context also what holds in that context. Exit code "
        "2: the configuration file is invalid.",
        allow_abbrev=False,
    )
    task = config.add_mutually_exclusive_group()
    task.add_argument("--example", action="store_true", help="print a file with every setting, documented")
    task.add_argument(
        "--check",
        nargs="?",
        const="",
        metavar=FILE,
        help="only check the configuration file, or FILE; - is the standard input (for CI)",
    )
    task.add_argument("--keys", action="store_true", help="list the commands that can have other keys, with their ids")
    add_cluster(config, default=argparse.SUPPRESS)
    config.add_argument("-o", "--output", choices=("text", "json"), default="text", help="(default: text)")
    config.set_defaults(command="config", module="local.config")
    return config
