"""From the command line to the subcommand that it names; nothing heavy is imported before that."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

from stsview.cli.arguments.parser import parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run stsview; returns its exit code: 0 well, 2 bad input or a cluster that cannot be reached, 130 interrupted;
    what else there is, each command says."""
    arguments = parser().parse_args(argv)
    # Each command is the module of its name in this folder.
    name = arguments.command.replace("-", "_")
    try:
        return int(importlib.import_module(f"stsview.cli.commands.{name}").run(arguments))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output has gone; what Python would flush at exit must not raise again.
        sys.stdout = None
        return 1
