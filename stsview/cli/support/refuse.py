"""How every command says that it does nothing, and why."""

from __future__ import annotations

import sys


def refuse(message: str) -> int:
    """Say in one line on stderr why nothing was done; returns the exit code for it, 2."""
    print(f"stsview: {' '.join(message.split())}", file=sys.stderr)
    return 2
