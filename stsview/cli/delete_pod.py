"""`stsview delete-pod POD`."""

from __future__ import annotations

import argparse

from stsview.actions.intent import DeletePod
from stsview.cli import act
from stsview.cli.seen import Intend, Seen
from stsview.cli.selecting import the_pod


def run(arguments: argparse.Namespace) -> int:
    """Delete the pod gracefully, and return the exit code."""
    return act.run(arguments, intended(arguments))


def intended(arguments: argparse.Namespace) -> Intend:
    """From the picture to what is wanted; it raises `CouldNotLook`."""

    async def intend(seen: Seen) -> DeletePod:
        view, row, uid = the_pod(seen.snapshot, arguments.about)
        return DeletePod(view.key, view.uid, row.name, uid)

    return intend
