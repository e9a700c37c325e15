"""`stsview delete-pod POD`."""

from __future__ import annotations

import argparse

from stsview.actions.intents import DeletePod
from stsview.cli.support import change
from stsview.cli.support.command_context import CommandContext, Intend
from stsview.cli.support.select_sets import the_pod


def run(arguments: argparse.Namespace) -> int:
    """Delete the pod gracefully, and return the exit code."""
    return change.run(arguments, intended(arguments))


def intended(arguments: argparse.Namespace) -> Intend:
    """From the picture to what is wanted; it raises `CouldNotLook`."""

    async def intend(seen: CommandContext) -> DeletePod:
        view, row, uid = the_pod(seen.snapshot, arguments.about)
        return DeletePod(view.key, view.uid, row.name, uid)

    return intend
