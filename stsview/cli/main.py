"""From the command line to the subcommand that it names; nothing heavy is imported before that."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

from stsview.cli.arguments.parser import parser
from stsview.cli.support.refuse import refuse


def main(argv: Sequence[str] | None = None) -> int:
    """Run stsview; returns its exit code: 0 well, 2 bad input or a cluster that cannot be reached, 130 interrupted;
    what else there is, each command says."""
    arguments = parser().parse_args(argv)
    # Only now, so that --help need not wait for it.
    import logging

    # Without any handler Python prints warnings and errors to stderr, over the dashboard.
    logging.getLogger().addHandler(logging.NullHandler())
    if arguments.debug or arguments.log_file is not None:
        from stsview.log import BadLogFile, start_log

        try:
            start_log(arguments.log_file)
        except BadLogFile as error:
            return refuse(str(error))
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
    except Exception:
        logging.getLogger(__name__).exception("%s failed", arguments.command)
        raise
