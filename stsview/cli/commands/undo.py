"""`stsview undo SET`."""

from __future__ import annotations

import argparse

from stsview.actions.intents import Undo
from stsview.cli.support import change
from stsview.cli.support.command_context import CommandContext, Intend
from stsview.cli.support.read_revisions import read_history
from stsview.cli.support.select_sets import the_set


def run(arguments: argparse.Namespace) -> int:
    """Go back to an earlier revision, and return the exit code."""
    return change.run(arguments, intended(arguments))


def intended(arguments: argparse.Namespace) -> Intend:
    """From the picture to what is wanted; it raises `CouldNotLook`."""

    async def intend(seen: CommandContext) -> Undo:
        view = the_set(seen.snapshot, arguments.about)
        to = ""
        if arguments.to_revision is not None:
            history = await read_history(seen.live, view.key, seen.clock)
            view, to = history.view, history.find(arguments.to_revision).name
        return Undo(view.key, view.uid, view.rollout.update, to)

    return intend
