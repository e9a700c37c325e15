"""`stsview nudge SET`."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from stsview.actions.intent import Nudge
from stsview.cli import act
from stsview.cli.selecting import the_set
from stsview.live.snapshot import Snapshot


def run(arguments: argparse.Namespace) -> int:
    """Nudge the set's controller, and return the exit code."""
    return act.run(arguments, intended(arguments))


def intended(arguments: argparse.Namespace) -> Callable[[Snapshot], Nudge]:
    """From the picture to what is wanted; it raises `CouldNotLook`."""

    def intend(snapshot: Snapshot) -> Nudge:
        view = the_set(snapshot, arguments.about)
        return Nudge(view.key, view.uid)

    return intend
