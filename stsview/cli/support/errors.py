"""How a command reports that it could not do its work."""

from __future__ import annotations

import sys

from stsview.program_name import program_name


class CommandError(Exception):
    """The command cannot continue; the message says why in one line. Exit code 2."""


def fail(message: str) -> int:
    """Print `message` as one line on standard error; returns the exit code, 2."""
    print(f"{program_name()}: {' '.join(message.split())}", file=sys.stderr)
    return 2
