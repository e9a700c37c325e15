"""Entry point of the command line.

Parses the arguments, then imports and runs the subcommand.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

from stsview.cli.arguments.parser import parser
from stsview.cli.support.errors import fail


def main(argv: Sequence[str] | None = None) -> int:
    """Run stsview and return its exit code.

    0 success, 2 invalid input or an unreachable cluster, 130 interrupted; each command documents the others.
    """
    words = sys.argv[1:] if argv is None else argv
    if words[:1] == ["__complete"]:
        from stsview.cli.completion.main import complete

        return complete(words[1:])
    arguments = parser().parse_args(argv)
    # Not before, so that --help does not wait for it.
    import logging

    # Without any handler Python prints warnings and errors to stderr, over the dashboard.
    logging.getLogger().addHandler(logging.NullHandler())
    if arguments.debug or arguments.log_file is not None:
        from stsview.log import BadLogFile, start_log

        try:
            start_log(arguments.log_file)
        except BadLogFile as error:
            return fail(str(error))
        logging.getLogger(__name__).info("command %s", arguments.command)
    # Some commands share a module, or have one in a folder; the others are the module of their name.
    name = arguments.module or arguments.command
    try:
        return int(importlib.import_module(f"stsview.cli.commands.{name}").run(arguments))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of our output has closed it; what Python flushes at exit must not raise again.
        sys.stdout = None
        return 1
    except Exception:
        logging.getLogger(__name__).exception("%s failed", arguments.command)
        raise
