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
    # The commands that change a cluster share a module; the others are the module of their name.
    name = arguments.module or arguments.command
    try:
        return int(importlib.import_module(f"stsview.cli.commands.{name}").run(arguments))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output has gone; what Python would flush at exit must not raise again.
        sys.stdout = None
        return 1
