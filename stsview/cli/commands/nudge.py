"""`stsview nudge SET`."""

from __future__ import annotations

import argparse

from stsview.actions.intents import Reconcile
from stsview.cli.support import change
from stsview.cli.support.command_context import CommandContext, Intend
from stsview.cli.support.select_sets import the_set


def run(arguments: argparse.Namespace) -> int:
    """Nudge the set's controller, and return the exit code."""
    return change.run(arguments, intended(arguments))


def intended(arguments: argparse.Namespace) -> Intend:
    """From the picture to what is wanted; it raises `CouldNotLook`."""

    async def intend(seen: CommandContext) -> Reconcile:
        view = the_set(seen.snapshot, arguments.about)
        return Reconcile(view.key, view.uid)

    return intend
