"""`stsview force-delete POD`."""

from __future__ import annotations

import argparse

from stsview.actions.intents import ForceDelete
from stsview.cli.support import change
from stsview.cli.support.command_context import CommandContext, Intend
from stsview.cli.support.select_sets import the_pod


def run(arguments: argparse.Namespace) -> int:
    """Take the pod's object out of the cluster, and return the exit code."""
    return change.run(arguments, intended(arguments))


def intended(arguments: argparse.Namespace) -> Intend:
    """From the picture to what is wanted; it raises `CouldNotLook`."""

    async def intend(seen: CommandContext) -> ForceDelete:
        view, row, uid = the_pod(seen.snapshot, arguments.about)
        return ForceDelete(view.key, view.uid, row.name, uid, arguments.override)

    return intend
