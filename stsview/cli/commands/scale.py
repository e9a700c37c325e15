"""`stsview scale SET --replicas N`."""

from __future__ import annotations

import argparse

from stsview.actions.intents import Scale
from stsview.cli.support import change
from stsview.cli.support.command_context import CommandContext, Intend
from stsview.cli.support.select_sets import the_set


def run(arguments: argparse.Namespace) -> int:
    """Scale, and return the exit code."""
    return change.run(arguments, intended(arguments))


def intended(arguments: argparse.Namespace) -> Intend:
    """From the picture to what is wanted; it raises `CouldNotLook`."""

    async def intend(seen: CommandContext) -> Scale:
        view = the_set(seen.snapshot, arguments.about)
        return Scale(view.key, view.uid, arguments.replicas, view.replicas)

    return intend
