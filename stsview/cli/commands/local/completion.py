"""`stsview completion SHELL`: the script that completes command lines in a shell."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from stsview.cli.completion import scripts


def run(arguments: argparse.Namespace) -> int:
    """Print the script; returns 0."""
    path = Path(scripts.__file__).with_name(f"stsview.{arguments.shell}")
    sys.stdout.write(path.read_text(encoding="utf-8"))
    return 0
